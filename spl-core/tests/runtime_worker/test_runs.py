"""One run in one process: its place, its output, its ends."""

from __future__ import annotations

import json
import os
import signal
import sys

import pytest

from .conftest import is_alive, wait_until

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="looks at processes as Linux shows them")


def test_a_run_stands_in_its_folder_with_its_id_and_no_input(bench):
    bundle = bench.bundle(
        """
        import os, sys

        def f():
            return {
                "cwd": os.getcwd(), "id": os.environ["SPL_RUN_ID"], "attempt": os.environ["SPL_ATTEMPT"],
                "extra": os.environ["EXTRA"], "input": sys.stdin.read(), "umask": oct(os.umask(0o077)),
            }
        """,
        "f",
    )
    result = bench.call(bundle, env={"EXTRA": "1"}, attempt=2)

    assert result.document == {
        "cwd": str(result.folder),
        "id": result.folder.name,
        "attempt": "2",
        "extra": "1",
        "input": "",
        "umask": "0o77",
    }
    assert (result.folder.stat().st_mode & 0o777, (result.folder / "stdout.txt").stat().st_mode & 0o777) == (
        0o700,
        0o600,
    )


def test_a_run_leaves_what_went_in_and_what_came_out(bench, tmp_path):
    (tmp_path / "1.yaml").write_text("spl: 1\n")
    bundle = bench.bundle("def f(a):\n    return a\n", "f")

    result = bench.call(bundle, {"a": [1, 2]}, object=str(tmp_path / "1.yaml"))

    assert json.loads((result.folder / "inputs.json").read_text()) == {"a": [1, 2]}
    assert json.loads((result.folder / "result.json").read_text()) == [1, 2]
    assert (result.folder / "object.yaml").read_text() == "spl: 1\n"


def test_what_python_c_and_children_print_arrives_in_order_before_the_result(bench):
    bundle = bench.bundle(
        """
        import ctypes, os, subprocess, sys

        def f():
            print("python")
            ctypes.CDLL(None).puts(b"C")
            subprocess.run(["echo", "child"], check=True)
            print("to stderr \\N{SNOWMAN}", file=sys.stderr)
        """,
        "f",
    )
    result = bench.call(bundle)

    assert sorted(result.text("stdout").split()) == ["C", "child", "python"]
    assert result.text("stderr") == "to stderr \N{SNOWMAN}\n"
    assert result.header["output"] == [15, 14]


def test_lines_can_be_read_while_the_function_runs(bench):
    bundle = bench.bundle("import time\n\ndef f():\n    print('soon')\n    time.sleep(60)\n", "f")
    line, process = bench.serve(bundle, "--once")

    folder = bench.send(line)

    wait_until(lambda: (folder / "stdout.txt").exists() and (folder / "stdout.txt").read_text() == "soon\n")
    process.kill()


def test_progress_is_told_while_the_function_runs(bench):
    bundle = bench.bundle(
        "from spl.runtime.context import current_run\n\ndef f():\n    current_run().progress(1, 2, 'half')\n", "f"
    )
    line, _ = bench.serve(bundle, "--once")

    bench.send(line)

    header, _ = line.wait_for("progress")
    assert (header["done"], header["total"], header["text"]) == (1, 2, "half")


def test_artifacts_are_named_and_hashed(bench):
    bundle = bench.bundle(
        """
        from pathlib import Path
        from spl.runtime.context import current_run

        def f():
            current_run().artifact("tables/a.csv").write_text("1,2")
            Path("artifacts/b.txt").write_text("b")
        """,
        "f",
    )

    found = bench.call(bundle).header["artifacts"]

    assert [(entry["name"], entry["size"]) for entry in found] == [("b.txt", 1), ("tables/a.csv", 3)]
    assert all(len(entry["sha256"]) == 64 for entry in found)


