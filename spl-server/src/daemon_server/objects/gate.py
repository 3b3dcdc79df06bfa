"""The source of a version for the machine that runs it, whatever its owner may read. Runs say who holds what."""

from __future__ import annotations

from typing import Any, Protocol, runtime_checkable

from daemon_server.db import Session
from daemon_server.http.principal import Principal
from daemon_server.libraries import store as library_store
from daemon_server.libraries.library import DEFAULT
from daemon_server.objects import catalog, store


@runtime_checkable
class HoldsVersions(Protocol):
    """Knows which versions a machine needs for the attempts that it holds; runs are above, and implement it."""

    def holds_version(self, session: Session, machine_id: str, version_id: str) -> bool:
        """Whether an attempt that this machine holds now runs this version."""
        ...


def yaml_for_holder(
    session: Session, gate: object, principal: Principal, owner: str | None, library: str | None, name: str, number: int
) -> dict[str, Any] | None:
    """One version with its source, also one that was deleted since; None where the machine holds no attempt of it."""
    if not isinstance(gate, HoldsVersions) or principal.machine_id is None:
        return None
    home = library_store.find(session, owner or principal.user, library or DEFAULT)
    row = None if home is None else store.version_named(session, home.id, name, number)
    if home is None or row is None or not gate.holds_version(session, principal.machine_id, row.id):
        return None
    return catalog.whole(session, home, row)
