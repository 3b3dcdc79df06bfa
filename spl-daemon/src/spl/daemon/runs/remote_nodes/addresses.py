"""Whether two URLs name the same server. Pure: nothing is resolved or connected to."""

from __future__ import annotations

from urllib.parse import urlsplit

from spl.core.errors import InvalidRequest

_PORTS = {"http": 80, "https": 443}


def check_same_server(url: str, connected: str | None) -> None:
    """A node that names a server means the connected one.

    Raises:
        InvalidRequest: it names another one; nothing was sent anywhere.
    """
    address = _address(url)
    if connected is None or address is None or address != _address(connected):
        there = f"connected to {connected}" if connected else "not connected to a server"
        raise InvalidRequest(
            f"The node names the server {url[:200]!r}, and this daemon is {there}.",
            hint="A daemon asks only the server that it is connected to. Connect it to that one, or leave url out.",
        )


def _address(url: str) -> tuple[str, str, int] | None:
    """Scheme, host and port; None for what is no plain URL of a server."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return None
    if parts.scheme not in _PORTS or not parts.hostname or "@" in parts.netloc or parts.query or parts.fragment:
        return None
    return parts.scheme, parts.hostname, port or _PORTS[parts.scheme]
