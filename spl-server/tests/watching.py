"""What is looked at in every test of the server: that it executes nothing, and that no secret gets out.

The interpreter itself reports whatever could run code, start a process, load a library or open a connection. What is
reported while the server answers a request, or from a thread of its database, is kept and fails the test.
"""

from __future__ import annotations

import logging
import re
import sys
import threading
import traceback
from contextvars import ContextVar
from dataclasses import dataclass, field
from pathlib import Path

import httpx
from starlette.types import ASGIApp, Receive, Scope, Send

from daemon_server.logs import Formatter

FORBIDDEN = frozenset({
    "exec", "compile", "import", "subprocess.Popen", "os.fork", "os.forkpty", "os.exec", "os.posix_spawn", "os.system",
    "os.spawn", "socket.connect", "pickle.find_class", "marshal.loads", "marshal.load", "ctypes.dlopen",
})  # fmt: skip

# The kinds of raw credentials, whole: 10 characters of id, 34 of secret, 6 of checksum.
RAW = re.compile(r"spl[a-z]_[0-9A-Za-z]{10}([0-9A-Za-z]{34})[0-9A-Za-z]{6}")
# Whose answers may hold one, once: what issues credentials.
ISSUING = re.compile(
    r"/api/.*|(/tokens(/\w+/rotate)?|/users|/daemon-enrollment(/redeem)?|/machine-token/rotate|/sync|/session"
    r"|/remote-runs/\w+/start)"
)

# SQLAlchemy writes a method for each of its own kinds of clauses when it first meets one; no request is in it.
OWN_METHODS = ("sqlalchemy/util/langhelpers.py", "exec_code_in_env")

_answering: ContextVar[bool] = ContextVar("answering", default=False)
_events: list[str] = []
_installed = False


def install() -> None:
    """Let the interpreter report; it can't be taken back, so it is done once."""
    global _installed
    if not _installed:
        _installed = True
        sys.addaudithook(_hook)


def taken() -> list[str]:
    """What was reported since the last look."""
    found, _events[:] = list(_events), []
    return found


def _hook(event: str, arguments: tuple[object, ...]) -> None:
    if event not in FORBIDDEN:
        return
    if not _answering.get() and not threading.current_thread().name.startswith("db"):
        return
    code = sys._getframe(1).f_code
    place = (code.co_filename.replace("\\", "/"), code.co_name)
    if event in ("exec", "compile") and place[0].endswith(OWN_METHODS[0]) and place[1] == OWN_METHODS[1]:
        return
    token = _answering.set(False)
    try:
        where = "".join(traceback.format_stack(limit=12)[:-1])
        _events.append(f"{event} {str(arguments)[:200]}\n{where}")
    finally:
        _answering.reset(token)


@dataclass(frozen=True, slots=True)
class Answering:
    """An app whose every answer is watched."""

    app: ASGIApp

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        token = _answering.set(True)
        try:
            await self.app(scope, receive, send)
        finally:
            _answering.reset(token)


@dataclass(slots=True)
class Leaks:
    """Where secrets were seen in one test."""

    lines: list[str] = field(default_factory=list)
    secrets: set[str] = field(default_factory=set)
    told: set[str] = field(default_factory=set)
    found: list[str] = field(default_factory=list)

    def issued(self, raw: str) -> str:
        """A credential the test made."""
        if match := RAW.fullmatch(raw):
            self.secrets.add(match[1])
        return raw

    async def heard(self, response: httpx.Response) -> None:
        """An answer the server gave: a secret is in it once, when it is issued."""
        path = response.request.url.path
        text = (await response.aread()).decode("utf-8", "replace") + str(response.headers)
        told = {match[1]: match[0][:15] for match in RAW.finditer(text)}  # a code and the command with it are one
        for secret, hint in told.items():
            if not ISSUING.fullmatch(path) or response.request.method == "GET" or secret in self.told:
                self.found.append(f"{response.request.method} {path} told {hint}…")
        self.told |= told.keys()
        self.secrets |= self.told

    def scan(self, folder: Path) -> list[str]:
        """Every secret that is in a log line or in a file of the database."""
        log = "\n".join(self.lines)
        found = [f"a log line tells {secret[:4]}…" for secret in self.secrets if secret in log]
        for path in folder.rglob("server.sqlite3*"):
            content = path.read_bytes()
            found += [f"{path.name} holds {secret[:4]}…" for secret in self.secrets if secret.encode() in content]
        return self.found + found


class Lines(logging.Handler):
    """Log lines as the server would write them."""

    def __init__(self, leaks: Leaks) -> None:
        super().__init__(logging.DEBUG)
        self._leaks = leaks
        self.setFormatter(Formatter("json"))

    def emit(self, record: logging.LogRecord) -> None:
        self._leaks.lines.append(self.format(record))
