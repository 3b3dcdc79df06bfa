"""What a worker process does around user code: its place among processes, its folder, its output, its end."""

from __future__ import annotations

import os
import signal
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

RUN_ID = "SPL_RUN_ID"
ATTEMPT = "SPL_ATTEMPT"

# The variable is in the environment a worker is started with, as long as an id, and is overwritten in place for each
# run: that is what other processes see of it, also in children that were forked and never executed anything.
NO_RUN = "-" * 36

# High enough that code which closes or reuses the first few descriptors does not meet ours.
FIRST_PRIVATE_FD = 64

# The daemon comes first on a busy machine: its heartbeats and answers must not starve under user code.
NICENESS = 5

PR_SET_PDEATHSIG = 1
PR_SET_CHILD_SUBREAPER = 36

_libc: Any = None


def libc() -> Any:
    """The C library, or None where there is none of ours to ask."""
    global _libc
    if _libc is None and sys.platform == "linux":
        try:
            import ctypes

            _libc = ctypes.CDLL(None)
            _libc.getenv.restype = ctypes.c_void_p
        except (ImportError, OSError, AttributeError):
            _libc = False
    return _libc or None


def die_with_parent(parent: int) -> None:
    """Be killed when the process that started this one is gone, however it goes (Linux)."""
    library = libc()
    if library is None:
        return
    library.prctl(PR_SET_PDEATHSIG, int(signal.SIGKILL), 0, 0, 0)
    if os.getppid() != parent:
        os._exit(0)


def adopt_orphans() -> None:
    """Become the parent of every descendant whose own parent ends (Linux)."""
    library = libc()
    if library is not None:
        library.prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


class Marker:
    """The run's id where other processes can read it: in the environment block this process was started with."""

    def __init__(self) -> None:
        library = libc()
        self._at = library.getenv(RUN_ID.encode()) if library and os.environ.get(RUN_ID) == NO_RUN else None
        os.environ.pop(RUN_ID, None)

    def write(self, run: str) -> None:
        if self._at:
            import ctypes

            ctypes.memmove(self._at, run.encode()[: len(NO_RUN)].ljust(len(NO_RUN), b"-"), len(NO_RUN))


def private(fd: int) -> int:
    """Move a descriptor out of the way of user code; children that execute something don't inherit it."""
    if os.name == "nt":
        moved = os.dup(fd)
    else:
        import fcntl

        moved = fcntl.fcntl(fd, fcntl.F_DUPFD_CLOEXEC, FIRST_PRIVATE_FD)
    return moved


def settle() -> None:
    """What every worker process is from its first moment: modest, without core dumps, private files, no input."""
    os.umask(0o077)
    null = os.open(os.devnull, os.O_RDONLY)
    os.dup2(null, 0)
    os.close(null)
    os.dup2(2, 1)
    streams: tuple[Any, ...] = (sys.stdout, sys.stderr)
    for stream in streams:
        if stream is not None:
            stream.reconfigure(encoding="utf-8", errors="backslashreplace", line_buffering=True)
    if os.name != "nt":
        os.nice(NICENESS)
        limit({"core": 0})


def limit(limits: Mapping[str, int]) -> None:
    """Set resource limits by name (`as`, `cpu`, `fsize`, `nofile`, `core`), never above the hard limit there is."""
    if os.name == "nt" or not limits:
        return
    import resource

    for name, value in limits.items():
        kind = getattr(resource, "RLIMIT_" + name.upper())
        hard = resource.getrlimit(kind)[1]
        allowed = value if hard == resource.RLIM_INFINITY else min(value, hard)
        resource.setrlimit(kind, (allowed, allowed))


def enter(folder: str) -> None:
    """Make the run's folder the working directory and the run's files the output."""
    os.makedirs(folder, mode=0o700, exist_ok=True)
    os.chdir(folder)
    redirect("stdout.txt", 1)
    redirect("stderr.txt", 2)


def redirect(name: str, onto: int) -> None:
    # Appending, so that the daemon can cut a file short while it is written.
    flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND | getattr(os, "O_BINARY", 0)
    fd = os.open(name, flags, 0o600)
    os.dup2(fd, onto)
    os.close(fd)


def save(name: str, content: bytes) -> None:
    """Write a new small file of the run's folder. A function may have taken the folder away, or the name."""
    try:
        fd = os.open(name, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), 0o600)
    except OSError:
        return
    try:
        os.write(fd, content)
    except OSError:
        pass
    finally:
        os.close(fd)


def keep(folder: str, arguments: bytes, result: bytes, what: str | None) -> None:
    """Leave in the run's folder what went in, what came out, and a link to what was run: for people, who look there.

    After the result is told, so that nobody waits for it.
    """
    save(os.path.join(folder, "inputs.json"), arguments)
    save(os.path.join(folder, "result.json"), result)
    if what:
        try:
            os.link(what, os.path.join(folder, "object.yaml"))
        except OSError:
            pass  # forgotten meanwhile, or the function took the folder away


def flush() -> None:
    """Bring everything that was printed into the files, also what C code printed."""
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except Exception:  # the function may have closed or replaced it
            pass
    if _libc:
        _libc.fflush(None)


def output_sizes() -> list[int]:
    """How long the two output files are now; the daemon cuts what is too long."""
    sizes = []
    for fd in (1, 2):
        try:
            sizes.append(os.fstat(fd).st_size)
        except OSError:
            sizes.append(0)
    return sizes


def leave(code: int) -> None:
    """End the process in good order, but without waiting for threads that user code left running.

    Exit functions run, because libraries put their last writes there. By now the outcome is told, so they can't change
    it, and the daemon ends a process that does not come to an end.
    """
    import atexit

    try:
        atexit._run_exitfuncs()
    except BaseException:
        pass
    flush()
    os._exit(code)


def children() -> list[int]:
    """The processes whose parent is this one, as far as the system tells (Linux)."""
    found: list[int] = []
    try:
        for task in os.listdir("/proc/self/task"):
            with open("/proc/self/task/" + task + "/children", "rb") as file:
                found.extend(int(pid) for pid in file.read().split())
    except OSError:
        pass
    return found


def run_of(pid: int) -> str | None:
    """Whose run another process belongs to, by the mark in its environment."""
    try:
        with open("/proc/%d/environ" % pid, "rb") as file:
            block = file.read()
    except OSError:
        return None
    for line in block.split(b"\0"):
        if line.startswith(b"SPL_RUN_ID="):
            return line[len(b"SPL_RUN_ID=") :].decode(errors="replace")
    return None
