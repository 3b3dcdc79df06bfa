"""What `/metrics` counts in the tables."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import text

from daemon_server.db import Session
from daemon_server.http.metrics import Counted

type Line = tuple[tuple[str, ...], float]

# Ended runs grow without bound; only those that somebody waits for are counted here.
_RUNS = text(
    "SELECT state, count(*) AS runs FROM runs WHERE state IN ('queued', 'claimed', 'running', 'unknown', 'cancelling') "
    "GROUP BY state"
)
_MACHINES = text("SELECT count(*) FROM machines WHERE lease_expires_at > :now AND revoked_at IS NULL")


def _runs(session: Session) -> Iterable[Line]:
    return [((str(row._mapping["state"]),), float(row._mapping["runs"])) for row in session.rows(_RUNS)]


def _machines(session: Session) -> Iterable[Line]:
    return [((), session.scalar(_MACHINES, {"now": session.now}))]


COUNTED = (
    Counted("runs", "Runs that have not ended, by state.", ("state",), _runs),
    Counted("machines_connected", "Machines that hold a lease.", (), _machines),
)
