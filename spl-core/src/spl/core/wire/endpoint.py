"""Where a daemon listens and what opens it: a small private file, in the daemon's home and once more per user.

    <home>/daemon-endpoint.json         the daemon of this home
    <state>/daemons/<port>.json         every running daemon of this user, by port

Both hold the same document; both are readable by their owner alone, because the token is in them.
"""

from __future__ import annotations

import json
import os
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

DEFAULT_HOST = "127.0.0.1"
DEFAULT_PORT = 8765
ENDPOINT_FILE = "daemon-endpoint.json"
STATE_VARIABLE = "SPL_STATE_DIR"


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One daemon: its URL, the token that opens it, its process and its home. `started_at` is epoch milliseconds."""

    url: str
    token: str = field(repr=False)
    pid: int = 0
    home: str = ""
    version: str = ""
    started_at: int = 0

    @property
    def port(self) -> int:
        parts = urlsplit(self.url)
        return parts.port or (443 if parts.scheme == "https" else 80)

    def to_json(self) -> dict[str, str | int]:
        return {
            "url": self.url,
            "token": self.token,
            "pid": self.pid,
            "home": self.home,
            "version": self.version,
            "started_at": self.started_at,
        }

    @classmethod
    def from_json(cls, document: object) -> Endpoint:
        """The endpoint a document describes.

        Raises:
            ValueError: it is not an endpoint document.
        """
        if not isinstance(document, dict):
            raise ValueError("an endpoint document is a JSON object")
        for name in ("url", "token"):
            if not isinstance(document.get(name), str):
                raise ValueError(f"an endpoint document has a text {name!r}")
        return cls(
            url=document["url"].rstrip("/"),
            token=document["token"],
            pid=int(document.get("pid") or 0),
            home=str(document.get("home") or ""),
            version=str(document.get("version") or ""),
            started_at=int(document.get("started_at") or 0),
        )


def state_folder() -> Path:
    """The folder for what one user's SPL processes must know of each other; it may not exist yet."""
    if chosen := os.environ.get(STATE_VARIABLE):
        return Path(chosen)
    if sys.platform == "win32":
        local = os.environ.get("LOCALAPPDATA")
        return (Path(local) if local else Path.home() / "AppData" / "Local") / "spl"
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Application Support" / "spl"
    base = os.environ.get("XDG_STATE_HOME")
    return (Path(base) if base else Path.home() / ".local" / "state") / "spl"


def registry_folder() -> Path:
    return state_folder() / "daemons"


def registry_file(port: int) -> Path:
    """Where the daemon on `port` is registered."""
    return registry_folder() / f"{port}.json"


def write_endpoint(path: Path, endpoint: Endpoint) -> None:
    """Write the document so that nobody else can read it and no reader ever sees half of it."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    beside = path.with_name(f".{path.name}.{os.getpid()}.{time.monotonic_ns()}")
    try:
        with os.fdopen(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
            json.dump(endpoint.to_json(), file, indent=2)
        beside.replace(path)
    except BaseException:
        beside.unlink(missing_ok=True)
        raise


def read_endpoint(path: Path) -> Endpoint | None:
    """The endpoint in this file; None where the file is missing or is no endpoint document."""
    try:
        return Endpoint.from_json(json.loads(path.read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError):
        return None


def remove_endpoint(path: Path, *, pid: int) -> None:
    """Take the file away if it still speaks of process `pid`; a successor's file stays."""
    known = read_endpoint(path)
    if known is not None and known.pid == pid:
        path.unlink(missing_ok=True)


def registered() -> list[Endpoint]:
    """The daemons this user has registered, latest start first. Some may be gone: a killed daemon leaves its file."""
    try:
        files = sorted(registry_folder().glob("*.json"))
    except OSError:
        return []
    found = [endpoint for file in files if _is_ours(file) and (endpoint := read_endpoint(file)) is not None]
    return sorted(found, key=lambda endpoint: endpoint.started_at, reverse=True)


def _is_ours(file: Path) -> bool:
    """A file that another user could have written would send our requests to them."""
    if sys.platform == "win32":
        return True
    try:
        status = file.stat()
    except OSError:
        return False
    return status.st_uid == os.geteuid() and not status.st_mode & 0o022
