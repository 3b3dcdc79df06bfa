"""A worker that serves many runs puts everything back between them, or says that it can't."""

from __future__ import annotations

import sys

import pytest

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="looks at processes as Linux shows them")

LOOK = """
    import os, signal, sys

    def look():
        return {
            "cwd": os.path.basename(os.getcwd()), "id": os.environ.get("SPL_RUN_ID"), "mine": os.environ.get("MINE"),
            "path": "/nowhere" in sys.path, "usr1": signal.getsignal(signal.SIGUSR1) is signal.SIG_DFL,
            "umask": oct(os.umask(0o077)), "stdout": sys.stdout is sys.__stdout__,
        }

    def mess():
        os.environ["MINE"] = "1"
        os.environ.pop("PATH", None)
        os.chdir("/")
        os.umask(0)
        sys.path.append("/nowhere")
        signal.signal(signal.SIGUSR1, lambda *_: None)
        sys.stdout = open(os.devnull, "w")
        signal.setitimer(signal.ITIMER_REAL, 60)
        return os.getpid()

    def pid():
        return os.getpid()
"""


def test_many_runs_share_one_process_each_with_its_own_output(bench):
    bundle = bench.bundle("import os\n\ndef f(n):\n    print(n)\n    return os.getpid()\n", "f")
    line, process = bench.serve(bundle)

    results = [bench.run(line, {"n": n}) for n in range(5)]

    assert {result.document for result in results} == {process.pid}
    assert [result.text("stdout") for result in results] == [f"{n}\n" for n in range(5)]


def test_commands_may_be_sent_ahead(bench):
    bundle = bench.bundle("def f(n):\n    return n\n", "f")
    line, _ = bench.serve(bundle)

    for n in range(20):
        bench.send(line, {"n": n})

    assert [int(line.wait_for("result")[1]) for _ in range(20)] == list(range(20))


def test_what_a_run_changed_is_put_back(bench):
    line, process = bench.serve(bench.bundle(LOOK, "look", "mess", "pid"))
    before = bench.run(line, function="look").document

    assert bench.run(line, function="mess").document == process.pid
    after = bench.run(line, function="look").document

    assert {**after, "cwd": "", "id": ""} == {**before, "cwd": "", "id": ""}
    assert after["id"] == after["cwd"] != before["id"]


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ("import threading, time; threading.Thread(target=time.sleep, args=(5,), daemon=True).start()", "threads"),
        ("import subprocess; subprocess.Popen(['sleep', '60'])", "1 processes"),
        ("import sys; sys.stdout.close()", "output"),
    ],
)
def test_a_worker_that_can_not_be_cleaned_retires_after_its_result(bench, body, words):
    line, process = bench.serve(bench.bundle(f"def f():\n    {body}\n    return 1\n", "f"))
    bench.send(line)
    bench.send(line)

    assert line.wait_for("result")[1] == b"1"
    assert words in line.wait_for("retire")[0]["reason"]
    assert line.receive() is None
    process.wait(20)


def test_a_failed_run_does_not_end_the_worker(bench):
    line, process = bench.serve(bench.bundle("def f(n):\n    return 1 // n\n", "f"))

    assert bench.run(line, {"n": 0}).reason == "user_exception"
    assert bench.run(line, {"n": 1}).document == 1
    assert process.poll() is None
