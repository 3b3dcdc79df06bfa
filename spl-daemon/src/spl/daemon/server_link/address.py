"""Which addresses may be a server's: the exact origin that credentials go to, and nothing that looks like it. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, ip_address
from urllib.parse import urlsplit

from spl.core.errors import InvalidRequest

DEFAULT_PORTS = {"http": 80, "https": 443}
LONGEST = 2_000

_HOST = re.compile(r"(?=.{1,253}\Z)[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*\Z")
_PATH = re.compile(r"(/[A-Za-z0-9._~-]+)*/?\Z")
_NUMERIC = re.compile(r"(0x[0-9a-f]+|\d+)(\.(0x[0-9a-f]+|\d+))*\Z")


@dataclass(frozen=True, slots=True)
class Address:
    """Where a server is: scheme, host and port are its origin; `prefix` is where its API begins, without a last `/`."""

    scheme: str
    host: str
    port: int
    prefix: str = ""

    @property
    def secure(self) -> bool:
        return self.scheme == "https"

    @property
    def authority(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == DEFAULT_PORTS[self.scheme] else f"{host}:{self.port}"

    @property
    def origin(self) -> str:
        return f"{self.scheme}://{self.authority}"

    @property
    def url(self) -> str:
        return self.origin + self.prefix

    @classmethod
    def parse(cls, text: str) -> Address:
        """Read a server's URL.

        Raises:
            InvalidRequest: it is none, or one that a credential must not be sent to.
        """
        if len(text) > LONGEST or not text.isascii() or not text.isprintable() or "\\" in text or " " in text:
            raise _refused(text, "it may hold printable ASCII characters only; write an international name as xn--...")
        try:
            parts = urlsplit(text)
            port = parts.port
        except ValueError:
            raise _refused(text, "it is not a URL") from None
        if parts.scheme not in DEFAULT_PORTS:
            raise _refused(text, "it begins neither with https:// nor with http://")
        if "@" in parts.netloc:
            raise _refused(text, "it has a name or a password in it; credentials are given beside it")
        if parts.query or parts.fragment or "?" in text or "#" in text:
            raise _refused(text, "it ends with a path, without `?` or `#`")
        if not _PATH.match(parts.path) or "/." in parts.path:
            raise _refused(text, "its path is not a plain one")
        host = _host(text, parts.hostname or "")
        if port == 0:
            raise _refused(text, "there is no port 0")
        if parts.scheme == "http" and not is_loopback(host):
            raise _refused(text, "http without TLS is for servers on this machine; a token would be read on the way")
        return cls(parts.scheme, host, port or DEFAULT_PORTS[parts.scheme], parts.path.rstrip("/"))


def is_loopback(host: str) -> bool:
    """Whether only this machine is meant."""
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def _host(text: str, host: str) -> str:
    if not host:
        raise _refused(text, "it names no host")
    if ":" in host:
        return _ipv6(text, host)
    if _NUMERIC.match(host):
        try:
            address: IPv4Address | IPv6Address = IPv4Address(host)
        except ValueError:
            raise _refused(text, "its host looks like an address and is none as people write them") from None
        if address.is_unspecified:
            raise _refused(text, "0.0.0.0 is no machine")
        return str(address)
    if not _HOST.match(host):
        raise _refused(text, "its host is not a name")
    return host


def _ipv6(text: str, host: str) -> str:
    try:
        address = IPv6Address(host)
    except ValueError:
        raise _refused(text, "its host is not an address") from None
    if address.ipv4_mapped is not None or address.sixtofour is not None or address.teredo is not None:
        raise _refused(text, "it hides an IPv4 address in an IPv6 one")
    if address.is_unspecified or address.scope_id:
        raise _refused(text, "its host is no machine of its own")
    return str(address)


def _refused(text: str, why: str) -> InvalidRequest:
    shown = re.sub(r"//[^/@]*@", "//…@", text[:80])
    return InvalidRequest(
        f"{shown!r} can't be a server's URL: {why}.",
        hint="It looks like https://splime.io/api, or http://127.0.0.1:9876.",
    )
