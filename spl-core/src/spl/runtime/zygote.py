"""A warm parent: the bundle is imported once, and every run is a forked child of its own.

    daemon ── control socket ── zygote          fork (with the child's end of a socket pair), kill
       └───── a socket pair ──── child          one command, one result, the end

The zygote runs the modules' own code and never a function. It refuses to fork where that is not safe (`fork_hazard`).
It adopts what its children leave behind, and ends it with the run it belongs to. When the control socket closes, the
daemon is gone: everything below ends, and so does the zygote.
"""

from __future__ import annotations

import gc
import os
import select
import signal
import socket
import sys
import time

from spl.runtime import launch
from spl.runtime.channel import READ_SIZE, Channel, FrameReader, pack
from spl.runtime.traceback import describe
from spl.runtime.worker import Worker, load

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from spl.runtime.loader import Bundle

# File descriptors in one message; the daemon sends one a frame, and several frames may arrive in one read.
MAX_FDS = 16
FD_SIZE = 4

# Threads of these libraries are put to rest before a fork and started anew in the child by the library itself.
FORK_AWARE_POOLS = ("openblas",)

# At the end, each round brings the next generation to light; nobody's tree is deeper.
LAST_ROUNDS = 16


def main(bundle_folder: str, blobs: str, control_fd: int, parent: int) -> None:
    """Serve until the control socket closes."""
    launch.die_with_parent(parent)
    control = socket.socket(fileno=launch.private(control_fd))
    os.close(control_fd)
    launch.settle()
    launch.adopt_orphans()
    marker = launch.Marker()
    began = time.perf_counter()
    try:
        bundle = load(bundle_folder)
    except BaseException as error:
        control.sendall(pack({"op": "ready", "pid": os.getpid(), "error": describe(error)}))
        return
    hazard = fork_hazard()
    ready = {"op": "ready", "pid": os.getpid(), "fork_safe": hazard is None, "reason": hazard}
    ready["import_ms"] = round((time.perf_counter() - began) * 1000, 1)
    if hazard is None:
        # What is here now stays for good: kept out of collections, its pages stay shared with the children.
        gc.collect()
        gc.freeze()
    launch.flush()
    control.sendall(pack(ready))
    if hazard is None:
        Zygote(control, bundle, blobs, marker).serve()


class Zygote:
    def __init__(self, control: socket.socket, bundle: Bundle, blobs: str, marker: launch.Marker) -> None:
        self._control = control
        self._bundle = bundle
        self._blobs = blobs
        self._marker = marker
        self._reader = FrameReader()
        self._fds: list[int] = []
        self._children: set[int] = set()
        self._wake_read, self._wake_write = os.pipe()
        for fd in (self._wake_read, self._wake_write):
            os.set_blocking(fd, False)

    def serve(self) -> None:
        signal.signal(signal.SIGCHLD, _noticed)
        signal.set_wakeup_fd(self._wake_write, warn_on_full_buffer=False)
        poll = select.poll()
        poll.register(self._control, select.POLLIN)
        poll.register(self._wake_read, select.POLLIN)
        while True:
            ready = {fd for fd, _ in poll.poll()}
            if self._wake_read in ready:
                os.read(self._wake_read, READ_SIZE)
                self._reap()
            if self._control.fileno() in ready and not self._listen():
                break
        self._end_all()

    def _listen(self) -> bool:
        """Do what the daemon asks; False when it is gone."""
        try:
            data, ancillary, _, _ = self._control.recvmsg(
                READ_SIZE, socket.CMSG_SPACE(MAX_FDS * FD_SIZE), getattr(socket, "MSG_CMSG_CLOEXEC", 0)
            )
        except ConnectionError:
            return False
        for level, kind, payload in ancillary:
            if level == socket.SOL_SOCKET and kind == socket.SCM_RIGHTS:
                whole = len(payload) - len(payload) % FD_SIZE
                at = range(0, whole, FD_SIZE)
                self._fds += [int.from_bytes(payload[i : i + FD_SIZE], sys.byteorder) for i in at]
        if not data:
            return False
        for header, _ in self._reader.feed(data):
            if header["op"] == "fork":
                self._fork(header["n"], self._fds.pop(0))
            elif header["op"] == "kill" and header["pid"] in self._children:
                _kill_group(int(str(header["pid"])), int(str(header["signal"])))
        return True

    def _fork(self, number: object, fd: int) -> None:
        parent = os.getpid()
        try:
            pid = os.fork()
        except OSError as error:
            os.close(fd)
            self._tell({"op": "refused", "n": number, "reason": f"fork: {error.strerror}"})
            return
        if pid == 0:
            try:
                self._be_a_child(fd, parent)
            finally:
                os._exit(70)
        os.close(fd)
        self._children.add(pid)
        self._tell({"op": "forked", "n": number, "pid": pid})

    def _be_a_child(self, fd: int, parent: int) -> None:
        signal.set_wakeup_fd(-1)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        for inherited in (self._control.detach(), self._wake_read, self._wake_write, *self._fds):
            os.close(inherited)
        os.setsid()
        launch.die_with_parent(parent)
        private = launch.private(fd)
        os.close(fd)
        reseed()
        Worker(self._bundle, self._blobs, Channel(private, private), self._marker).serve_one()

    def _reap(self) -> None:
        """Tell of every child that ended. What it left in its group goes first, while its pid is still its own."""
        while True:
            try:
                ended = os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOHANG | os.WNOWAIT)
            except ChildProcessError:
                break
            if ended is None:
                break
            pid = ended.si_pid
            if pid in self._children:
                _kill_group(pid, signal.SIGKILL)
            status = os.waitpid(pid, 0)[1]
            if pid in self._children:
                self._children.discard(pid)
                self._tell({"op": "exited", "pid": pid, "status": exit_code(status)})
        self._sweep()

    def _sweep(self) -> None:
        """End adopted processes whose run has ended; the next generation comes to light when they are reaped."""
        for pid in launch.children():
            if pid not in self._children and self._run_has_ended(pid):
                _kill(pid)

    def _run_has_ended(self, orphan: int) -> bool:
        """By its mark; one that wiped its mark may be of any run that is still going."""
        running = {launch.run_of(child) for child in self._children} - {None, launch.NO_RUN}
        run = launch.run_of(orphan)
        return run not in running if run and run != launch.NO_RUN else not running

    def _end_all(self) -> None:
        signal.set_wakeup_fd(-1)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        for pid in self._children:
            _kill_group(pid, signal.SIGKILL)
        for _ in range(LAST_ROUNDS):
            left = launch.children() or list(self._children)
            for pid in left:
                _kill(pid)
            for pid in left:
                try:
                    os.waitpid(pid, 0)
                except ChildProcessError:
                    pass
            self._children.clear()
            if not left:
                return

    def _tell(self, header: dict[str, Any]) -> None:
        try:
            self._control.sendall(pack(header))
        except ConnectionError:
            pass  # the daemon is gone; reading says so next


