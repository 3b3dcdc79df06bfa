"""Ends that people ask for, and fresh runs in place of ended ones."""

from __future__ import annotations

from dataclasses import fields

from sqlalchemy import bindparam, select

from daemon_server import ids
from daemon_server.db.session import Session
from daemon_server.runs import store
from daemon_server.runs.lifecycle import ACTIVE, ASK_CANCEL, TERMINAL, WITHDRAW
from daemon_server.runs.problems import RunNotFound, RunNotRetryable
from daemon_server.runs.records import NewRun
from daemon_server.runs.tables import in_states, run_payloads, runs

_WITHDRAW = store.move(WITHDRAW, reason="cancelled", finished_at=bindparam("now"), waiting=None, waiting_text=None)
_ASK = store.move(ASK_CANCEL, cancel_asked_at=bindparam("now"))
# Only what the run itself has started: others may name it as what theirs belongs to.
_NODES = select(runs.c.id).where(
    runs.c.parent_run_id == bindparam("run_id"), runs.c.token_kind == "capability", in_states(*ACTIVE)
)
_CARRIED = ("args", "kwargs", "context")
_AS_IT_WAS = tuple(
    field.name
    for field in fields(NewRun)
    if field.name not in ("id", "queue_ttl_ms", "retry_of", "batch_id", "batch_index", *_CARRIED)
)
_WHOLE = (
    select(
        *(runs.c[name] for name in _AS_IT_WAS),
        runs.c.state,
        (runs.c.queue_expires_at - runs.c.created_at).label("queue_ttl_ms"),
        *(run_payloads.c[name] for name in _CARRIED),
    )
    .join(run_payloads, run_payloads.c.run_id == runs.c.id)
    .where(runs.c.id == bindparam("run_id"))
)


def cancel(session: Session, run_id: str) -> None:
    """Ask for the end of a run. One that has ended, or was asked before, stays as it is.

    Raises:
        RunNotFound
    """
    parameters = {"run_id": run_id, "now": session.now}
    if store.take(session, _WITHDRAW, parameters):
        error = '{"type":"Cancelled","message":"It was cancelled before a machine had it."}'
        store.conclude(session, run_id, None, error=error)
        return
    moved = store.take(session, _ASK, parameters)
    for row in moved:
        session.wake(f"machine:{row.machine_id}")
    if not moved and store.standing(session, run_id) is None:
        raise RunNotFound(run_id=run_id[:80])


def stop_nodes(session: Session, run_id: str) -> None:
    """Ask for the end of what a run has started elsewhere: the run is over, and nobody waits for it any more.

    Its machine asks for that too, but it may be gone, and what it asks with ends with the run.
    """
    for row in session.rows(_NODES, {"run_id": run_id}):
        cancel(session, row.id)


def again(session: Session, run_id: str) -> NewRun:
    """A new run like one that has ended; the ended one stays as it is.

    Raises:
        RunNotFound
        RunNotRetryable: it has not ended.
    """
    row = session.row(_WHOLE, {"run_id": run_id})
    if row is None:
        raise RunNotFound(run_id=run_id[:80])
    if row.state not in TERMINAL:
        raise RunNotRetryable(f"The run {run_id} is {row.state}.", hint="Cancel it first, or wait for its end.")
    same = {name: getattr(row, name) for name in (*_AS_IT_WAS, *_CARRIED, "queue_ttl_ms")}
    same["allow_pickle"] = bool(same["allow_pickle"])
    return NewRun(id=ids.new("run"), retry_of=run_id, **same)
