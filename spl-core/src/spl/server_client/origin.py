"""Where a server is, and that a token goes there and nowhere else."""

from __future__ import annotations

from ipaddress import ip_address
from urllib.parse import urlsplit

from spl.core.errors import InvalidRequest

DEFAULT_SERVER = "https://splime.io/api"


def checked_url(url: str) -> str:
    """The base URL of a server, to which a token may be sent.

    Raises:
        InvalidRequest: it is not https and not on this machine, or holds what a base URL has no place for.
    """
    parts = urlsplit(url.strip())
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise InvalidRequest(f"{url!r} is not the URL of a server.", hint=f"It looks like {DEFAULT_SERVER!r}.")
    if parts.username is not None or parts.password is not None or parts.query or parts.fragment:
        raise InvalidRequest(
            "A server's URL holds no user name, password, query or fragment.", hint="Pass the token by itself."
        )
    if parts.scheme == "http" and not is_loopback(parts.hostname):
        raise InvalidRequest(
            f"{url!r} is not encrypted, and a token would be read on its way.",
            hint="Use https://; http is for 127.0.0.1.",
        )
    return url.strip().rstrip("/")


def checked_token(token: str) -> str:
    """A token that can stand in a header. What is wrong with it is said without showing it.

    Raises:
        InvalidRequest: it is empty, or has characters that no token has.
    """
    token = token.strip()
    if not token or not token.isascii() or not token.isprintable() or " " in token:
        raise InvalidRequest(
            "The token is empty, or has characters that no token has.", hint="Take it as it was issued: splu_..."
        )
    return token


def is_loopback(host: str) -> bool:
    """Whether this names the machine itself."""
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def hint_of(token: str) -> str:
    """What may be shown of a token: its kind, and four characters of its public id."""
    prefix, _, rest = token.partition("_")
    return f"{prefix}_{rest[:4]}…" if rest and len(prefix) <= 4 else "…"