def _noticed(number: int, frame: object) -> None:
    """Only so that the signal interrupts the wait; the children are looked at in the loop."""


def _kill_group(pid: int, number: int) -> None:
    try:
        os.killpg(pid, number)
    except (ProcessLookupError, PermissionError):
        _kill(pid, number)  # a child that has not made its group yet


def _kill(pid: int, number: int = signal.SIGKILL) -> None:
    try:
        os.kill(pid, number)
    except (ProcessLookupError, PermissionError):
        pass


def exit_code(status: int) -> int:
    """A wait status as `subprocess` gives it: the exit code, or minus the signal."""
    return os.WEXITSTATUS(status) if os.WIFEXITED(status) else -os.WTERMSIG(status)


def reseed() -> None:
    """Every child of one parent would draw the same numbers. (`random` sees to itself.)"""
    numpy_random = sys.modules.get("numpy.random")
    if numpy_random is not None:
        numpy_random.seed()
    torch = sys.modules.get("torch")
    if torch is not None and hasattr(torch, "seed"):
        torch.seed()


def fork_hazard() -> str | None:
    """Why a child forked now could hang or crash where a fresh process would not; None where nothing is known."""
    import threading

    others = [thread.name for thread in threading.enumerate() if thread is not threading.main_thread()]
    if others:
        return "importing it starts threads: " + ", ".join(others)
    if "asyncio" in sys.modules and sys.modules["asyncio"]._get_running_loop() is not None:
        return "importing it leaves an event loop running"
    return _accelerator() or _native_threads()


def _accelerator() -> str | None:
    cuda = getattr(sys.modules.get("torch"), "cuda", None)
    if cuda is not None and cuda.is_initialized():
        return "importing it opens CUDA (torch)"
    if "cupy" in sys.modules:
        return "importing it opens CUDA (cupy)"
    return None


def _native_threads() -> str | None:
    """Threads that Python does not know of, beyond those of libraries that manage theirs across a fork (Linux)."""
    try:
        tasks = [int(task) for task in os.listdir("/proc/self/task")]
    except OSError:
        return None
    extra = [task for task in tasks if task != os.getpid()]
    if not extra:
        return None
    own = _thread_name(os.getpid())
    strange = sorted({name for name in map(_thread_name, extra) if name != own})
    if strange:
        return "importing it starts native threads: " + ", ".join(strange)
    explained = _fork_aware_libraries() * max(0, (os.cpu_count() or 1) - 1)
    if len(extra) > explained:
        return f"importing it starts {len(extra) - explained} native threads of unknown origin"
    return None


def _thread_name(task: int) -> str:
    try:
        with open("/proc/self/task/%d/comm" % task) as file:
            return file.read().strip()
    except OSError:
        return "?"


def _fork_aware_libraries() -> int:
    """How many libraries with a thread pool that survives a fork are loaded; numpy and scipy bring one each."""
    found = set()
    with open("/proc/self/maps") as file:
        for line in file:
            path = line.rstrip().rpartition(" ")[2]
            name = os.path.basename(path).lower()
            if any(pool in name for pool in FORK_AWARE_POOLS):
                found.add(path)
    return len(found)
