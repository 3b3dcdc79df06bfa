"""The address of a remote node, as a bundle writes it in different ways and as it is kept in one. Pure."""

from __future__ import annotations

from urllib.parse import unquote, urlsplit

from daemon_server.objects.bundle.places import Json, shown

LATEST = "latest"
_KEYS = ("url", "owner", "library", "name", "function", "version", "target_machine")


class NoAddress(ValueError):
    """It names no object."""


def address(remote: dict[str, Json]) -> dict[str, Json]:
    """The address with its URL taken apart, `name::function` split, and without what says nothing.

    Raises:
        NoAddress: with the reason.
    """
    said = {key: str(remote[key]) for key in _KEYS if key in remote}
    found = {**said, **_place(said.get("url"), said.get("owner"), said.get("library")), **_object(said)}
    if found.get("version") == LATEST:
        del found["version"]
    return {key: found[key] for key in _KEYS if found.get(key)}


def _object(said: dict[str, str]) -> dict[str, str]:
    name, _, inside = said["name"].partition("::")
    function = said.get("function", "")
    if inside and function and inside != function:
        raise NoAddress(f"the name says function {shown(inside)}, and `function` says {shown(function)}.")
    if not name or said["name"].endswith("::"):
        raise NoAddress("it needs the name of an object, such as `object` or `object::function`.")
    return {"name": name, "function": inside or function}


def _place(url: str | None, owner: str | None, library: str | None) -> dict[str, str]:
    """A URL may be that of a library: then it says the server's base, the owner and the library."""
    if not url:
        return {}
    try:
        parts = urlsplit(url)
        host = parts.hostname
    except ValueError:
        raise NoAddress(f"{shown(url)} is not a URL.") from None
    if parts.scheme not in ("http", "https") or not host or "@" in parts.netloc:
        raise NoAddress(f"{shown(url)} is not the URL of a server; it begins with https:// and holds no user name.")
    base, found, rest = parts.path.rstrip("/").rpartition("/owners/")
    named = rest.split("/")
    if not found or len(named) != 3 or named[1] != "libraries":
        return {"url": url.rstrip("/")}
    inner_owner, inner_library = unquote(named[0]), unquote(named[2])
    for given, inner, what in ((owner, inner_owner, "owner"), (library, inner_library, "library")):
        if given and given != inner:
            raise NoAddress(f"the URL says {what} {shown(inner)}, and `{what}` says {shown(given)}.")
    return {"url": f"{parts.scheme}://{parts.netloc}{base}", "owner": inner_owner, "library": inner_library}


def is_below(url: str, own_url: str) -> bool:
    """Whether an address is this server's own, or below it. A longer name that begins the same is another server."""
    return bool(own_url) and (url == own_url or url.startswith(f"{own_url}/"))
