"""The main job from end to end: on one machine, then across two with a server between them."""

from __future__ import annotations

import os
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from processes import Server, Stack, waited
from spl.client import RunFailed, SPLClient
from spl.core.common import Deployment, lift
from spl.core.entities.node_remote import NodeRemote
from spl.server_client import SPLServerClient


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


def risk_report(customer_id: int) -> dict[str, object]:
    """What Alice knows about a customer; it runs where her data is."""
    from spl.runtime import current_run

    print("looking at customer", customer_id)
    current_run().artifact("notes.txt").write_text(f"customer {customer_id}: fine\n")
    return {"customer": customer_id, "score": customer_id % 7}


def prepare(customer: str) -> int:
    return int(customer.removeprefix("c-"))


def summary(report: dict[str, object]) -> str:
    return f"customer {report['customer']} scores {report['score']}"


def step[T](title: str, work: Callable[[], T]) -> T:
    begin = time.perf_counter()
    value = work()
    print(f"  {title:<62} {(time.perf_counter() - begin) * 1000:8.1f} ms", flush=True)
    return value


def on_one_machine(client: SPLClient, folder: Path) -> None:
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


def across_machines(server: Server, alice: SPLClient, bob: SPLClient, folder: Path) -> None:
    """Alice's machine can't be reached from outside; Bob and a service call her function all the same."""
    people = {name: server.person(name) for name in ("alice", "bob")}
    desk = SPLServerClient(people["alice"], base_url=server.url)
    code = desk.machines.enroll("alice-gpu-01", display_name="Alice's GPU box")["code"]
    step("Alice's daemon joins with a one-time code", lambda: alice.connect_server(server_url=server.url, code=code))
    code = SPLServerClient(people["bob"], base_url=server.url).machines.enroll("bob-laptop")["code"]
    step("Bob's daemon joins", lambda: bob.connect_server(server_url=server.url, code=code))
    alice.register_env("default")

    desk.libraries.create("risk", default_machine="alice-gpu-01")
    published = alice.publish(risk_report, name="risk_report", library="risk")
    step("Alice publishes risk_report to her library", lambda: (published.ready(), arrived(desk)))
    desk.grants.set(library="alice/risk", user="bob", permissions=["read", "execute"])

    def call() -> object:
        return bob.call("risk_report", owner="alice", library="risk", kwargs={"customer_id": 42}, timeout_seconds=60)

    print("    value:", step("Bob calls it: it runs on Alice's machine", call).value)  # type: ignore[attr-defined]
    step("Bob calls it again, warm", call)
    result = step(
        "Bob calls it and takes the artifact along",
        lambda: bob.call(
            "risk_report",
            owner="alice",
            library="risk",
            target_machine="alice-gpu-01",
            kwargs={"customer_id": 7},
            artifacts_dir=folder / "remote",
        ),
    )
    print(f"    {result.mode} run on {result.machine}: {[path.name for path in result.downloaded_artifacts.values()]}")

    score = NodeRemote(name="risk_report", owner="alice", library="risk", client=bob)
    pipeline = (
        lift(summary).bind(report=lift(score).bind(customer_id=lift(prepare))).alias("line").render("demo_summary")
    )
    node = pipeline.get_node_by_alias("line")
    run = step(
        "Bob's pipeline: two local steps around a remote one", lambda: Deployment(bob, pipeline).run(customer="c-42")
    )
    print("    value:", run[node]["default"])

    token = desk.tokens.issue(kind="execution", name="billing", library="alice/risk", object="risk_report")["token"]
    billing = SPLServerClient.external_token(token=token, base_url=server.url)
    result = step(
        "a billing service calls it with a token for that alone",
        lambda: billing.call("risk_report", library="risk", kwargs={"customer_id": 3}, wait_timeout_seconds=60),
    )
    print("    value:", result.value)


def arrived(desk: SPLServerClient) -> bool:
    """The server has the version: the daemon delivers it in the background."""

    def look() -> bool | None:
        return True if desk.objects(owner="alice", library="risk") else None

    return waited("risk_report on the server", look)


def main() -> int:
    with tempfile.TemporaryDirectory(prefix="spl-demo-", ignore_cleanup_errors=True) as place:
        folder = Path(place)
        os.environ["SPL_STATE_DIR"] = str(folder / "state")
        with Stack(folder) as stack:
            print("On one machine\n$ spl-daemon serve --home ./.spl-daemon")
            bobs = step("start a daemon", lambda: stack.daemon("bob"))
            bob = SPLClient(daemon_home=bobs.home)
            on_one_machine(bob, folder / "artifacts")
            print("\nAcross two machines\n$ spl-server init-admin admin; spl-server serve")
            server = step("start a server", stack.server)
            alices = step("start Alice's daemon", lambda: stack.daemon("alice"))
            with SPLClient(daemon_home=alices.home) as alice:
                across_machines(server, alice, bob, folder)
            bob.close()
    print("Done: the server and the daemons are stopped, and their folders removed.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
