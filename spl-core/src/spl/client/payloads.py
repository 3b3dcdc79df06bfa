"""Arguments on their way to the daemon and results on their way back.

Small values travel inside the request. Large ones are blobs: written straight into the daemon's folder and mapped from
it where that folder is on this machine and ours, else sent and fetched.
"""

from __future__ import annotations

import os
import shutil
import tempfile
import weakref
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from spl.client.classes import find_class
from spl.client.connection import Place
from spl.core.errors import NotFound, ValueNotDecodable, ValueNotEncodable
from spl.core.wire import blobs as wire
from spl.core.wire.base import Flow, Json
from spl.core.wire.files import whole_file
from spl.core.wire.paths import DAEMON, Paths
from spl.runtime.values import INLINE_LIMIT, NotDecodable, NotEncodable, decode, dumps, encode, loads

if TYPE_CHECKING:
    from spl.runtime.blobs import Blobs

_JSON_DOCUMENT = "application/json"
_INSTEAD = "Pass JSON-like data, a dataframe or an array; SPLClient(allow_pickle=True) is the last resort."


class Payloads:
    """One client's way of moving values."""

    def __init__(self, place: Place | None, paths: Paths = DAEMON) -> None:
        self._place = place
        self._paths = paths
        self._folder: Path | None = None
        self._sending: Blobs | None = None
        self._receiving: Blobs | None = None

    def encoded(
        self, args: Sequence[Any], kwargs: Mapping[str, Any], *, allow_pickle: bool = False
    ) -> tuple[list[Json], dict[str, Json], Blobs]:
        """The documents of a call's arguments, and the folder that holds their blobs.

        Raises:
            ValueNotEncodable: a value can't travel; the message names it.
        """
        blobs = self._local_blobs() or self._outgoing()
        try:
            positional = [
                encode(value, blobs, allow_pickle=allow_pickle, root=f"args[{number}]")
                for number, value in enumerate(args)
            ]
            named = {name: encode(value, blobs, allow_pickle=allow_pickle, root=name) for name, value in kwargs.items()}
        except NotEncodable as error:
            raise ValueNotEncodable(str(error), hint=_INSTEAD, type=error.type_name, path=error.path) from None
        return positional, named, blobs

    def delivered(self, docs: Iterable[Json], blobs: Blobs) -> Flow[None]:
        """Send the blobs that the documents refer to, unless they were written where the daemon has them."""
        if blobs is not self._sending or not os.path.isdir(blobs.root):  # noqa: PTH112 (in every call)
            return
        for blob in wire.references(list(docs)):
            sha256 = blob["sha256"]
            try:
                yield wire.has(sha256, at=self._paths.blobs)
            except NotFound:
                yield wire.put(sha256, blobs.path(sha256), at=self._paths.blobs)
            blobs.remove(sha256)

    def value(self, doc: Json, run_id: str, *, allow_pickle: bool = False) -> Flow[Any]:
        """The value of the document that a run has as its result.

        Raises:
            ValueNotDecodable: it is damaged, or needs what this side has not allowed.
        """
        if type(doc) in (str, int, float, bool, type(None)):
            return doc
        blobs = self._local_blobs()
        if blobs is None:
            blobs = yield from self._fetched(doc, run_id)
        try:
            return decode(doc, blobs, allow_pickle=allow_pickle, types=find_class)
        except NotDecodable as error:
            raise ValueNotDecodable(str(error)) from None

    def _local_blobs(self) -> Blobs | None:
        return None if self._place is None else self._place.local_blobs()

    def _fetched(self, doc: Json, run_id: str) -> Flow[Blobs]:
        """Fetch the blobs a document refers to, also those inside a document that is a blob itself."""
        blobs = self._incoming()
        waiting = list(wire.references(doc))
        while waiting:
            blob = waiting.pop()
            sha256 = blob["sha256"]
            if not blobs.has(sha256):
                beside = self._temporary_folder() / f"fetching-{sha256}"
                yield from _fetched_file(sha256, beside, self._paths.blobs_of(run_id))
                if blobs.put_file(beside).sha256 != sha256:
                    raise ValueNotDecodable(f"The blob {sha256[:12]} arrived damaged.")
                beside.unlink()
            if blob.get("media_type") == _JSON_DOCUMENT:
                waiting += wire.references(loads(blobs.path(sha256).read_bytes()))
        return blobs

    def _outgoing(self) -> Blobs:
        if self._sending is None:
            from spl.runtime.blobs import Blobs

            self._sending = Blobs(self._temporary_folder() / "outgoing")
        return self._sending

    def _incoming(self) -> Blobs:
        if self._receiving is None:
            from spl.runtime.blobs import Blobs

            self._receiving = Blobs(self._temporary_folder() / "incoming")
        return self._receiving

    def _temporary_folder(self) -> Path:
        """A private folder that goes when this client goes; values mapped from it outlive it on POSIX."""
        if self._folder is None:
            self._folder = Path(tempfile.mkdtemp(prefix="spl-"))
            weakref.finalize(self, _remove, self._folder, os.getpid())
        return self._folder


def _fetched_file(sha256: str, into: Path, at: str) -> Flow[None]:
    into.unlink(missing_ok=True)
    yield from whole_file(lambda offset: wire.fetch(sha256, into, offset, at=at), into)


def _remove(folder: Path, owner: int) -> None:
    if os.getpid() == owner:  # and not in a child that was forked and ends first
        shutil.rmtree(folder, ignore_errors=True)


def spilled[Docs: (list[Json], dict[str, Json])](docs: Docs, blobs: Blobs, among: int) -> Docs:
    """The documents, those in blobs that are more than their share of what `among` of them may weigh together."""
    limit = INLINE_LIMIT // max(1, among)
    if isinstance(docs, dict):
        return {name: _spilled(doc, blobs, limit) for name, doc in docs.items()}
    return [_spilled(doc, blobs, limit) for doc in docs]


def _spilled(doc: Json, blobs: Blobs, limit: int) -> Json:
    data = dumps(doc)
    if len(data) <= limit:
        return doc
    return {"$spl": "blob", "blob": blobs.put_bytes(data, _JSON_DOCUMENT).to_doc()}


__all__ = ["INLINE_LIMIT", "Payloads", "spilled"]
