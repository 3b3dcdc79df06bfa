"""How a machine gets its credential: its owner opens a place for it, and it comes in with a code or a token."""

from __future__ import annotations

import re
import secrets
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any, Literal

from daemon_server import ids
from daemon_server.audit.service import record
from daemon_server.db.session import Session
from daemon_server.http.principal import Principal
from daemon_server.http.problems import Conflict, Invalid, ScopeMissing
from daemon_server.identity import tokens
from daemon_server.identity.pepper import Pepper
from daemon_server.identity.records import Issued
from daemon_server.machines import policy
from daemon_server.machines.record import Machine
from daemon_server.machines.service import MachineNotFound, MachineRevoked, checked_labels, get, tell
from daemon_server.machines.store import MachineStore
from daemon_server.machines.tables import machines

type May = Literal["publish", "call"]
type Issue = Literal["both", "code", "token"]

# What a machine may do beyond taking work, and the scope its owner must hold to let it.
NEEDED: dict[May, str] = {"publish": "object:write", "call": "run:create"}

# As a name it stands in URLs and in `owner/name`; as an id it is what a daemon was told to be.
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,79}")
LONGEST_DISPLAY_NAME = 200
# Every machine is looked at when a job is placed; whoever has more of them needs another owner per site.
MOST_MACHINES = 1_000


class MachineExists(Conflict):
    """You have a machine by this name."""

    code = "machine_exists"
    hint = "Choose another name; or pass the machine's id as machine_id to give that machine new credentials."


class MachineIdTaken(Conflict):
    """Another owner's machine has this id."""

    code = "machine_id_taken"
    hint = "Choose another machine_id, or leave it out and get one."


class InvalidMachineName(Invalid):
    """A machine's name and id are 1 to 80 letters, digits, dots, dashes and underscores, the first no mark."""

    code = "invalid_machine_name"
    hint = "The display_name may be anything."


class TooManyMachines(Conflict):
    """You have as many machines as one owner can have."""

    code = "too_many_machines"
    hint = "Take machines away that you don't use: DELETE /machines/{id}."


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What an owner asks for. None: as it is, or as usual."""

    machine_id: str | None = None
    name: str | None = None
    display_name: str | None = None
    labels: tuple[str, ...] | None = None
    may: frozenset[May] | None = None
    issue: Issue = "both"


@dataclass(frozen=True, slots=True)
class Place:
    """A machine's place, and what it comes in with: each of the two is told this once."""

    machine: Machine
    token: Issued | None
    code: Issued | None


def enrol(session: Session, pepper: Pepper, principal: Principal, wish: Wish) -> Place:
    """Open a place for a machine, or give a machine that one has new credentials.

    Raises:
        MachineExists, MachineIdTaken, InvalidMachineName, InvalidLabel, TooManyMachines
        ScopeMissing: the machine would be let to do what its owner's credential may not.
    """
    scopes = _scopes(principal, wish.may)
    machine = _placed(session, principal, wish)
    token = code = None
    common: dict[str, Any] = {"user_id": principal.user_id, "machine_id": machine.id, "scopes": scopes, "by": principal}
    if wish.issue in ("both", "token"):
        token = tokens.issue(session, pepper, kind="machine", name=machine.name, **common)
    if wish.issue in ("both", "code"):
        code = tokens.issue(session, pepper, kind="enrolment", name=f"join {machine.name}", **common)
    record(session, principal, "machine.enrol", f"machine {machine.id}", name=machine.name, scopes=sorted(scopes))
    tell(session, machine.id)
    return Place(machine, token, code)


def redeem(
    session: Session, pepper: Pepper, principal: Principal, *, display_name: str | None, daemon_version: str
) -> tuple[Machine, Issued]:
    """Use an enrolment code: the machine it was made for, and its token.

    Raises:
        CodeUsed, MachineNotFound, MachineRevoked
    """
    tokens.redeem(session, principal)
    machine = get(session, principal.machine_id or "")
    if machine is None:
        raise MachineNotFound
    if machine.revoked_at is not None:
        raise MachineRevoked
    values: dict[str, Any] = {"daemon_version": daemon_version}
    if display_name and machine.display_name == machine.name:  # what the owner chose stays
        values["display_name"] = display_name
    MachineStore(session).change(machine.id, values)
    issued = tokens.issue(
        session,
        pepper,
        kind="machine",
        user_id=machine.owner_id,
        name=machine.name,
        by=principal,
        scopes=principal.scopes,
        machine_id=machine.id,
    )
    record(session, principal, "machine.join", f"machine {machine.id}", daemon_version=daemon_version)
    tell(session, machine.id)
    return machine, issued


def checked_name(name: str) -> str:
    """
    Raises:
        InvalidMachineName
    """
    if not _NAME.fullmatch(name):
        raise InvalidMachineName(f"{name[:100]!r} can't be a machine's name or id.")
    return name


def _scopes(principal: Principal, may: Collection[May] | None) -> frozenset[str]:
    if may is None:
        may = [what for what, needed in NEEDED.items() if principal.may(needed)]
    for what in sorted(may):
        if not principal.may(NEEDED[what]):
            raise ScopeMissing(
                f"A machine that may {what} needs an owner's credential with the scope {NEEDED[what]}.",
                scope=NEEDED[what],
            )
    return frozenset({"machine:sync", *(f"machine:{what}" for what in may)})


def _placed(session: Session, principal: Principal, wish: Wish) -> Machine:
    store = MachineStore(session)
    known = None
    if wish.machine_id is not None:
        known = store.get(checked_name(wish.machine_id))
        if known is not None and known.owner_id != principal.user_id:
            raise MachineIdTaken
    changes: dict[str, Any] = {}
    if wish.name is not None:
        changes["name"] = checked_name(wish.name)
    if wish.display_name:
        changes["display_name"] = wish.display_name
    if wish.labels is not None:
        changes["labels"] = checked_labels(wish.labels)
    if known is not None:
        wanted = changes.get("name", known.name)
        if known.revoked_at is not None:
            changes["revoked_at"] = None
    else:
        wanted = changes.get("name") or wish.machine_id or f"machine-{secrets.token_hex(3)}"
    other = store.named(principal.user_id, wanted)
    if other is not None and (known is None or other.id != known.id):
        raise MachineExists(f"You have a machine called {wanted!r}: {other.id}.")
    if known is None:
        if len(store.matching(machines.c.owner_id == principal.user_id)) >= MOST_MACHINES:
            raise TooManyMachines
        machine_id = wish.machine_id or ids.new("mch")
        store.add(_new(session, principal, machine_id, wanted) | changes)
    else:
        machine_id = known.id
        if changes:
            store.change(machine_id, changes)
    placed = store.get(machine_id)
    assert placed is not None
    return placed


def _new(session: Session, principal: Principal, machine_id: str, name: str) -> dict[str, Any]:
    return {
        "id": machine_id,
        "owner_id": principal.user_id,
        "name": name,
        "display_name": name,
        "labels": (),
        "policy": policy.default(principal.user),
        "max_concurrent": None,
        "draining": False,
        "capacity": 0,
        "snapshot": {},
        "created_at": session.now,
        "generation_seen": 0,
    }
