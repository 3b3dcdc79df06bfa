"""What an owner does to a machine that is there: rename it, hold it back, take it off the server."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from daemon_server.access import service as access
from daemon_server.audit.service import record
from daemon_server.db.session import Session
from daemon_server.http.principal import Principal
from daemon_server.identity import tokens
from daemon_server.machines.enrolment import MachineExists, checked_name
from daemon_server.machines.record import Machine
from daemon_server.machines.service import MachineNotFound, checked_labels, find, get, tell
from daemon_server.machines.store import MachineStore


def change(session: Session, principal: Principal, reference: str, changes: Mapping[str, Any]) -> Machine:
    """Change a machine's name, display_name, labels, draining or max_concurrent; those that are given.

    Raises:
        MachineNotFound, MachineExists, InvalidMachineName, InvalidLabel
        PermissionDenied: it is not the caller's.
    """
    machine = administered(session, principal, reference)
    values = dict(changes)
    store = MachineStore(session)
    if "name" in values:
        other = store.named(machine.owner_id, checked_name(values["name"]))
        if other is not None and other.id != machine.id:
            raise MachineExists(f"You have a machine called {other.name!r}: {other.id}.")
    if "labels" in values:
        values["labels"] = checked_labels(values["labels"])
    if values:
        store.change(machine.id, values)
        shown = {name: list(value) if isinstance(value, tuple) else value for name, value in values.items()}
        record(session, principal, "machine.change", f"machine {machine.id}", **shown)
        _tell(session, machine)
    changed = get(session, machine.id)
    assert changed is not None
    return changed


def revoke(session: Session, principal: Principal, reference: str) -> Machine:
    """Take a machine off the server: its tokens and codes die, its connection ends. Its runs stay to be read.

    Raises:
        MachineNotFound
        PermissionDenied: it is not the caller's.
    """
    machine = administered(session, principal, reference)
    values = {"revoked_at": session.now, "connection_id": None, "lease_expires_at": None}
    MachineStore(session).change(machine.id, values)
    tokens.revoke_machine(session, machine.id, by=principal, reason="machine revoked")
    record(session, principal, "machine.revoke", f"machine {machine.id}", name=machine.name)
    _tell(session, machine)
    gone = get(session, machine.id)
    assert gone is not None
    return gone


def administered(session: Session, principal: Principal, reference: str) -> Machine:
    """
    Raises:
        MachineNotFound
        PermissionDenied: it is not the caller's.
    """
    machine = find(session, principal, reference)
    rights = access.machine_rights(session, principal, machine_id=machine.id, owner_id=machine.owner_id)
    if not rights:
        raise MachineNotFound(f"There is no machine {reference[:200]!r} that you may use.")
    access.authorize(rights, "admin", what=f"machine {machine.owner}/{machine.name}", owner=machine.owner)
    return machine


def _tell(session: Session, machine: Machine) -> None:
    session.wake(f"machine:{machine.id}")
    tell(session, machine.id)
