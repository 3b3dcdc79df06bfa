"""What a grant, a question or a binding is about, found as far as the caller may know of it."""

from __future__ import annotations

from typing import cast

from daemon_server.access.policy import ExecutionPolicy, LibraryFacts, MachineFacts, MachineRight, Right, Visibility
from daemon_server.access.service import authorize, library_rights, machine_rights
from daemon_server.db.session import Session
from daemon_server.http.principal import Principal
from daemon_server.http.problems import NotFound
from daemon_server.identity.bindings import BoundLibrary, BoundMachine, has_object, library_at, machine_at


class LibraryUnknown(NotFound):
    """There is no such library, or you may not see it."""

    code = "library_not_found"


class MachineUnknown(NotFound):
    """There is no such machine, or you may not see it."""

    code = "machine_not_found"


class ObjectUnknown(NotFound):
    """There is no such object in the library."""

    code = "object_not_found"


def facts_of(library: BoundLibrary) -> LibraryFacts:
    return LibraryFacts(
        library.id,
        library.owner_id,
        cast(Visibility, library.visibility),
        cast(ExecutionPolicy, library.execution_policy),
    )


def machine_facts(machine: BoundMachine) -> MachineFacts:
    return MachineFacts(machine.id, machine.owner_id)


def library(
    session: Session, principal: Principal, path: str, right: Right, *, object: str | None = None
) -> BoundLibrary:
    """The library at `owner/name`, if the caller has this right on it, or on one object of it.

    Raises:
        LibraryUnknown: there is none, or the caller may not see it.
        PermissionDenied: the right is missing.
    """
    found = library_at(session, path)
    if found is None:
        raise LibraryUnknown(f"There is no library {path[:200]}, or you may not see it.")
    facts = facts_of(found)
    held = library_rights(
        session,
        principal,
        library_id=found.id,
        owner_id=found.owner_id,
        visibility=facts.visibility,
        execution_policy=facts.execution_policy,
        object=object,
    )
    if "read" not in held:
        raise LibraryUnknown(f"There is no library {path[:200]}, or you may not see it.")
    authorize(held, right, what=f"library {found.path}", owner=found.owner)
    return found


def machine(session: Session, principal: Principal, reference: str, right: MachineRight) -> BoundMachine:
    """A machine by id, `owner/name`, or the caller's own name for it, if the caller has this right on it.

    Raises:
        MachineUnknown: there is none, or the caller may not see it.
        PermissionDenied: the right is missing.
    """
    found = machine_at(session, reference, principal.user_id)
    unknown = MachineUnknown(f"There is no machine {reference[:100]}, or you may not see it.")
    if found is None:
        raise unknown
    held = machine_rights(session, principal, machine_id=found.id, owner_id=found.owner_id)
    if "see" not in held:
        raise unknown
    authorize(held, right, what=f"machine {found.owner}/{found.name}", owner=found.owner)
    return found


def check_object(session: Session, within: BoundLibrary, name: str) -> None:
    """
    Raises:
        ObjectUnknown: the library has no object by this name.
    """
    if not has_object(session, within.id, name):
        raise ObjectUnknown(f"The library {within.path} has no object {name[:200]!r}.")
