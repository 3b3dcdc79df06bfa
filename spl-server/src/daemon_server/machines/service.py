"""Finding machines, and keeping track of whether they are there."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

from sqlalchemy import ColumnElement

from daemon_server import ids
from daemon_server.access import service as access
from daemon_server.db.session import Session
from daemon_server.http.principal import Principal
from daemon_server.http.problems import Conflict, Gone, Invalid, NotFound
from daemon_server.machines import policy
from daemon_server.machines.record import Hello, Machine
from daemon_server.machines.store import MachineStore
from daemon_server.machines.tables import machines

# Whoever shows machines waits for the first; the second, with an id behind it, says which one looks another way now.
ANY_MACHINE = "machines"
SHOWN = "machines:"
# A lease that has used up less than this part of itself need not be written again.
AS_GOOD_AS_NEW = 20

# Labels are for placing jobs: short words, or `key=value`.
MOST_LABELS = 50
_LABEL = re.compile(r"[A-Za-z0-9._=:/-]{1,63}")
# What a machine tells of itself is shown, and read at every placement.
LARGEST_SNAPSHOT = 64 * 1024


class MachineNotFound(NotFound):
    """There is no such machine, or you may not use it."""

    code = "machine_not_found"
    hint = "GET /machines lists the machines you may use; name one by its id, its name or owner/name."


class MachineAmbiguous(Conflict):
    """Several machines have this name."""

    code = "machine_ambiguous"
    hint = "Write owner/name, or the machine's id."


class MachineRevoked(Gone):
    """This machine was taken off the server."""

    code = "machine_revoked"
    hint = "Enrol it again: POST /daemon-enrollment gives a code, and `spl-daemon join` uses it."


class ConnectionReplaced(Conflict):
    """Another connection speaks for this machine now."""

    code = "connection_replaced"
    hint = "Connect again; if that keeps happening, two daemons share one machine's credential."


class InvalidLabel(Invalid):
    """A label is 1 to 63 letters, digits, dots, dashes, underscores, colons, slashes or equal signs."""

    code = "invalid_label"
    hint = 'Labels are words such as "gpu" or "cuda=12.4".'


class InvalidPolicy(Invalid):
    """A policy is a list of patterns of the form owner/library/object."""

    code = "invalid_policy"
    hint = "For example alice/*/*: everything of alice's."


# --- finding ----------------------------------------------------------------------------------------------------------


def get(session: Session, machine_id: str) -> Machine | None:
    """A machine by its id, revoked or not, whoever asks."""
    return MachineStore(session).get(machine_id)


def find(session: Session, principal: Principal, reference: str) -> Machine:
    """The machine that a user means: by id, by name (their own before others'), or by `owner/name`.

    Raises:
        MachineNotFound: nothing of that name is there for them to see.
        MachineAmbiguous: several that are not theirs have the name.
    """
    visible = _visible(session, principal)
    found = MachineStore(session).meant(reference, visible) if reference.isprintable() else []
    for best in (
        [machine for machine in found if machine.id == reference],
        [machine for machine in found if machine.owner_id == principal.user_id],
        found,
    ):
        if len(best) == 1:
            return best[0]
    if found:
        called = ", ".join(f"{machine.owner}/{machine.name}" for machine in found[:10])
        raise MachineAmbiguous(f"Several machines are called {reference[:200]!r}: {called}.")
    raise MachineNotFound(f"There is no machine {reference[:200]!r} that you may use.")


def usable(session: Session, principal: Principal) -> list[Machine]:
    """The machines a caller sees, theirs and those granted to them, by id."""
    return MachineStore(session).matching(_visible(session, principal))


def owned_by(session: Session, owner_id: str) -> list[Machine]:
    return MachineStore(session).matching(machines.c.owner_id == owner_id)


def live(session: Session, machine: Machine) -> bool:
    """Whether it is connected, and was heard of within its lease."""
    return machine.live_at(session.now)


# --- being there ------------------------------------------------------------------------------------------------------


def record_connect(session: Session, machine_id: str, hello: Hello, *, lease_ms: int) -> Machine:
    """Open a new connection, which ends the one before; the machine as it is now.

    Raises:
        MachineNotFound, MachineRevoked, InvalidLabel, InvalidPolicy
    """
    known = _enrolled(session, machine_id)
    values: dict[str, Any] = {
        "connection_id": ids.new("con"),
        "boot_id": hello.boot_id,
        "daemon_version": hello.daemon_version,
        "capacity": hello.capacity,
        "policy": checked_policy(hello.policy or policy.default(known.owner)),
        "snapshot": hello.snapshot,
        "generation_seen": max(hello.generation, known.generation_seen),
        "connected_at": session.now,
        "last_seen_at": session.now,
        "lease_expires_at": session.now + lease_ms,
    }
    if hello.labels:  # a machine with nothing to say keeps what its owner gave it
        values["labels"] = checked_labels(hello.labels)
    if hello.display_name:
        values["display_name"] = hello.display_name
    MachineStore(session).change(machine_id, values)
    session.wake(f"machine:{machine_id}")  # the poll of the connection before ends
    tell(session, machine_id)
    return _enrolled(session, machine_id)


def beat(
    session: Session, machine_id: str, connection_id: str, *, lease_ms: int, capacity: int | None = None
) -> Machine:
    """Renew the lease of the machine's connection.

    News between two polls, which offer no capacity, leave a lease alone that is as good as new: they would wait for the
    poll that writes the same row.

    Raises:
        ConnectionReplaced: the connection is not the machine's any more.
        MachineNotFound, MachineRevoked
    """
    known = _enrolled(session, machine_id)
    if known.connection_id != connection_id:
        raise ConnectionReplaced
    until = session.now + lease_ms
    if capacity is None and (known.lease_expires_at or 0) > until - lease_ms // AS_GOOD_AS_NEW:
        return known
    if not MachineStore(session).beat(machine_id, connection_id, lease_expires_at=until, capacity=capacity):
        raise ConnectionReplaced
    if not known.live_at(session.now):
        tell(session, machine_id)
    offered = known.capacity if capacity is None else capacity
    return replace(known, last_seen_at=session.now, lease_expires_at=until, capacity=offered)


def disconnect(session: Session, machine_id: str, connection_id: str) -> bool:
    """A machine says goodbye. Whether this connection was still the one that speaks for it."""
    values = {"connection_id": None, "lease_expires_at": None, "last_seen_at": session.now}
    gone = MachineStore(session).change(machine_id, values, machines.c.connection_id == connection_id)
    if gone:
        session.wake(f"machine:{machine_id}")
        tell(session, machine_id)
    return gone


def tell(session: Session, machine_id: str) -> None:
    """Whoever shows this machine is to look again."""
    session.wake(ANY_MACHINE)
    session.wake(f"{SHOWN}{machine_id}")


# --- checking ---------------------------------------------------------------------------------------------------------


def checked_labels(labels: tuple[str, ...] | list[str]) -> tuple[str, ...]:
    """Each label once, sorted.

    Raises:
        InvalidLabel
    """
    for label in labels:
        if not _LABEL.fullmatch(label):
            raise InvalidLabel(f"{label[:100]!r} can't be a label.")
    kept = tuple(sorted(set(labels)))
    if len(kept) > MOST_LABELS:
        raise InvalidLabel(f"A machine has at most {MOST_LABELS} labels; these are {len(kept)}.")
    return kept


def checked_policy(patterns: tuple[str, ...] | list[str]) -> tuple[str, ...]:
    """
    Raises:
        InvalidPolicy
    """
    try:
        return policy.checked(patterns)
    except policy.InvalidPattern as error:
        raise InvalidPolicy(str(error)) from None


def _visible(session: Session, principal: Principal) -> ColumnElement[bool]:
    return access.machine_scope(principal, id=machines.c.id, owner_id=machines.c.owner_id, now=session.now)


def _enrolled(session: Session, machine_id: str) -> Machine:
    known = get(session, machine_id)
    if known is None:
        raise MachineNotFound
    if known.revoked_at is not None:
        raise MachineRevoked
    return known
