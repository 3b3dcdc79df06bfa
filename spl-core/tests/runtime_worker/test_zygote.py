"""A zygote forks a child for each run where that is safe, and takes care of what its children leave."""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path

import pytest

from .conftest import is_alive, wait_until

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="looks at processes as Linux shows them")

ENDLESS = """
    import time

    def f():
        print("going", flush=True)
        time.sleep(60)
"""


def test_every_run_is_a_process_of_its_own_with_the_modules_there_already(bench):
    bundle = bench.bundle(
        "import os\nIMPORTED_IN = os.getpid()\n\ndef f():\n    return [IMPORTED_IN, os.getpid()]\n", "f"
    )
    zygote, process = bench.zygote(bundle)
    ready, _ = zygote.wait_for("ready")

    pids = [bench.run(bench.fork(zygote, n)).document for n in range(3)]

    assert ready["fork_safe"]
    assert {imported for imported, _ in pids} == {process.pid}
    assert len({own for _, own in pids}) == 3


def test_the_zygote_tells_of_births_and_deaths(bench):
    zygote, _ = bench.zygote(bench.bundle("import os\n\ndef f():\n    os._exit(5)\n", "f"))
    zygote.wait_for("ready")

    child = bench.fork(zygote, 9)
    forked, _ = zygote.wait_for("forked")
    bench.send(child)

    assert forked["n"] == 9
    assert zygote.wait_for("exited")[0] == {"op": "exited", "pid": forked["pid"], "status": 5}
    assert child.receive() is None


def test_a_command_may_be_sent_before_the_child_is_born(bench):
    zygote, _ = bench.zygote(bench.bundle("def f():\n    return 1\n", "f"))

    assert bench.run(bench.fork(zygote)).document == 1


def test_module_state_is_every_runs_own(bench):
    bundle = bench.bundle("SEEN = []\n\ndef f():\n    SEEN.append(1)\n    return len(SEEN)\n", "f")
    zygote, _ = bench.zygote(bundle)

    assert [bench.run(bench.fork(zygote, n)).document for n in range(3)] == [1, 1, 1]


@pytest.mark.parametrize("draw", ["random.random()", "float(numpy.random.random())"])
def test_children_do_not_draw_the_same_numbers(bench, draw):
    zygote, _ = bench.zygote(bench.bundle(f"import random, numpy\n\ndef f():\n    return {draw}\n", "f"))

    assert len({bench.run(bench.fork(zygote, n)).document for n in range(4)}) == 4


@pytest.mark.parametrize(
    ("source", "words"),
    [
        (
            "import threading, time\nthreading.Thread(target=time.sleep, args=(9,), daemon=True, name='tick').start()",
            "tick",
        ),
        (
            (
                "import ctypes, time\nlibc = ctypes.CDLL(None)\n"
                "body = ctypes.CFUNCTYPE(ctypes.c_void_p, ctypes.c_void_p)(lambda _: time.sleep(30))\n"
                "libc.pthread_create(ctypes.byref(ctypes.c_ulong()), None, body, None)"
            ),
            "unknown origin",
        ),
        ("import sys, types\nsys.modules['cupy'] = types.ModuleType('cupy')", "cupy"),
    ],
)
def test_a_zygote_refuses_to_fork_where_it_is_not_safe(bench, source, words):
    zygote, process = bench.zygote(bench.bundle(f"{source}\n\ndef f():\n    return 1\n", "f"))

    ready, _ = zygote.wait_for("ready")

    assert not ready["fork_safe"]
    assert words in ready["reason"]
    process.kill()


def test_the_threads_of_numpys_own_pool_are_no_hindrance(bench):
    source = "import numpy\nnumpy.ones((300, 300)) @ numpy.ones((300, 300))\n\ndef f():\n"
    zygote, _ = bench.zygote(
        bench.bundle(f"{source}    a = numpy.ones((300, 300))\n    return float((a @ a)[0, 0])\n", "f")
    )

    ready, _ = zygote.wait_for("ready")

    assert ready["fork_safe"], ready["reason"]
    assert bench.run(bench.fork(zygote)).document == 300.0


def test_a_signal_reaches_the_child_and_its_children_through_the_zygote(bench):
    bundle = bench.bundle(
        """
        import os, subprocess

        def f():
            child = subprocess.Popen(["sleep", "60"])
            print(child.pid, flush=True)
            child.wait()
        """,
        "f",
    )
    zygote, _ = bench.zygote(bundle)
    child = bench.fork(zygote)
    pid = zygote.wait_for("forked")[0]["pid"]
    folder = bench.send(child)
    grandchild = int(wait_until(lambda: (folder / "stdout.txt").exists() and (folder / "stdout.txt").read_text()))

    zygote.send({"op": "kill", "pid": pid, "signal": int(signal.SIGKILL)})

    assert zygote.wait_for("exited")[0]["status"] == -signal.SIGKILL
    wait_until(lambda: not is_alive(grandchild))


