"""What the tests publish: good, slow and hostile functions. Nothing here is imported by the daemon."""

import atexit
import ctypes
import os
import shutil
import signal
import subprocess
import sys
import threading
import time


def add(a: int, b: int = 1) -> int:
    return a + b


def pid() -> int:
    return os.getpid()


def environment() -> dict:
    return dict(os.environ)


def nap(seconds: float) -> str:
    print("napping", flush=True)
    time.sleep(seconds)
    return "rested"


def stubborn(seconds: float) -> None:
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    print("napping", flush=True)
    time.sleep(seconds)


def tidy(seconds: float) -> None:
    try:
        print("napping", flush=True)
        time.sleep(seconds)
    finally:
        print("tidied", flush=True)


def busy(seconds: float) -> None:
    print("napping", flush=True)
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        pass


def fail(message: str) -> None:
    raise ValueError(message)


def segfault() -> None:
    print("last words", file=sys.stderr, flush=True)
    ctypes.string_at(0)


def hard_exit(code: int) -> None:
    os._exit(code)


def soft_exit(code: int) -> None:
    sys.exit(code)


def kill_self() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def no_memory() -> None:
    raise MemoryError("no more")


def fork_and_return() -> str:
    return "child" if os.fork() == 0 else "parent"


def scatter(seconds: float) -> list:
    """Starts a child, a grandchild and a daemonized descendant, and tells their pids."""
    child = subprocess.Popen(["sleep", str(seconds)])
    shell = subprocess.Popen(["sh", "-c", f"sleep {seconds} & echo $!; wait"], stdout=subprocess.PIPE, text=True)
    grandchild = int(shell.stdout.readline())
    if os.fork() == 0:
        os.setsid()
        if os.fork() == 0:
            with open("far.tmp", "w") as file:
                file.write(str(os.getpid()))
            os.rename("far.tmp", "far")
            for fd in (0, 1, 2):
                os.close(fd)
            os.chdir("/")
            time.sleep(seconds)
        os._exit(0)
    while not os.path.exists("far"):
        time.sleep(0.01)
    with open("far") as file:
        found = [child.pid, shell.pid, grandchild, int(file.read())]
    print(*found, flush=True)
    return found


def scatter_and_nap(seconds: float) -> None:
    scatter(seconds)
    time.sleep(seconds)


def scatter_and_crash(seconds: float) -> None:
    scatter(seconds)
    os._exit(1)


def leave_thread(seconds: float) -> int:
    threading.Thread(target=time.sleep, args=(seconds,)).start()
    return os.getpid()


def print_much(megabytes: int) -> int:
    line = "x" * 1023
    for _ in range(megabytes * 1024):
        print(line)
    return megabytes


def print_text(text: str, times: int = 1, pause: float = 0.0) -> None:
    for _ in range(times):
        print(text, flush=True)
        time.sleep(pause)


def delete_folder() -> str:
    shutil.rmtree(os.getcwd())
    return "gone"


def unencodable() -> object:
    return threading.Lock()


def large(size: int) -> str:
    return "x" * size


def linger() -> int:
    atexit.register(time.sleep, 60)
    return os.getpid()


def artifacts(**texts: str) -> list:
    os.makedirs("artifacts", exist_ok=True)
    for name, text in texts.items():
        with open(f"artifacts/{name}.txt", "w") as file:
            file.write(text)
    return sorted(texts)


def artifact_and_crash() -> None:
    artifacts(kept="yes")
    os._exit(3)


def progress(steps: int) -> None:
    from spl.runtime.context import current_run

    for step in range(steps):
        current_run().progress(step + 1, steps, f"step {step + 1}")
        time.sleep(0.05)


def same(value=None):
    return value


def count(path: str) -> None:
    """Leaves a line for every time it is run."""
    with open(path, "a") as file:
        file.write(os.environ["SPL_RUN_ID"] + "\n")


def count_and_nap(path: str, seconds: float) -> None:
    count(path)
    time.sleep(seconds)
