"""Which daemon a client speaks to, and the token that opens it.

    what the caller passed     base_url=, daemon_port=, daemon_home=
    the environment            SPL_DAEMON_URL (with SPL_DAEMON_TOKEN), SPL_DAEMON_HOME
    this user's registry       the daemon on port 8765, or the only one that is running
    the default home           ~/.spl-daemon

The first that says something decides. A token that wasn't passed is looked up by the daemon's port in the same places.
"""

from __future__ import annotations

import os
import socket
import sys
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from pathlib import Path
from urllib.parse import urlsplit

from spl.core.errors import DaemonUnreachable, InvalidRequest
from spl.core.wire.endpoint import (
    DEFAULT_HOST,
    DEFAULT_PORT,
    ENDPOINT_FILE,
    Endpoint,
    read_endpoint,
    registered,
    registry_folder,
)

URL_VARIABLE = "SPL_DAEMON_URL"
TOKEN_VARIABLE = "SPL_DAEMON_TOKEN"
HOME_VARIABLE = "SPL_DAEMON_HOME"

KNOCK_TIMEOUT = 0.3
"""Seconds to see whether somebody listens on a port of this machine; a free port refuses at once."""

_LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the caller said about the daemon."""

    base_url: str | None = None
    host: str = DEFAULT_HOST
    port: int | None = None
    home: Path | None = None
    token: str | None = field(default=None, repr=False)

    def __post_init__(self) -> None:
        if self.base_url is not None and self.port is not None:
            raise InvalidRequest("base_url= and daemon_port= both say where the daemon is.", hint="Pass one of them.")


@dataclass(frozen=True, slots=True)
class Found:
    """A daemon, and where we read of it."""

    endpoint: Endpoint
    source: str


def discover(wanted: Wanted) -> Found:
    """The daemon to speak to.

    Raises:
        DaemonUnreachable: none was found; the message says where we looked.
    """
    found = _passed(wanted) or _from_environment(wanted) or _running(wanted)
    token = wanted.token or found.endpoint.token or os.environ.get(TOKEN_VARIABLE, "")
    return replace(found, endpoint=replace(found.endpoint, token=token))


def default_home() -> Path:
    return Path.home() / ".spl-daemon"


def process_is_gone(pid: int) -> bool:
    """Whether we can tell that there is no such process on this machine."""
    if pid <= 0 or sys.platform == "win32":  # os.kill would end the process there
        return False
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    except OSError:
        return False
    return False


def _passed(wanted: Wanted) -> Found | None:
    if wanted.base_url is not None:
        return _at_url(wanted.base_url.rstrip("/"), "base_url", wanted.home)
    if wanted.port is not None:
        host = f"[{wanted.host}]" if ":" in wanted.host else wanted.host
        return _at_url(f"http://{host}:{wanted.port}", "daemon_port", wanted.home)
    if wanted.home is not None:
        return _in_home(wanted.home, "daemon_home")
    return None


def _from_environment(wanted: Wanted) -> Found | None:
    home = os.environ.get(HOME_VARIABLE)
    if url := os.environ.get(URL_VARIABLE):
        return _at_url(url.rstrip("/"), URL_VARIABLE, Path(home) if home else None, os.environ.get(TOKEN_VARIABLE))
    return _in_home(Path(home), HOME_VARIABLE) if home else None


def _at_url(url: str, source: str, home: Path | None, token: str | None = None) -> Found:
    """The daemon at this URL; its token and home come from what is known of its port."""
    known = _known(home)
    match = next((endpoint for endpoint in known if _same_place(endpoint.url, url)), None)
    if match is None:
        return Found(Endpoint(url, token or ""), source)
    return Found(replace(match, url=url, token=token or match.token), source)


def _known(home: Path | None) -> Iterable[Endpoint]:
    homes = [home] if home is not None else [default_home()]
    in_homes = [endpoint for folder in homes if (endpoint := read_endpoint(folder / ENDPOINT_FILE)) is not None]
    return [*in_homes, *registered()] if home is not None else [*registered(), *in_homes]


def _same_place(one: str, other: str) -> bool:
    a, b = urlsplit(one), urlsplit(other)
    same_host = a.hostname == b.hostname or (a.hostname in _LOOPBACK and b.hostname in _LOOPBACK)
    return same_host and a.port == b.port and a.scheme == b.scheme


def _in_home(home: Path, source: str) -> Found:
    file = home.expanduser() / ENDPOINT_FILE
    endpoint = read_endpoint(file)
    if endpoint is None:
        raise DaemonUnreachable(
            f"No daemon runs on {home}: there is no readable {ENDPOINT_FILE} in it ({source}).",
            hint=f'Start it with `spl-daemon serve --home "{home}"`.',
            tried=[str(file)],
        )
    return Found(endpoint, str(file))


def _running(wanted: Wanted) -> Found:
    """The daemon that this user runs, without having been told which."""
    tried: list[str] = []
    live: list[Endpoint] = []
    for endpoint in registered():
        if process_is_gone(endpoint.pid):
            tried.append(f"{endpoint.url}, whose process {endpoint.pid} is gone")
        elif not _listens(endpoint.url):
            tried.append(f"{endpoint.url}, where nothing listens")
        else:
            live.append(endpoint)
    if usual := next((endpoint for endpoint in live if endpoint.port == DEFAULT_PORT), None):
        return Found(usual, str(registry_folder()))
    if len(live) == 1:
        return Found(live[0], str(registry_folder()))
    if live:
        raise _ambiguous(live)
    file = default_home() / ENDPOINT_FILE
    endpoint_at_home = read_endpoint(file)
    if endpoint_at_home is not None and _listens(endpoint_at_home.url):
        return Found(endpoint_at_home, str(file))
    tried.append(f"{file}, which {'is stale' if endpoint_at_home else 'is not there'}")
    usual_url = f"http://{DEFAULT_HOST}:{DEFAULT_PORT}"
    if (wanted.token or os.environ.get(TOKEN_VARIABLE)) and _listens(usual_url):
        return Found(Endpoint(usual_url, ""), "the usual port")
    raise DaemonUnreachable(
        f"No local daemon is running for this user. Tried: {'; '.join(tried)}.",
        hint="Start it with `spl-daemon serve`, or pass base_url, daemon_port or daemon_home.",
        tried=tried,
    )


def _ambiguous(live: list[Endpoint]) -> DaemonUnreachable:
    listed = "; ".join(f"port {endpoint.port} ({endpoint.home})" for endpoint in live)
    return DaemonUnreachable(
        f"{len(live)} daemons are running for this user, none of them on port {DEFAULT_PORT}: {listed}.",
        hint=f"Say which: SPLClient(daemon_port={live[0].port}).",
        tried=[endpoint.url for endpoint in live],
    )


def _listens(url: str) -> bool:
    parts = urlsplit(url)
    try:
        with socket.create_connection((parts.hostname or DEFAULT_HOST, parts.port or 80), timeout=KNOCK_TIMEOUT):
            return True
    except OSError:
        return False
