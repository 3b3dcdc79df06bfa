"""From the text of a publish to what the server keeps of it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from daemon_server.objects.bundle.canonical import canonical
from daemon_server.objects.bundle.card import card_of
from daemon_server.objects.bundle.format import check
from daemon_server.objects.bundle.places import InvalidBundle, Lines, shown
from daemon_server.objects.bundle.text import load
from daemon_server.objects.bundle.write import dump

_JSON = json.JSONEncoder(ensure_ascii=False, allow_nan=False, separators=(",", ":"), check_circular=False)


@dataclass(frozen=True, slots=True)
class Bundle:
    """A bundle that was read.

    Attributes:
        document: its canonical form.
        content_hash: sha256 of that, in hexadecimal; the Python that it was captured on does not count.
        card: everything that is asked for without the source, as JSON.
        text: what to keep: the text itself, or one written anew where something was asked to be different.
    """

    document: dict[str, Any]
    content_hash: str
    card: dict[str, Any]
    text: str

    @property
    def entrypoint(self) -> str:
        return str(self.document["entrypoint"])

    @property
    def kind(self) -> str:
        return str(self.card["entry"]["kind"])


def read(text: str, *, entrypoint: str | None = None) -> Bundle:
    """Read a bundle.

    Args:
        entrypoint: another function or pipeline of it to enter at.

    Raises:
        InvalidBundle: with path and line.
    """
    document = document_of(text)
    if entrypoint is not None and entrypoint != document["entrypoint"]:
        document = canonical({**document, "entrypoint": entrypoint}, Lines(None, {}))
        text = dump(document)
    return Bundle(document, content_hash(document), card_of(document), text)


def document_of(text: str) -> dict[str, Any]:
    """The canonical document of a bundle's text.

    Raises:
        InvalidBundle: with path and line.
    """
    raw, lines = load(text)
    check(raw, lines)
    return canonical(raw, lines)


def content_hash(document: dict[str, Any]) -> str:
    """sha256 of a canonical document as compact JSON, without the Python that it was captured on.

    Raises:
        InvalidBundle: it holds what JSON can't say.
    """
    hashed = dict(document)
    if "python" in hashed:
        hashed["python"] = {key: value for key, value in hashed["python"].items() if key != "captured"}
    try:
        return sha256(_JSON.encode(hashed).encode("utf-8")).hexdigest()
    except (TypeError, ValueError, RecursionError) as error:
        raise InvalidBundle(f"The bundle has no canonical form: {shown(str(error))}.") from None
