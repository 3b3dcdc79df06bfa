"""News from machines: delivered at least once, recorded exactly once."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final, get_args

from sqlalchemy import bindparam, select, update
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert

from daemon_server.db.session import Session
from daemon_server.http.problems import ServerProblem
from daemon_server.runs import attempting, store
from daemon_server.runs.lifecycle import FAILURES, is_over
from daemon_server.runs.problems import StoreRestored
from daemon_server.runs.records import Answer, Finish, FinishState, Json, Limits, MachineEvent, Status, Times
from daemon_server.runs.tables import inbox, run_logs, runs

type ArtifactCheck = Callable[[Session, str, int, Sequence[Mapping[str, Json]]], Sequence[str]]
"""Which of the named files are not here: (session, run, fence, items) -> names."""

# The last events of a run tell of its end; telemetry leaves them this room below the limit.
ROOM_FOR_THE_END: Final = 50
# A reason is a word or a short sentence.
REASON_CHARACTERS: Final = 200
# Nodes that one event tells of, and how long a name in it may be; what machines send stays within both.
NODES_AT_ONCE: Final = 200
NODE_CHARACTERS: Final = 500
ELSEWHERE: Final = ("run_id", "machine", "object", "version", "state")

_KNOWN = select(inbox.c.event_id, inbox.c.status, inbox.c.code).where(
    inbox.c.machine_id == bindparam("machine"), inbox.c.event_id.in_(bindparam("ids", expanding=True))
)
_ARRIVE_SQLITE = sqlite_insert(inbox).on_conflict_do_nothing().returning(inbox.c.event_id)
_ARRIVE_POSTGRESQL = postgresql_insert(inbox).on_conflict_do_nothing().returning(inbox.c.event_id)
_SETTLE = (
    update(inbox)
    .where(inbox.c.machine_id == bindparam("machine"), inbox.c.event_id == bindparam("event"))
    .values(status=bindparam("how"), code=bindparam("why"))
)
_FORGET = inbox.delete().where(inbox.c.machine_id == bindparam("machine"), inbox.c.event_id == bindparam("event"))
_TELEMETRY = (
    update(runs)
    .where(
        runs.c.id == bindparam("run_id"),
        runs.c.fence == bindparam("with_fence"),
        runs.c.machine_id == bindparam("by_machine"),
        store.IS_LEASED,
        runs.c.event_seq < bindparam("most"),
    )
    .returning(*(runs.c[name] for name in store.MOVED))
)
_PHASE = _TELEMETRY.values(event_seq=runs.c.event_seq + 1, phase=bindparam("to_phase"))
_PROGRESS = _TELEMETRY.values(event_seq=runs.c.event_seq + 1, progress=bindparam("to_progress"))
_NODE = _TELEMETRY.values(event_seq=runs.c.event_seq + 1)
_LOG_SQLITE = sqlite_insert(run_logs).on_conflict_do_nothing()
_LOG_POSTGRESQL = postgresql_insert(run_logs).on_conflict_do_nothing()


def deliver(
    session: Session,
    machine_id: str,
    events: Sequence[MachineEvent],
    *,
    times: Times,
    limits: Limits,
    missing_artifacts: ArtifactCheck,
) -> list[Answer]:
    """Work events off in their order. One that was worked off before gets the answer it had then.

    The answer to an event is kept in the same unit as what the event did; a refusal that may heal is not kept.
    """
    if not events:
        return []
    fresh = _arrive(session, machine_id, events)
    known: dict[str, Answer] = {}
    if len(fresh) < len({event.id for event in events}):
        earlier = [event.id for event in events if event.id not in fresh]
        for row in session.rows(_KNOWN, {"machine": machine_id, "ids": earlier}):
            status: Status = "duplicate" if row.status == "ok" else row.status
            known[row.event_id] = Answer(row.event_id, status, row.code)
    answers: list[Answer] = []
    for event in events:
        answer = known.get(event.id)
        if answer is None:
            answer = _work_off(session, machine_id, event, times, limits, missing_artifacts)
            _remember(session, machine_id, answer)
            repeated: Status = "duplicate" if answer.status == "ok" else answer.status
            known[event.id] = Answer(event.id, repeated, answer.code, answer.final)
        answers.append(answer)
    return answers


def _arrive(session: Session, machine_id: str, events: Sequence[MachineEvent]) -> set[str]:
    """Take the events in; the ids of those that were not here before."""
    statement = _ARRIVE_POSTGRESQL if session.dialect == "postgresql" else _ARRIVE_SQLITE
    fresh: set[str] = set()
    for event_id in sorted({event.id for event in events}):  # in one order, so that two deliveries don't wait crosswise
        row = {"machine_id": machine_id, "event_id": event_id, "at": session.now, "status": "ok", "code": None}
        fresh.update(found for (found,) in session.rows(statement, row))
    return fresh


def _remember(session: Session, machine_id: str, answer: Answer) -> None:
    if not answer.final:
        session.execute(_FORGET, {"machine": machine_id, "event": answer.id})
    elif answer.status != "ok":
        named = {"machine": machine_id, "event": answer.id, "how": answer.status, "why": answer.code}
        session.execute(_SETTLE, named)


def _work_off(
    session: Session,
    machine_id: str,
    event: MachineEvent,
    times: Times,
    limits: Limits,
    missing_artifacts: ArtifactCheck,
) -> Answer:
    try:
        match event.kind:
            case "finished":
                end = read_finish(event.data)
                if end is None:
                    return Answer(event.id, "rejected", "invalid_event")
                if _incomplete(session, machine_id, event, missing_artifacts):
                    return Answer(event.id, "rejected", "artifacts_incomplete", final=False)
                status = attempting.finish(
                    session, machine_id=machine_id, run_id=event.run_id, fence=event.fence, end=end
                )
            case "nack":
                reason = str(event.data.get("reason") or "unknown")[:REASON_CHARACTERS]
                status = attempting.nack(
                    session, machine_id=machine_id, run_id=event.run_id, fence=event.fence, reason=reason, times=times
                )
            case "log":
                status = _log(session, machine_id, event, limits)
            case "phase" | "progress" | "node":
                status = _telemetry(session, machine_id, event, limits)
    except StoreRestored:
        return Answer(event.id, "rejected", StoreRestored.code, final=False)
    except ServerProblem as problem:
        return Answer(event.id, "rejected", problem.code)
    return Answer(event.id, status, {"stale": "stale_claim", "rejected": "run_not_found"}.get(status))


def _incomplete(session: Session, machine_id: str, event: MachineEvent, missing: ArtifactCheck) -> bool:
    """Whether the end of a current attempt names files that have not arrived."""
    artifacts, parts = event.data.get("artifacts") or (), event.data.get("result_blobs") or ()
    if not isinstance(artifacts, Sequence) or not isinstance(parts, Sequence) or not (artifacts or parts):
        return False
    standing = store.standing(session, event.run_id, lock=True)
    if (
        standing is None
        or (standing.fence, standing.machine_id) != (event.fence, machine_id)
        or is_over(standing.state)
    ):
        return False
    items = [item for item in artifacts if isinstance(item, Mapping)]
    items += [{"name": str(part), "sha256": str(part), "role": "result"} for part in parts]
    return bool(missing(session, event.run_id, event.fence, items))


def read_finish(data: Mapping[str, Json]) -> Finish | None:
    """A `finished` event's data, or None where it makes no sense."""
    state, reason = data.get("state"), data.get("reason")
    if state not in get_args(FinishState.__value__):
        return None
    default = {"succeeded": "ok", "failed": "worker_crashed"}.get(str(state), str(state))
    said = str(reason or default)[:REASON_CHARACTERS]
    if state == "failed" and said not in FAILURES:
        said = "worker_crashed"
    artifacts = data.get("artifacts") or ()
    count = len(artifacts) if isinstance(artifacts, Sequence) else 0
    return Finish(
        state=state,  # type: ignore[arg-type]
        reason=said if state == "failed" else default,
        result=_json(data["result"]) if state == "succeeded" and "result" in data else None,
        error=_json(data["error"]) if data.get("error") is not None else None,
        artifacts=_json(artifacts) if count else None,
        artifact_count=count,
        timings=_json(data["timings"]) if data.get("timings") is not None else None,
        isolation=str(data["isolation"])[:20] if data.get("isolation") is not None else None,
        started_at=_moment(data.get("started_at")),
        finished_at=_moment(data.get("finished_at")),
    )


