"""The main job from end to end, on a daemon of its own: publish from Python, call by name, watch, fail, get files."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from spl.client import RunFailed, SPLClient
from spl.core.common import lift


def add(a: int, b: int, scale: int = 1) -> dict[str, int]:
    """Add two numbers."""
    return {"value": (a + b) * scale}


def clean(numbers: list[float]) -> list[float]:
    return sorted(number for number in numbers if number >= 0)


def mean(numbers: list[float]) -> float:
    return sum(numbers) / len(numbers)


def divide(a: int, b: int) -> float:
    return a / b


def chart(points: int) -> str:
    from spl.runtime import current_run

    run = current_run()
    for point in range(points):
        run.progress(point + 1, points, "drawing")
        print("point", point)
    path = run.artifact("chart.txt")
    path.write_text("*" * points)
    return path.name


def step[T](title: str, work: Callable[[], T]) -> T:
    begin = time.perf_counter()
    value = work()
    print(f"  {title:<58} {(time.perf_counter() - begin) * 1000:8.1f} ms", flush=True)
    return value


def tour(client: SPLClient, folder: Path) -> None:
    step("register this Python as an environment", lambda: client.register_env("default"))
    published = step("publish a function", lambda: client.publish(add, name="demo_add", env="default"))
    print(f"    {published}")
    step("wait until its environment is built and it imports", published.ready)
    call = lambda: client.call("demo_add", kwargs={"a": 2, "b": 3, "scale": 10})  # noqa: E731
    print("    value:", step("call it", call).value)
    step("call it again, warm, in a fresh process", call)
    step("call it again, in a reused process", lambda: client.call("demo_add", args=[2, 3], isolation="reuse"))
    squares = step(
        "map it over 200 inputs", lambda: list(client.map("demo_add", [{"a": n, "b": n} for n in range(200)]))
    )
    print(f"    {len(squares)} values, the last: {squares[-1]}")

    pipeline = lift(mean).bind(numbers=lift(clean)).alias("average").render("demo_average")
    step("publish a pipeline of two functions", lambda: client.publish(pipeline, name="demo_average").ready())
    result = step("call it", lambda: client.call("demo_average", kwargs={"numbers": [3, -1, 5]}, output="average"))
    print("    value:", result.value["default"])

    client.publish(chart, name="demo_chart").ready()
    with_files = lambda: client.call("demo_chart", kwargs={"points": 5}, artifacts_dir=folder)  # noqa: E731
    result = step("call a function that leaves an artifact", with_files)
    print("    artifacts:", {name: path.read_text() for name, path in result.downloaded_artifacts.items()})

    client.publish(divide, name="demo_divide").ready()
    try:
        client.call("demo_divide", kwargs={"a": 1, "b": 0})
    except RunFailed as failed:
        print(f"    a failing call says: {failed.type}: {failed.message} (line: {failed.frames[-1]['source']})")
    print(client.describe("demo_add"))


def main() -> int:
    with tempfile.TemporaryDirectory(prefix="spl-demo-", ignore_cleanup_errors=True) as folder:
        home = Path(folder) / "home"
        os.environ["SPL_STATE_DIR"] = str(Path(folder) / "state")
        command = [sys.executable, "-m", "spl.daemon", "serve", "--port", "0", "--home", str(home)]
        print("$ spl-daemon serve --home ./.spl-daemon")
        with (Path(folder) / "daemon.log").open("wb") as log:
            daemon = subprocess.Popen(command, stdout=log, stderr=log)
        try:
            step("start a daemon", lambda: wait_for(home / "daemon-endpoint.json", daemon))
            tour(SPLClient(daemon_home=home), Path(folder) / "artifacts")
        finally:
            daemon.terminate()
            daemon.wait(30)
    print("Done: the daemon is stopped and its folder removed.")
    return 0


def wait_for(path: Path, daemon: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + 30
    while not path.exists():
        if daemon.poll() is not None or time.monotonic() > deadline:
            raise SystemExit("The daemon did not start.")
        time.sleep(0.01)


if __name__ == "__main__":
    sys.exit(main())