def test_a_failed_run_keeps_its_artifacts(bench):
    bundle = bench.bundle(
        "from spl.runtime.context import current_run\n\n"
        "def f():\n    current_run().artifact('a.txt').write_text('x')\n    raise ValueError('no')\n",
        "f",
    )

    result = bench.call(bundle)

    assert (result.reason, [entry["name"] for entry in result.header["artifacts"]]) == ("user_exception", ["a.txt"])


@pytest.mark.parametrize(
    ("body", "reason", "words"),
    [
        ("raise ValueError('no')", "user_exception", "no"),
        ("raise MemoryError", "worker_oom", ""),
        ("import sys; sys.exit(3)", "worker_crashed", "sys.exit(3)"),
        ("return object()", "result_not_encodable", "object"),
        ("x = []; x.append(x); return x", "result_not_encodable", ""),
        ("raise KeyboardInterrupt", "user_exception", ""),
        ("return 'x' * 5_000", "result_too_large", "1000"),
        ("return b'x' * 600_000", "result_too_large", "1000"),
        (
            "import os; os.makedirs('artifacts'); open('artifacts/' + 'x' * 250, 'w').close()",
            "artifact_rejected",
            "longer",
        ),
    ],
)
def test_each_failure_has_its_reason(bench, body, reason, words):
    bundle = bench.bundle(f"def f():\n    {body}\n", "f")

    result = bench.call(bundle, result_bytes=1000)

    assert (result.state, result.reason) == ("failed", reason)
    assert words in result.document["message"]


def test_a_large_result_is_a_blob(bench):
    bundle = bench.bundle("def f():\n    return 'x' * 300_000\n", "f")

    result = bench.call(bundle)

    assert result.document["$spl"] == "blob"
    sha256 = result.document["blob"]["sha256"]
    assert (bench.root / "blobs" / sha256[:2] / sha256[2:4] / sha256).stat().st_size == 300_002


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ("import os; os._exit(7)", 7),
        ("import ctypes; ctypes.string_at(0)", -signal.SIGSEGV),
        ("import os, signal; os.kill(os.getpid(), signal.SIGKILL)", -signal.SIGKILL),
        ("import os; os.abort()", -signal.SIGABRT),
    ],
)
def test_a_process_that_ends_itself_says_nothing_and_has_a_status(bench, body, status):
    line, process = bench.serve(bench.bundle(f"def f():\n    {body}\n", "f"), "--once")

    bench.send(line)

    assert line.wait_for("ready")
    assert line.receive() is None
    assert process.wait(20) == status


def test_a_child_that_comes_back_out_of_the_function_tells_nothing(bench):
    bundle = bench.bundle("import os\n\ndef f():\n    return 'child' if os.fork() == 0 else 'parent'\n", "f")
    line, process = bench.serve(bundle, "--once")

    assert bench.run(line).document == "parent"
    assert line.receive() is None
    assert process.wait(20) == 0


def test_the_function_may_take_its_folder_away(bench):
    bundle = bench.bundle("import os, shutil\n\ndef f():\n    shutil.rmtree(os.getcwd())\n    return 1\n", "f")

    result = bench.call(bundle)

    assert (result.document, result.folder.exists()) == (1, False)


def test_the_function_may_close_its_output(bench):
    bundle = bench.bundle(
        "import os, sys\n\ndef f():\n    sys.stdout.close()\n    os.closerange(0, 30)\n    return 1\n", "f"
    )

    assert bench.call(bundle).document == 1


def test_exit_functions_run_after_the_result(bench):
    bundle = bench.bundle("import atexit\n\ndef f():\n    atexit.register(print, 'bye', flush=True)\n", "f")
    line, process = bench.serve(bundle, "--once")

    result = bench.run(line)
    process.wait(20)

    assert result.text("stdout") == "bye\n"