def _telemetry(session: Session, machine_id: str, event: MachineEvent, limits: Limits) -> Status:
    named: dict[str, Any] = {"run_id": event.run_id, "with_fence": event.fence, "by_machine": machine_id}
    most = limits.events_per_run - ROOM_FOR_THE_END
    data = event.data
    if event.kind == "phase":
        shown = str(event.data.get("phase") or "")[:40]
        moved = session.rows(_PHASE, {**named, "most": most, "to_phase": shown})
    elif event.kind == "node":
        data = {"nodes": read_nodes(event.data)}
        moved = session.rows(_NODE, {**named, "most": most})
    else:
        told = {name: event.data.get(name) for name in ("done", "total", "text")}
        moved = session.rows(_PROGRESS, {**named, "most": most, "to_progress": _json(told)})
    if moved:
        store.record(session, event.kind, moved, lambda _: data)
        return "ok"
    standing = store.standing(session, event.run_id)
    if standing is not None and standing.fence == event.fence and standing.machine_id == machine_id:
        return "ok"  # it has ended, or has told so much already that this is left out
    return "stale" if standing is not None else "rejected"


def read_nodes(data: Mapping[str, Json]) -> list[Json]:
    """What a machine says of its run's nodes, as far as it makes sense."""
    told = data.get("nodes")
    found: list[Json] = []
    for one in told if isinstance(told, Sequence) and not isinstance(told, str) else ():
        if not isinstance(one, Mapping) or not isinstance(name := one.get("node"), str) or len(found) >= NODES_AT_ONCE:
            continue
        node: dict[str, Json] = {"node": name[:NODE_CHARACTERS]}
        if one.get("state") in ("running", "ended"):
            node["state"] = one["state"]
        if isinstance(seconds := one.get("seconds"), int | float):
            node["seconds"] = seconds
        if isinstance(elsewhere := one.get("elsewhere"), Mapping):
            node["elsewhere"] = {
                part: str(elsewhere[part])[:NODE_CHARACTERS] for part in ELSEWHERE if elsewhere.get(part) is not None
            }
        found.append(node)
    return found


def _log(session: Session, machine_id: str, event: MachineEvent, limits: Limits) -> Status:
    """Output is kept by its offset, also what comes after the end: it is the attempt's, and changes no outcome."""
    attempt = store.attempt_of(session, event.run_id, event.fence, machine_id)
    if attempt is None:
        return "rejected"
    stream = event.data.get("stream")
    offset, text = event.data.get("offset"), event.data.get("text")
    if stream not in ("stdout", "stderr") or not isinstance(offset, int) or not isinstance(text, str) or offset < 0:
        return "rejected"
    if offset >= limits.log_bytes:
        return "ok"
    dropped = event.data.get("dropped_bytes")
    row = {
        "run_id": event.run_id,
        "attempt": attempt.attempt,
        "stream": stream,
        "start": offset,
        "size": len(text.encode()),
        "dropped": dropped if isinstance(dropped, int) else 0,
        "text": text.replace("\x00", "\ufffd"),
    }
    session.execute(_LOG_POSTGRESQL if session.dialect == "postgresql" else _LOG_SQLITE, row)
    session.wake(f"run:{event.run_id}")
    return "ok"


def _json(value: object) -> str:
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False)


def _moment(value: Json) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 2**53 else None
