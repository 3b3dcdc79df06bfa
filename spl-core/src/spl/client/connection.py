"""The way to the daemon: found when it is first needed, found again when the daemon has moved."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from spl.client.discovery import Found, Wanted, discover, process_is_gone
from spl.core.errors import DaemonUnreachable
from spl.core.wire.base import Request, Response, Transport
from spl.core.wire.endpoint import ENDPOINT_FILE, Endpoint, read_endpoint

if TYPE_CHECKING:
    from collections.abc import Callable

    from spl.runtime.blobs import Blobs

_UNAUTHORIZED = 401


class Place:
    """Which daemon this is, and what of it is on this machine."""

    def __init__(self, wanted: Wanted) -> None:
        self._wanted = wanted
        self._found: Found | None = None
        self._blobs: tuple[str, Blobs | None] | None = None

    @property
    def endpoint(self) -> Endpoint:
        return self.found.endpoint

    @property
    def found(self) -> Found:
        if self._found is None:
            self._found = discover(self._wanted)
        return self._found

    @property
    def known(self) -> Endpoint | None:
        """The endpoint if it was needed already; asking costs nothing and never fails."""
        return self._found.endpoint if self._found else None

    def has_moved(self) -> bool:
        """Look again; whether the daemon is somewhere else now, or has another token."""
        before = self._found
        with suppress(DaemonUnreachable):
            self._found = discover(self._wanted)
        return before is None or (before.endpoint.url, before.endpoint.token) != (
            self.endpoint.url,
            self.endpoint.token,
        )

    def local_blobs(self) -> Blobs | None:
        """The daemon's own blob folder, where it is on this machine and ours to write; else None."""
        endpoint = self.endpoint
        if self._blobs is None or self._blobs[0] != endpoint.url:
            self._blobs = (endpoint.url, _blobs_of(endpoint))
        return self._blobs[1]

    def explain(self, error: DaemonUnreachable) -> DaemonUnreachable:
        """The error with what we know of the daemon that did not answer."""
        if self._found is None or error.details.get("sent", True):
            return error
        endpoint, source = self._found.endpoint, self._found.source
        where = f"It was read from {source}" if os.sep in source else f"It was given by {source}"
        if process_is_gone(endpoint.pid):
            where += f", and its process {endpoint.pid} is gone"
        return DaemonUnreachable(f"{error.message} {where}.", hint=error.hint, **error.details)


class Connection:
    """Carries a client's requests; may be shared by threads."""

    def __init__(self, wanted: Wanted, open_transport: Callable[[Endpoint], Transport] | None = None) -> None:
        self.place = Place(wanted)
        self._open_transport = open_transport or _http
        self._transport: Transport | None = None
        self._lock = threading.Lock()

    def send(self, request: Request) -> Response:
        transport = self._transport or self._opened()
        try:
            response = transport.send(request)
        except DaemonUnreachable as error:
            may_repeat = request.repeatable or not error.details.get("sent", True)
            if not (may_repeat and self._moved(transport)):
                raise self.place.explain(error) from error.__cause__
        else:
            if response.status != _UNAUTHORIZED or not self._moved(transport):
                return response
        return self._opened().send(request)

    @contextmanager
    def stream(self, request: Request) -> Iterator[Iterator[bytes]]:
        with (self._transport or self._opened()).stream(request) as lines:
            yield lines

    def close(self) -> None:
        with self._lock:
            if self._transport is not None:
                self._transport.close()
            self._transport = None

    def _opened(self) -> Transport:
        with self._lock:
            if self._transport is None:
                self._transport = self._open_transport(self.place.endpoint)
            return self._transport

    def _moved(self, failed: Transport) -> bool:
        with self._lock:
            if self._transport is not None and self._transport is not failed:
                return True  # another thread has found it again
            if not self.place.has_moved():
                return False
            failed.close()
            self._transport = None
        return True


def _http(endpoint: Endpoint) -> Transport:
    from spl.core.wire.http import HttpTransport

    return HttpTransport(endpoint.url, endpoint.token)


def _blobs_of(endpoint: Endpoint) -> Blobs | None:
    if not endpoint.home or urlsplit(endpoint.url).hostname not in ("127.0.0.1", "localhost", "::1"):
        return None
    home = Path(endpoint.home)
    there = read_endpoint(home / ENDPOINT_FILE)
    if there is None or there.token != endpoint.token:  # a tunnel: the same path means another machine's folder
        return None
    folder = home / "blobs"
    if not folder.is_dir() or not os.access(folder, os.R_OK | os.W_OK | os.X_OK):
        return None
    from spl.runtime.blobs import Blobs

    return Blobs(folder)
