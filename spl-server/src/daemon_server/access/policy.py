"""Who may do what to a library or a machine, given what is known of both. Pure.

    owner of a library      read, source, execute, write, admin
    granted                 what the grant says, and what that takes (see IMPLIES)
    everybody signed in     read, where it is public; execute, where its execution is public
    execution token         read and execute in the one library, or for the one callable, that it is bound to
    owner of a machine      see, use, admin
    granted `use`           see, use
    the machine itself      see

A library's objects can be granted one by one; such a grant says nothing about its other objects.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final, Literal

from daemon_server.http.principal import Principal

type Right = Literal["read", "source", "execute", "write", "admin"]
type MachineRight = Literal["see", "use", "admin"]
type Visibility = Literal["private", "public"]
type ExecutionPolicy = Literal["grants", "public", "off"]

RIGHTS: Final[tuple[Right, ...]] = ("read", "source", "execute", "write", "admin")
MACHINE_RIGHTS: Final[tuple[MachineRight, ...]] = ("see", "use", "admin")

# What each permission carries with it. Whoever writes has read what is there; administering is everything.
IMPLIES: Final[dict[Right, frozenset[Right]]] = {
    "read": frozenset({"read"}),
    "source": frozenset({"read", "source"}),
    "execute": frozenset({"read", "execute"}),
    "write": frozenset({"read", "source", "write"}),
    "admin": frozenset(RIGHTS),
}
ALL: Final[frozenset[Right]] = frozenset(RIGHTS)
ALL_OF_MACHINE: Final[frozenset[MachineRight]] = frozenset(MACHINE_RIGHTS)
SEE: Final[frozenset[MachineRight]] = frozenset({"see"})
SEE_AND_USE: Final[frozenset[MachineRight]] = frozenset({"see", "use"})


@dataclass(frozen=True, slots=True)
class LibraryFacts:
    """What a decision needs to know of a library."""

    id: str
    owner_id: str
    visibility: Visibility = "private"
    execution_policy: ExecutionPolicy = "grants"


@dataclass(frozen=True, slots=True)
class MachineFacts:
    """What a decision needs to know of a machine."""

    id: str
    owner_id: str


@dataclass(frozen=True, slots=True)
class Permit:
    """One grant that reaches somebody and has not expired.

    Attributes:
        permission: read, source, execute, write or admin on a library; use on a machine.
        object: the one object it is for; None is for the whole library.
        through: the team it came by, for explaining; None is given to the user.
    """

    permission: str
    object: str | None = None
    through: str | None = None


def library_rights(
    principal: Principal, library: LibraryFacts, permits: Iterable[Permit], *, object: str | None = None
) -> frozenset[Right]:
    """What a credential may do to a library, or to one object of it.

    Args:
        permits: the grants on this library that reach the credential's user, directly or by a team.
        object: the object's name; grants for one object count only then, and an execution token that is bound to
            a callable has rights only there.
    """
    if principal.kind == "execution":
        return _bound_rights(principal, library, object)
    if principal.kind not in ("user", "session", "machine"):
        return frozenset()
    if principal.user_id == library.owner_id:
        return ALL if library.execution_policy != "off" else ALL - {"execute"}
    held = {right for permit in permits if _covers(permit, object) for right in implied(permit.permission)}
    if library.visibility == "public":
        held.add("read")
    if library.execution_policy == "public" and "read" in held:
        held.add("execute")
    if library.execution_policy == "off":
        held.discard("execute")
    return frozenset(held)


def machine_rights(principal: Principal, machine: MachineFacts, permits: Iterable[Permit]) -> frozenset[MachineRight]:
    """What a credential may do to a machine."""
    if principal.kind == "machine":
        own = principal.machine_id == machine.id
        # A machine that calls on works for its owner: it may send work where the owner may, and rule over none.
        may_call = principal.may("machine:call") and _may_use(principal, machine, permits)
        if may_call:
            return SEE_AND_USE
        return SEE if own else frozenset()
    if not principal.is_person:
        return frozenset()
    if principal.user_id == machine.owner_id:
        return ALL_OF_MACHINE
    return SEE_AND_USE if _may_use(principal, machine, permits) else frozenset()


def implied(permission: str) -> frozenset[Right]:
    """The rights on a library that a permission carries with it; none for a word that nobody knows."""
    return next((rights for right, rights in IMPLIES.items() if right == permission), frozenset())


def binding_admits(principal: Principal, *, object: str, function: str | None) -> bool:
    """Whether an execution token's binding reaches this callable; other credentials are not bound."""
    if principal.kind != "execution" or principal.object is None:
        return True
    return principal.object == object and (principal.function is None or principal.function == function)


def _may_use(principal: Principal, machine: MachineFacts, permits: Iterable[Permit]) -> bool:
    return principal.user_id == machine.owner_id or any(permit.permission == "use" for permit in permits)


def _bound_rights(principal: Principal, library: LibraryFacts, object: str | None) -> frozenset[Right]:
    if principal.library_id is None or principal.library_id != library.id:
        return frozenset()
    if principal.object is not None and principal.object != object:
        # Bound to one object, it has no say over the library: it only may know that there is one.
        return frozenset({"read"}) if object is None else frozenset()
    return frozenset({"read"}) if library.execution_policy == "off" else frozenset({"read", "execute"})


def _covers(permit: Permit, object: str | None) -> bool:
    return permit.object is None or permit.object == object