def test_being_stopped_lets_the_function_clean_up(bench):
    bundle = bench.bundle(
        """
        import time

        def f():
            try:
                print("going")
                time.sleep(60)
            finally:
                print("cleaned up")
        """,
        "f",
    )
    line, process = bench.serve(bundle, "--once")
    folder = bench.send(line)
    wait_until(lambda: (folder / "stdout.txt").exists() and (folder / "stdout.txt").read_text())

    os.kill(process.pid, signal.SIGTERM)
    header, _ = line.wait_for("result")

    assert header["state"] == "failed"
    assert (folder / "stdout.txt").read_text() == "going\ncleaned up\n"


def test_a_function_that_looks_whether_it_is_cancelled_ends_in_its_own_way(bench):
    bundle = bench.bundle(
        """
        import time
        from spl.runtime.context import current_run

        def f():
            while not current_run().cancelled():
                print("going")
                time.sleep(0.01)
            return "half"
        """,
        "f",
    )
    line, process = bench.serve(bundle, "--once")
    folder = bench.send(line)
    wait_until(lambda: (folder / "stdout.txt").exists() and (folder / "stdout.txt").read_text())

    os.kill(process.pid, signal.SIGTERM)

    assert line.wait_for("result")[1] == b'"half"'


def test_an_async_function_is_cancelled_too(bench):
    bundle = bench.bundle(
        """
        import asyncio

        async def f():
            try:
                print("going", flush=True)
                await asyncio.sleep(60)
            finally:
                print("cleaned up")
        """,
        "f",
    )
    line, process = bench.serve(bundle, "--once")
    folder = bench.send(line)
    wait_until(lambda: (folder / "stdout.txt").exists() and (folder / "stdout.txt").read_text())

    os.kill(process.pid, signal.SIGTERM)
    line.wait_for("result")

    assert (folder / "stdout.txt").read_text() == "going\ncleaned up\n"


def test_what_a_run_leaves_running_ends_with_it_even_far_away(bench):
    bundle = bench.bundle(
        """
        import os, time

        def f():
            if os.fork() == 0:
                os.setsid()
                if os.fork() == 0:
                    open("pid", "w").write(str(os.getpid()))
                    time.sleep(60)
                os._exit(0)
            while not os.path.exists("pid") or not open("pid").read():
                time.sleep(0.01)
            return int(open("pid").read())
        """,
        "f",
    )

    pid = bench.call(bundle).document

    wait_until(lambda: not is_alive(pid), "the far descendant to be gone")


def test_a_worker_dies_with_its_daemon(bench):
    """Here the test's process is the daemon: what it would leave behind is looked at by a process in between."""
    bundle = bench.bundle("import time\n\ndef f():\n    time.sleep(60)\n", "f")
    between = (
        "import os, socket, subprocess, sys, time\n"
        "ours, theirs = socket.socketpair()\n"
        "process = subprocess.Popen([*sys.argv[1:], '--parent', str(os.getpid())], stdin=theirs, stdout=theirs)\n"
        "ours.recv(1000)\n"
        "print(process.pid, flush=True)\n"
        "time.sleep(60)\n"
    )
    main = str(bench.runtime / "spl" / "runtime" / "__main__.py")
    import subprocess

    with subprocess.Popen(
        [sys.executable, "-c", between, sys.executable, "-I", main, "serve", "--bundle", str(bundle), "--blobs", "b"],
        stdout=subprocess.PIPE,
        text=True,
    ) as daemon:
        assert daemon.stdout is not None
        worker = int(daemon.stdout.readline())
        assert is_alive(worker)
        daemon.kill()

    wait_until(lambda: not is_alive(worker), "the worker to be gone")


def test_limits_are_set_and_never_raised(bench):
    bundle = bench.bundle(
        "import resource\n\ndef f():\n    return [resource.getrlimit(resource.RLIMIT_CORE)[0],"
        " resource.getrlimit(resource.RLIMIT_NOFILE)[0]]\n",
        "f",
    )

    assert bench.call(bundle, limits={"nofile": 128}).document == [0, 128]
