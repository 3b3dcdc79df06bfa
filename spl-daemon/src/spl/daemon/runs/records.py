"""A run as the database has it, and as JSON."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from spl.daemon.outbox import Entry
from spl.daemon.runs.lifecycle import State, is_over


@dataclass(frozen=True, slots=True)
class RunRecord:
    """One row of `runs`; times are epoch milliseconds."""

    id: str
    object: str
    version: int
    version_id: str
    function: str | None
    output: str | None
    state: State
    reason: str | None
    isolation: str | None
    priority: int
    batch_id: str | None
    batch_index: int | None
    timeout_ms: int | None
    attempt: int
    created_at: int
    started_at: int | None
    finished_at: int | None
    timings: str | None
    progress: str | None
    artifacts: int
    idempotency_key: str | None = None
    origin: str | None = None

    @property
    def over(self) -> bool:
        return is_over(self.state)

    @property
    def parent_run_id(self) -> str | None:
        """The run whose remote node this is."""
        if self.origin is None or '"parent"' not in self.origin:
            return None
        parent = json.loads(self.origin).get("parent")
        return None if parent is None else str(parent["run"])

    def to_json(self, phase: str | None = None) -> dict[str, Any]:
        """What every list shows of it."""
        return {
            "id": self.id,
            "object": self.object,
            "version": self.version,
            "function": self.function,
            "output": self.output,
            "mode": "server" if self.origin is not None and '"remote"' in self.origin else "local",
            "state": self.state,
            "reason": self.reason,
            "phase": phase,
            "isolation": self.isolation,
            "priority": self.priority,
            "parent_run_id": self.parent_run_id,
            "batch_id": self.batch_id,
            "batch_index": self.batch_index,
            "created_at": self.created_at,
            "started_at": self.started_at,
            "finished_at": self.finished_at,
            "timings": json.loads(self.timings) if self.timings else {},
            "progress": json.loads(self.progress) if self.progress else None,
        }


@dataclass(frozen=True, slots=True)
class Payload:
    """What a run carries, as JSON texts that nobody opens on the way."""

    arguments: str | None = None
    result: str | None = None
    error: str | None = None
    artifacts: str | None = None


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a run ended, whole: what is recorded of it in one go.

    Attributes:
        report: what a server is to be told of it.
        abandons: the server's origin and the fence of an attempt that is nobody's from now on, so that another begins.
    """

    run: str
    state: State
    reason: str
    finished_at: int
    started_at: int | None = None
    isolation: str | None = None
    pid: int | None = None
    timings: str | None = None
    progress: str | None = None
    result: str | None = None
    error: str | None = None
    artifacts: str | None = None
    artifact_count: int = 0
    report: Entry | None = None
    abandons: tuple[str, str] | None = None


def document(view: dict[str, Any], payload: Payload) -> bytes:
    """A run with what it carries, as JSON; the payloads go in as they are."""
    parts = [json.dumps(view, separators=(",", ":"))[:-1].encode()]
    if payload.result is not None:
        parts.append(b'"result":' + payload.result.encode())
    parts.append(b'"error":' + (payload.error or "null").encode())
    parts.append(b'"artifacts":' + (payload.artifacts or "[]").encode() + b"}")
    return b",".join(parts)
