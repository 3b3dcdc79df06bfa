"""What clients of this machine may ask of its server through it, with the machine's credential. Pure.

Reads of the catalogue, and runs: nothing that administers, and nothing that a machine alone says.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from spl.core.errors import NotFound

_NAME = r"[^/]+"
_OWNED = rf"owners/{_NAME}/libraries/{_NAME}"
_OF_OBJECT = r"(/(signature|inputs|outputs|graph|versions|compare|used-by|tags))?"
_RUN = rf"remote-runs/{_NAME}"
_BATCH = rf"remote-batches/{_NAME}"

ALLOWED: Mapping[str, tuple[str, ...]] = {
    "GET": (
        "whoami", "health", "libraries", "objects", rf"objects/{_NAME}{_OF_OBJECT}",
        _OWNED, rf"{_OWNED}/objects", rf"{_OWNED}/objects/{_NAME}{_OF_OBJECT}",
        "machines", rf"machines/{_NAME}",
        "remote-runs", "remote-runs/counts", rf"{_RUN}(/(detail|result|logs|events|artifacts))?",
        rf"{_RUN}/artifacts/.+", rf"{_RUN}/blobs/[0-9a-f]{{64}}",
        rf"{_BATCH}(/results)?",
    ),
    "HEAD": (r"blobs/[0-9a-f]{64}", rf"{_RUN}/blobs/[0-9a-f]{{64}}", rf"{_RUN}/artifacts/.+"),
    "POST": (
        "remote-runs", "remote-runs/bulk", rf"{_RUN}/(cancel|retry)", "remote-batches", rf"{_BATCH}/cancel",
        rf"objects/{_NAME}/validate", rf"{_OWNED}/objects/{_NAME}/validate",
    ),
    "PUT": (r"blobs/[0-9a-f]{64}",),
}  # fmt: skip

_COMPILED = {method: [re.compile(one + r"\Z") for one in patterns] for method, patterns in ALLOWED.items()}

# What a question brings along, and an answer back: the content and how to read it, never credentials, never cookies.
REQUEST_HEADERS = frozenset(
    {
        "accept",
        "content-type",
        "content-length",
        "range",
        "if-range",
        "if-none-match",
        "last-event-id",
        "content-digest",
    }
)
ANSWER_HEADERS = frozenset(
    {
        "content-type", "content-length", "content-disposition", "content-range", "accept-ranges", "etag", "location",
        "last-modified", "retry-after", "content-security-policy", "content-digest",
    }
)  # fmt: skip


def check(method: str, path: str) -> str:
    """The path on the server, if it may be asked for.

    Raises:
        NotFound: it may not, or there is none such.
    """
    plain = "//" not in path and not any(part in (".", "..") for part in path.split("/")) and path.isprintable()
    if plain and any(pattern.match(path) for pattern in _COMPILED.get(method, ())):
        return path
    raise NotFound(
        f"{method} /{path[:200]} is not asked of a server through a daemon.",
        hint="SPLServerClient speaks to the server itself, with a user's token.",
    )


def passed(headers: Mapping[str, str], names: frozenset[str]) -> dict[str, str]:
    """Those headers that go along."""
    return {name.lower(): value for name, value in headers.items() if name.lower() in names}
