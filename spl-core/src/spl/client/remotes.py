"""Versions of remote nodes: pinned when a pipeline is published, and moved on when its author says so.

latest ── publish ──> the number it is then        the number ── update_remotes ──> the newest one
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from spl.client.catalog import described, remote_object
from spl.client.server import check_origin
from spl.core.entities.bundle import Bundle
from spl.core.entities.node_remote import LATEST, NodeRemote
from spl.core.entities.pipeline import Pipeline
from spl.core.errors import NotFound, ServerNotConnected, ServerRefused, ServerUnreachable
from spl.core.wire import daemon as wire
from spl.core.wire.base import Flow
from spl.core.wire.paths import THROUGH_DAEMON
from spl.core.wire.server.steady import beneath


@dataclass(frozen=True, slots=True)
class Found:
    """What a remote node stands for at this moment."""

    version: int
    content_hash: str
    owner: str | None = None
    library: str | None = None


@dataclass(frozen=True, slots=True)
class Pin:
    """A remote node and the version that its pipeline is published with.

    Attributes:
        node: its id.
        reference: what it calls: `owner/library/object::function`, as far as that is known.
        was: the version it had before: `latest`, or a number.
        version: the number it has now; None where nobody could be asked, and it goes on following `latest`.
        content_hash: of that version.
        newest: a higher number there is, where its author chose another one.
    """

    node: str
    reference: str
    was: str
    version: int | None
    content_hash: str = ""
    newest: int | None = None

    @property
    def moved(self) -> bool:
        """Whether it has another version than before."""
        return self.version is not None and str(self.version) != self.was

    def to_json(self) -> dict[str, Any]:
        names = ("node", "reference", "was", "version", "content_hash", "newest")
        return {name: getattr(self, name) for name in names}

    def __str__(self) -> str:
        if self.version is None:
            return f"{self.node}: {self.reference} follows {self.was}: it could not be resolved"
        newer = f"; v{self.newest} is there" if self.newest is not None else ""
        return f"{self.node}: {self.reference} v{self.version}{newer}"


type Pinned = tuple[Pipeline, tuple[Pin, ...]]


def pinned(pipeline: Pipeline, *, update: bool = False, only: Callable[[str], bool] = lambda _: True) -> Flow[Pinned]:
    """The pipeline with its remote nodes at version numbers: those that follow `latest`, or all with `update`.

    Args:
        only: which nodes, by id.

    Raises:
        InvalidRequest: a node names another server than the one that the daemon is connected to.
    """
    remotes = [node for node in pipeline.nodes.values() if isinstance(node, NodeRemote) and only(node.id)]
    if not remotes:
        return pipeline, ()
    connected = str(((yield wire.server_connection()).json() or {}).get("server_url") or "")
    nodes, pins = dict(pipeline.nodes), []
    for node in remotes:
        follows = update or node.version == LATEST
        found = yield from _newest(node, connected)
        if found is None or not follows:
            pins.append(_left(node, found))
            continue
        owner, library = found.owner or node.owner, found.library or node.library
        at = node.at_version(str(found.version), owner=owner, library=library)
        nodes[node.id] = at
        pins.append(Pin(node.id, reference_of(at), node.version, found.version, found.content_hash))
    return replace(pipeline, nodes=nodes), tuple(pins)


def pinned_bundle(bundle: Bundle, only: Callable[[str], bool]) -> Flow[tuple[Bundle, tuple[Pin, ...]]]:
    """A published bundle with its remote nodes at the newest versions."""
    pipelines: list[Pipeline] = []
    pins: list[Pin] = []
    for pipeline in bundle.pipelines:
        moved, found = yield from pinned(pipeline, update=True, only=only)
        pipelines.append(moved)
        pins += found
    return replace(bundle, pipelines=tuple(pipelines)), tuple(pins)


def reported(document: dict[str, Any], pins: Iterable[Pin]) -> dict[str, Any]:
    """The request of a publish, its capture report with what its remote nodes stand for."""
    listed = [pin.to_json() for pin in pins]
    if listed and isinstance(document.get("capture"), Mapping):
        document["capture"] = {**document["capture"], "remote_nodes": listed}
    return document


def notes_of(pins: Iterable[Pin], name: str) -> list[str]:
    """What the author should know of the pins."""
    notes = []
    for pin in pins:
        if pin.version is None:
            notes.append(f"Remote node {pin}; each run takes the newest version there is then.")
        elif pin.newest is not None:
            notes.append(f'Remote node {pin}: client.update_remotes("{name}") moves it on.')
    return notes


def reference_of(node: NodeRemote) -> str:
    place = "/".join(part for part in (node.owner, node.library) if part)
    return f"{place}/{node.reference}" if place else node.reference


def _left(node: NodeRemote, found: Found | None) -> Pin:
    """A node that keeps the version it has; a tag moves by itself."""
    number = int(node.version) if node.version.isdecimal() else None
    newer = found.version if found is not None and number is not None and found.version > number else None
    return Pin(node.id, reference_of(node), node.version, number, newest=newer)


def _newest(node: NodeRemote, connected: str) -> Flow[Found | None]:
    """The newest version of what a node calls; None where nobody knows it, or nobody can be asked."""
    if node.url is not None and connected:
        check_origin(connected, node.url, node.reference)
    bare = not (node.url or node.owner or node.library or node.target_machine)
    here = (yield from _here(node.name)) if bare else None
    there = (yield from _there(node)) if connected else None
    if here is not None and (there is None or there.content_hash != here.content_hash):
        return here  # what is here is what runs, and the server's numbers are of something else
    return there


def _here(name: str) -> Flow[Found | None]:
    try:
        document = yield from described(name, None, False)
    except NotFound:
        return None
    return Found(int(document["version"]), str(document.get("content_hash") or ""))


def _there(node: NodeRemote) -> Flow[Found | None]:
    try:
        asked = remote_object(node.name, node.owner, node.library, None, False)
        document = yield from beneath(THROUGH_DAEMON, asked)
    except (NotFound, ServerNotConnected, ServerUnreachable, ServerRefused):
        return None
    return Found(
        int(document["version"]),
        str(document.get("content_hash") or ""),
        document.get("owner") or node.owner,
        document.get("library") or node.library,
    )
