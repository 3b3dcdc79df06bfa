"""Who may read a run and which machine holds it, for the rooms below; and the attempt behind a capability."""

from __future__ import annotations

from sqlalchemy import bindparam, select

from daemon_server.db.session import Session
from daemon_server.http.principal import Principal
from daemon_server.identity.capabilities import Held
from daemon_server.runs import reading, store
from daemon_server.runs.lifecycle import LEASED
from daemon_server.runs.problems import RunNotFound, StaleClaim
from daemon_server.runs.tables import attempts, in_states, runs

_CURRENT = (
    select(runs.c.id, runs.c.fence, runs.c.caller_id, runs.c.caller, runs.c.machine_id, runs.c.library_id)
    .join(attempts, attempts.c.fence == runs.c.fence)
    .where(attempts.c.capability_id == bindparam("capability"), store.IS_LEASED)
)
_VERSION = (
    select(runs.c.id)
    .where(
        runs.c.machine_id == bindparam("machine"),
        runs.c.version_id == bindparam("version"),
        in_states(*LEASED),
    )
    .limit(1)
)


class Gate:
    """The answer of runs to what blobs and objects ask."""

    def readable(self, session: Session, principal: Principal, run_id: str) -> None:
        """
        Raises:
            RunNotFound
        """
        reading.seen(session, principal, run_id)

    def held(self, session: Session, principal: Principal, run_id: str, fence: int) -> None:
        """
        Raises:
            RunNotFound: this machine never had that attempt.
            StaleClaim: it has it no more.
        """
        standing = store.standing(session, run_id)
        machine = principal.machine_id or ""
        if standing is None or store.attempt_of(session, run_id, fence, machine) is None:
            raise RunNotFound(run_id=run_id[:80])
        if standing.fence != fence or standing.machine_id != machine or standing.state not in LEASED:
            raise StaleClaim(current_attempt=standing.attempt, your_fence=str(fence))

    def holds_version(self, session: Session, machine_id: str, version_id: str) -> bool:
        """Whether an attempt that this machine holds now runs this version."""
        return session.scalar(_VERSION, {"machine": machine_id, "version": version_id}) is not None


def capability(session: Session, capability_id: str) -> Held | None:
    """The current attempt that a capability belongs to."""
    row = session.row(_CURRENT, {"capability": capability_id})
    if row is None:
        return None
    return Held(row.id, row.fence, row.caller_id, row.caller, machine_id=row.machine_id, library_id=row.library_id)
