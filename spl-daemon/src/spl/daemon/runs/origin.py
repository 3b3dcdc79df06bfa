"""Where a run came from, as its row keeps it, and what the one it came from is told of its end. Pure."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass, fields, replace
from typing import Any, Self

from spl.daemon.outbox import Entry
from spl.daemon.runs.lifecycle import State
from spl.daemon.runs.records import Outcome

# An end that was nobody's wish: to whoever asked for the run, its worker is simply gone.
INTERRUPTED = "interrupted"
LOST_WITH_THE_DAEMON = ("failed", "worker_crashed")


@dataclass(frozen=True, slots=True, kw_only=True)
class Remote:
    """A server's run that this machine was given.

    Attributes:
        origin, owner: the server, and the owner of this machine there.
        run_id, fence, attempt: the run's id on the server, and which attempt at it this is.
        object: `owner/library/name` of what is run.
        caller: who asked for it.
        repeatable: whether the server may start it a second time.
    """

    origin: str
    owner: str
    run_id: str
    fence: str
    attempt: int
    object: str = ""
    caller: str = ""
    repeatable: bool = False

    def to_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_json(cls, document: dict[str, Any]) -> Self:
        known = {field.name for field in fields(cls)}
        return cls(**{name: value for name, value in document.items() if name in known})


@dataclass(frozen=True, slots=True)
class Parent:
    """The run whose remote node this run is.

    Attributes:
        run, node: that run on this machine, and the node of its pipeline.
        depth: how many runs stand above this one.
    """

    run: str
    node: str
    depth: int = 1

    def to_json(self) -> dict[str, Any]:
        return asdict(self)


def written(*, allow_pickle: bool = False, remote: Remote | None = None, parent: Parent | None = None) -> str | None:
    """What the row keeps; most runs have nothing to say."""
    document: dict[str, Any] = {}
    if allow_pickle:
        document["allow_pickle"] = True
    if remote is not None:
        document["remote"] = remote.to_json()
    if parent is not None:
        document["parent"] = parent.to_json()
    return json.dumps(document, separators=(",", ":")) if document else None


def remote_of(origin: str | None) -> Remote | None:
    """The server's run that a row is an attempt at."""
    if origin is None or '"remote"' not in origin:
        return None
    return Remote.from_json(json.loads(origin)["remote"])


def parent_of(origin: str | None) -> Parent | None:
    """The run that a row is a remote node of."""
    if origin is None or '"parent"' not in origin:
        return None
    document = json.loads(origin).get("parent")
    return None if document is None else Parent(**document)


def told_of(remote: Remote, outcome: Outcome, *, id: str) -> Outcome:
    """An end with what becomes of it at the server.

    One that was the daemon's and not the run's is not told where the run may begin again: silence is what lets the
    server give it to another attempt, as if this machine had died for good.
    """
    if remote.repeatable and outcome.reason == INTERRUPTED:
        return replace(outcome, abandons=(remote.origin, remote.fence))
    return replace(outcome, report=report(remote, outcome, id=id))


def report(remote: Remote, outcome: Outcome, *, id: str) -> Entry:
    """What the server is to be told of an end."""
    state, reason = _told(outcome.state, outcome.reason)
    head = {
        "state": state,
        "reason": reason,
        "started_at": outcome.started_at,
        "finished_at": outcome.finished_at,
        "isolation": outcome.isolation,
        "result_blobs": list(blobs_in(outcome.result)),
        "artifacts": json.loads(outcome.artifacts) if outcome.artifacts else [],
    }
    parts = [json.dumps(head, separators=(",", ":"))[:-1]]
    parts.append(f'"result":{outcome.result or "null"}')
    parts.append(f'"error":{outcome.error or "null"}')
    parts.append(f'"timings":{outcome.timings or "{}"}' + "}")
    return Entry(
        id=id,
        origin=remote.origin,
        owner=remote.owner,
        kind="finished",
        run_id=remote.run_id,
        fence=remote.fence,
        body=",".join(parts),
        created_at=outcome.finished_at,
    )


def not_started(remote: Remote, reason: str, *, id: str, now: int) -> Entry:
    """What the server is to be told of an attempt that never began."""
    return Entry(
        id=id,
        origin=remote.origin,
        owner=remote.owner,
        kind="nack",
        run_id=remote.run_id,
        fence=remote.fence,
        body=json.dumps({"reason": reason}, separators=(",", ":")),
        created_at=now,
    )


def blobs_in(document: str | None) -> Iterator[str]:
    """The hashes of the blobs that a document, as JSON, refers to; each once."""
    if document is None or '"blob"' not in document:
        return
    seen: set[str] = set()
    for reference in references(json.loads(document)):
        if reference not in seen:
            seen.add(reference)
            yield reference


def references(document: Any) -> Iterator[str]:
    """The hashes of the blobs that a document refers to."""
    waiting = [document]
    while waiting:
        found = waiting.pop()
        if isinstance(found, list):
            waiting.extend(found)
        elif isinstance(found, dict):
            blob = found.get("blob")
            if "$spl" in found and isinstance(blob, dict) and isinstance(blob.get("sha256"), str):
                yield blob["sha256"]
            waiting.extend(value for value in found.values() if isinstance(value, dict | list))


def _told(state: State, reason: str) -> tuple[str, str]:
    return LOST_WITH_THE_DAEMON if reason == INTERRUPTED else (state, reason)
