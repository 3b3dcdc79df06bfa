"""Real worker processes on tiny bundles, spoken to as the daemon speaks to them."""

from __future__ import annotations

import inspect
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import textwrap
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

import spl.runtime
from spl.runtime.channel import FrameReader, pack

NO_RUN = "-" * 36
PATIENCE = 20.0


def wait_until(predicate: Callable[[], Any], description: str = "", seconds: float = PATIENCE) -> Any:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if found := predicate():
            return found
        time.sleep(0.01)
    raise AssertionError(f"waited {seconds} s in vain for {description or inspect.getsource(predicate)}")


def is_alive(pid: int) -> bool:
    try:
        return "\nState:\tZ" not in Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return False


class Line:
    """One end of a socket pair, in frames."""

    def __init__(self, end: socket.socket) -> None:
        self.end = end
        self.end.settimeout(PATIENCE)
        self._reader = FrameReader()
        self._frames: list[tuple[dict[str, Any], bytes]] = []

    def send(self, header: dict[str, Any], body: bytes = b"", fds: list[int] | None = None) -> None:
        if fds:
            socket.send_fds(self.end, [pack(header, body)], fds)
        else:
            self.end.sendall(pack(header, body))

    def receive(self) -> tuple[dict[str, Any], bytes] | None:
        while not self._frames:
            data = self.end.recv(1 << 16)
            if not data:
                return None
            self._frames = self._reader.feed(data)
        return self._frames.pop(0)

    def wait_for(self, op: str) -> tuple[dict[str, Any], bytes]:
        while True:
            frame = self.receive()
            assert frame is not None, f"the line ended before {op!r}"
            if frame[0]["op"] == op:
                return frame

    def close(self) -> None:
        self.end.close()


class Result:
    """A result frame, read."""

    def __init__(self, header: dict[str, Any], body: bytes, folder: Path) -> None:
        self.header = header
        self.state = header["state"]
        self.reason = header["reason"]
        self.document = json.loads(body)
        self.folder = folder

    def text(self, name: str) -> str:
        return (self.folder / f"{name}.txt").read_text()


class Bench:
    """Makes bundles and runs workers on them."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.runtime = root / "runtime"
        source = Path(spl.runtime.__file__).parent
        shutil.copytree(source, self.runtime / "spl" / "runtime", ignore=shutil.ignore_patterns("__pycache__"))
        self.runs = 0
        self.processes: list[subprocess.Popen[bytes]] = []
        self.lines: list[Line] = []

    def bundle(
        self,
        source: str = "",
        *functions: str,
        modules: dict[str, tuple[str, str]] | None = None,
        constants: dict[str, Any] | None = None,
        plans: dict[str, Any] | None = None,
        entrypoint: str | None = None,
        inputs: dict[str, list[dict[str, Any]]] | None = None,
        late_imports: tuple[str, ...] = (),
    ) -> Path:
        """A bundle folder with these functions of `source`, which becomes the module `main`."""
        folder = self.root / f"bundle-{len(list(self.root.glob('bundle-*')))}"
        texts = {"main": ("main.py", textwrap.dedent(source)), **(modules or {})}
        for path, text in texts.values():
            file = folder / "src" / path
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(textwrap.dedent(text))
        document = {
            "format": 1,
            "entrypoint": entrypoint or functions[0],
            "modules": {
                name: {"path": path, "constants": (constants or {}) if name == "main" else {}}
                for name, (path, _) in texts.items()
            },
            "functions": {
                name: {"module": "main", "qualname": name, "kind": "plain", "inputs": (inputs or {}).get(name, [])}
                for name in functions
            },
            "plans": plans or {},
            "late_imports": list(late_imports),
        }
        (folder / "bundle.json").write_text(json.dumps(document))
        return folder

    def spawn(self, *arguments: str, python: str = sys.executable, **options: Any) -> subprocess.Popen[bytes]:
        main = self.runtime / "spl" / "runtime" / "__main__.py"
        environment = {"PATH": os.environ["PATH"], "SPL_RUN_ID": NO_RUN, "SPL_DAEMON_HOME": str(self.root)}
        command = [
            python,
            "-I",
            str(main),
            *arguments,
            "--parent",
            str(os.getpid()),
            "--blobs",
            str(self.root / "blobs"),
        ]
        process = subprocess.Popen(command, env=environment, start_new_session=True, **options)
        self.processes.append(process)
        return process

    def serve(self, bundle: Path, *flags: str, python: str = sys.executable) -> tuple[Line, subprocess.Popen[bytes]]:
        ours, theirs = socket.socketpair()
        with theirs, (self.root / "log").open("ab") as log:
            process = self.spawn(
                "serve", "--bundle", str(bundle), *flags, python=python, stdin=theirs, stdout=theirs, stderr=log
            )
        return self._line(ours), process

    def zygote(self, bundle: Path, python: str = sys.executable) -> tuple[Line, subprocess.Popen[bytes]]:
        ours, theirs = socket.socketpair()
        with theirs, (self.root / "log").open("ab") as log:
            fd = theirs.fileno()
            process = self.spawn(
                *("zygote", "--bundle", str(bundle), "--control", str(fd)),
                python=python,
                pass_fds=[fd], stdin=subprocess.DEVNULL, stdout=log, stderr=log,
            )  # fmt: skip
        return self._line(ours), process

    def fork(self, zygote: Line, number: int = 1) -> Line:
        ours, theirs = socket.socketpair()
        with theirs:
            zygote.send({"op": "fork", "n": number}, fds=[theirs.fileno()])
        return self._line(ours)

    def send(self, line: Line, _arguments: dict[str, Any] | None = None, **command: Any) -> Path:
        self.runs += 1
        run = command.setdefault("run", f"{self.runs:036d}")
        folder = self.root / "runs" / run
        header = {"op": "run", "attempt": 1, "folder": str(folder), **command}
        line.send(header, json.dumps(_arguments or {}).encode())
        return folder

    def run(self, line: Line, _arguments: dict[str, Any] | None = None, **command: Any) -> Result:
        folder = self.send(line, _arguments, **command)
        return Result(*line.wait_for("result"), folder)

    def call(self, bundle: Path, _arguments: dict[str, Any] | None = None, **command: Any) -> Result:
        """One run in a process of its own."""
        line, process = self.serve(bundle, "--once")
        result = self.run(line, _arguments, **command)
        process.wait(PATIENCE)
        return result

    def _line(self, end: socket.socket) -> Line:
        self.lines.append(Line(end))
        return self.lines[-1]

    def close(self) -> None:
        for line in self.lines:
            line.close()
        for process in self.processes:
            try:
                process.wait(PATIENCE)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()
                raise


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    """A bench that leaves no process behind."""
    bench = Bench(tmp_path)
    yield bench
    bench.close()
    mark = f"SPL_DAEMON_HOME={tmp_path}".encode()
    wait_until(lambda: not _marked(mark), "every process that the test started to be gone")


def _marked(mark: bytes) -> list[int]:
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit() and int(entry.name) != os.getpid():
            try:
                if mark in (entry / "environ").read_bytes().split(b"\0"):
                    found.append(int(entry.name))
            except OSError:
                continue
    return found
