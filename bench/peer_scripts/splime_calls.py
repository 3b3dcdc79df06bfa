"""splime 0.4.13: a daemon of its own, then warm calls and a burst."""

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
import warnings

warnings.simplefilter("ignore")


def add(a: int, b: int, scale: int = 1) -> dict:
    return {"value": (a + b) * scale}


def main(calls: int) -> dict:
    from spl import SPLClient

    with tempfile.TemporaryDirectory() as home:
        os.environ["SPL_DAEMON_HOME"] = home
        port = sys.argv[1]
        daemon = subprocess.Popen(
            [sys.executable, "-m", "spl.daemon", "serve", "--port", port, "--home", home],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        try:
            client = None
            for _ in range(300):
                try:
                    client = SPLClient(daemon_port=int(port), daemon_home=home)
                    client.health()
                    break
                except Exception:
                    time.sleep(0.05)
            client.register_env("default", sys.executable)
            client.publish(add, name="add", env="default")
            client.call("add", kwargs={"a": 1, "b": 2}, progress=False)
            seconds = []
            for n in range(calls):
                begin = time.perf_counter()
                client.call("add", kwargs={"a": n, "b": 2}, progress=False)
                seconds.append(time.perf_counter() - begin)
            begin = time.perf_counter()
            runs = [client.start("add", kwargs={"a": n, "b": 1}) for n in range(40)]
            for run in runs:
                run.collect(progress=False)
            burst = 40 / (time.perf_counter() - begin)
        finally:
            daemon.terminate()
            daemon.wait()
    return {"p50_ms": statistics.median(seconds) * 1000, "per_second": burst}


if __name__ == "__main__":
    print(json.dumps(main(20)))
