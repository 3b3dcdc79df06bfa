"""What the blocking and the asyncio client share: where the daemon is, how values move, what was learned of objects."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from spl.client.connection import Place
from spl.client.failures import failure_of, source_file, source_paths
from spl.client.payloads import Payloads
from spl.core.errors import RunFailed, SPLError
from spl.core.wire import objects
from spl.core.wire.base import Flow, Request
from spl.core.wire.paths import DAEMON, Paths
from spl.core.wire.server import catalog as server_catalog
from spl.core.wire.server.steady import beneath

VERSIONS_REMEMBERED = 64
"""Versions whose sources and signatures are kept: those a notebook works with, not all it has ever met."""


class Context:
    """What is known of one kind of runs: the daemon's own, or those of a server.

    Attributes:
        place: the daemon whose runs they are; None for a server, which has nothing of its own on this machine.
        paths: where they are.
    """

    def __init__(self, place: Place | None, *, allow_pickle: bool = False, paths: Paths = DAEMON) -> None:
        self.place = place
        self.paths = paths
        self.allow_pickle = allow_pickle
        self.payloads = Payloads(place, paths)
        self._sources: OrderedDict[tuple[str, Any], dict[str, str]] = OrderedDict()
        self._kinds: OrderedDict[tuple[Any, ...], str] = OrderedDict()

    def failure(self, run: Mapping[str, Any]) -> Flow[RunFailed]:
        """The exception of a run that failed, with its source lines at hand."""
        sources = yield from self._sources_of(run)
        return failure_of(run, sources)

    def kind(self, run: Mapping[str, Any]) -> Flow[str]:
        """Whether what ran is a function or a pipeline."""
        name, version, function = run["object"], run.get("version"), run.get("function")
        owner, library = run.get("owner"), run.get("library")
        key = (owner, library, name, version, function)
        if key not in self._kinds:
            if self.paths.elsewhere:
                asked = beneath(
                    self.paths.prefix, _asked(server_catalog.signature(name, owner, library, version, function))
                )
            else:
                asked = _asked(objects.signature(name, version, function))
            self._kinds[key] = (yield from asked)["kind"]
            _forget_oldest(self._kinds)
        return self._kinds[key]

    def _sources_of(self, run: Mapping[str, Any]) -> Flow[Mapping[str, str]]:
        """The source files that a failure's frames are in; what can't be had is left out."""
        error = run.get("error")
        wanted = source_paths(error)
        if not wanted or not run.get("object") or self.paths.elsewhere:
            return {}  # what failed elsewhere comes with the lines of its frames
        key = (run["object"], run.get("version"))
        known = self._sources.setdefault(key, {})
        _forget_oldest(self._sources)
        for path in wanted - known.keys():
            text = self._local_source(source_file(error, path))
            if text is not None:
                known[path] = text
        if not wanted <= known.keys():
            known.update((yield from _published_sources(*key)))
            known.update(dict.fromkeys(wanted - known.keys(), ""))
        return {path: known[path] for path in wanted if known[path]}

    def _local_source(self, file: str | None) -> str | None:
        """The text of a file in the daemon's home, where that is on this machine."""
        if file is None or self.place is None or self.place.local_blobs() is None:
            return None
        try:
            real = Path(file).resolve()
            if not real.is_relative_to(Path(self.place.endpoint.home).resolve()):
                return None
            return real.read_text(encoding="utf-8")
        except (OSError, ValueError):
            return None


def _asked(request: Request) -> Flow[dict[str, Any]]:
    document: dict[str, Any] = (yield request).json()
    return document


def _published_sources(name: str, version: int | None) -> Flow[dict[str, str]]:
    try:
        document = (yield objects.read_object(name, version, include_yaml=True)).json()
        from spl.core.ir.files import bundle_from_text

        return {module.path: module.source for module in bundle_from_text(document["yaml"]).modules}
    except (SPLError, KeyError):
        return {}


def _forget_oldest(known: OrderedDict[Any, Any]) -> None:
    while len(known) > VERSIONS_REMEMBERED:
        known.popitem(last=False)