FAR_AWAY = """
    import os, time

    def f(clean):
        if os.fork() == 0:
            os.setsid()
            if os.fork() == 0:
                os.close(1), os.close(2)
                os.chdir("/")
                if clean:
                    os.execve("/bin/sleep", ["sleep", "60"], {})
                time.sleep(60)
            os._exit(0)
        while not os.path.exists("go"):
            time.sleep(0.01)

    def g():
        return 1
"""


@pytest.mark.parametrize("clean", [False, True])
def test_what_left_its_session_is_ended_with_its_run(bench, clean):
    """Also where it wiped its environment: then it goes as soon as no run is left that it could be of."""
    zygote, process = bench.zygote(bench.bundle(FAR_AWAY, "f"))
    child = bench.fork(zygote)
    folder = bench.send(child, {"clean": clean})
    wait_until(lambda: len(_children(process.pid)) == 2, "the orphan to come to the zygote")

    (folder / "go").touch()
    zygote.wait_for("exited")

    wait_until(lambda: not _children(process.pid), "the zygote to have no child")


def test_what_belongs_to_a_run_that_goes_on_is_left_alone(bench):
    zygote, process = bench.zygote(bench.bundle(FAR_AWAY, "f", "g"))
    long = bench.fork(zygote, 1)
    pid = zygote.wait_for("forked")[0]["pid"]
    folder = bench.send(long, {"clean": False})
    wait_until(lambda: len(_children(process.pid)) == 2, "the orphan to come to the zygote")
    (orphan,) = set(_children(process.pid)) - {pid}

    bench.run(bench.fork(zygote, 2), function="g")
    zygote.wait_for("exited")
    kept = is_alive(orphan)
    (folder / "go").touch()

    assert kept
    wait_until(lambda: not is_alive(orphan))


def _children(pid: int) -> list[int]:
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def test_when_the_daemon_is_gone_everything_ends(bench):
    zygote, process = bench.zygote(bench.bundle(ENDLESS, "f"))
    child = bench.fork(zygote)
    pid = zygote.wait_for("forked")[0]["pid"]
    folder = bench.send(child)
    wait_until(lambda: (folder / "stdout.txt").exists() and (folder / "stdout.txt").read_text())

    zygote.close()

    process.wait(20)
    assert not is_alive(pid)


def test_children_do_not_outlive_a_zygote_that_was_killed(bench):
    zygote, process = bench.zygote(bench.bundle(ENDLESS, "f"))
    bench.fork(zygote)
    pid = zygote.wait_for("forked")[0]["pid"]

    process.kill()
    process.wait(20)

    wait_until(lambda: not is_alive(pid))


def test_a_child_without_a_command_ends_with_its_line(bench):
    zygote, _ = bench.zygote(bench.bundle("def f():\n    return 1\n", "f"))
    child = bench.fork(zygote)
    zygote.wait_for("forked")

    child.close()

    assert zygote.wait_for("exited")[0]["status"] == 0


def test_the_mark_of_a_run_can_be_read_from_outside_also_in_forked_children(bench):
    bundle = bench.bundle(
        """
        import os, time

        def f():
            if os.fork() == 0:
                time.sleep(60)
            print("forked", flush=True)
            time.sleep(60)
        """,
        "f",
    )
    zygote, process = bench.zygote(bundle)
    child = bench.fork(zygote)
    folder = bench.send(child)
    wait_until(lambda: (folder / "stdout.txt").exists() and (folder / "stdout.txt").read_text())

    marked = [
        pid for pid in os.listdir("/proc")
        if pid.isdigit() and f"SPL_RUN_ID={folder.name}".encode() in _environ(pid)
    ]  # fmt: skip

    assert len(marked) == 2
    assert process.poll() is None


def _environ(pid: str) -> bytes:
    try:
        with open(f"/proc/{pid}/environ", "rb") as file:
            return file.read()
    except OSError:
        return b""


def test_many_children_at_once_all_answer(bench):
    zygote, _ = bench.zygote(bench.bundle("def f(n):\n    return n\n", "f"))
    children = []
    for n in range(30):
        children.append(bench.fork(zygote, n))
        bench.send(children[-1], {"n": n})

    assert sorted(int(child.wait_for("result")[1]) for child in children) == list(range(30))
