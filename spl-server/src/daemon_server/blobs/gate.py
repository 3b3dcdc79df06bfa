"""The port to runs: this feature holds what belongs to them, and asks who may have it."""

from __future__ import annotations

from typing import Protocol

from daemon_server.db.session import Session
from daemon_server.http.principal import Principal


class RunGate(Protocol):
    """Who may read a run, and which machine holds it."""

    def readable(self, session: Session, principal: Principal, run_id: str) -> None:
        """
        Raises:
            NotFound: there is no such run, or it is not for this principal to see.
        """
        ...

    def held(self, session: Session, principal: Principal, run_id: str, fence: int) -> None:
        """
        Raises:
            NotFound: there is no such run for this machine.
            Conflict: another attempt is current, or the run has ended.
        """
        ...
