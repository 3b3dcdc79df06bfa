"""Giving and taking permissions on libraries and machines."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import or_, select

from daemon_server.access import resources, store
from daemon_server.access.store import Grant, Resource, Subject
from daemon_server.access.tables import grants
from daemon_server.audit.service import record
from daemon_server.db.session import Session
from daemon_server.http.principal import Principal
from daemon_server.http.problems import Forbidden, Invalid, ScopeMissing
from daemon_server.identity import bindings, people_store
from daemon_server.identity.problems import TeamNotFound, UserNotFound
from daemon_server.identity.telling import access_changed

LIBRARY_PERMISSIONS = frozenset({"read", "source", "execute", "write", "admin"})
MACHINE_PERMISSIONS = frozenset({"use"})
MACHINE_SCOPE = "machine:admin"


class OwnersOnly(Forbidden):
    """Only the library's owner makes and unmakes its administrators."""

    code = "owners_only"


class InvalidGrant(Invalid):
    """This can't be granted."""

    code = "invalid_grant"


@dataclass(frozen=True, slots=True)
class Target:
    """What a grant is on and whom it is for, as a request names them: one of each pair."""

    library: str | None = None
    machine: str | None = None
    object: str | None = None
    user: str | None = None
    team: str | None = None


@dataclass(frozen=True, slots=True)
class _Found:
    resource: Resource
    subject: Subject
    what: str
    whom: str
    owner_id: str

    def owned(self, by: Principal) -> bool:
        return self.owner_id == by.user_id


def put(
    session: Session,
    target: Target,
    permissions: Sequence[str],
    *,
    by: Principal,
    life_ms: int | None = None,
) -> list[Grant]:
    """Let somebody have exactly these permissions; what they had by other grants of the same kind ends.

    Args:
        life_ms: how long; None is until it is taken back.

    Raises:
        NotFound: the library, machine, object, user or team isn't there for the caller.
        Forbidden: the caller doesn't administer it.
        InvalidGrant: there are no such permissions on it.
    """
    wanted = frozenset(permissions)
    known = MACHINE_PERMISSIONS if target.machine is not None else LIBRARY_PERMISSIONS
    if bad := sorted(wanted - known):
        raise InvalidGrant(f"{bad[0]!r} can't be granted here.", hint=f"Possible are {', '.join(sorted(known))}.")
    found = _find(session, target, by)
    before = store.held(session, found.resource, found.subject)
    if not found.owned(by) and "admin" in wanted ^ before.keys():
        raise OwnersOnly
    store.remove(session, before.values())
    expires_at = None if life_ms is None else session.now + life_ms
    store.add(session, found.resource, found.subject, sorted(wanted), by=by.user, expires_at=expires_at)
    if wanted or before:
        record(
            session,
            by,
            "grant.put" if wanted else "grant.remove",
            found.what,
            to=found.whom,
            permissions=sorted(wanted),
            before=sorted(before),
        )
        access_changed(session, [by.user_id, found.owner_id, *_reached(session, found.subject)])
    return [grant for grant in of_resource(session, found.resource) if _is(grant, target)]


def remove(session: Session, target: Target, *, by: Principal) -> None:
    """Take back what somebody was granted on this.

    Raises:
        NotFound, Forbidden: as for `put`.
    """
    put(session, target, (), by=by)


def page(
    session: Session,
    principal: Principal,
    *,
    library: str | None,
    machine: str | None,
    after: str | None,
    limit: int,
) -> list[Grant]:
    """Grants on a library or a machine that the caller administers; without either, on all that is the caller's own.

    Raises:
        NotFound, Forbidden: it isn't there for the caller, or is administered by others.
    """
    if library is not None:
        found = resources.library(session, principal, library, "admin")
        condition = grants.c.library_id == found.id
    elif machine is not None:
        condition = grants.c.machine_id == resources.machine(session, principal, machine, "admin").id
    else:
        mine = select(bindings.libraries.c.id).where(bindings.libraries.c.owner_id == principal.user_id)
        hosts = select(bindings.machines.c.id).where(bindings.machines.c.owner_id == principal.user_id)
        condition = or_(grants.c.library_id.in_(mine), grants.c.machine_id.in_(hosts))
    return store.page(session, condition, after=after, limit=limit)


def of_resource(session: Session, resource: Resource) -> list[Grant]:
    """Every grant on a library or machine; there are as many as people who were given one."""
    on = (
        grants.c.library_id == resource.library_id
        if resource.library_id
        else grants.c.machine_id == resource.machine_id
    )
    return store.page(session, on, after=None, limit=MOST_GRANTS)


# More than anybody gives by hand on one library.
MOST_GRANTS = 10_000


def _find(session: Session, target: Target, by: Principal) -> _Found:
    if (target.library is None) == (target.machine is None):
        raise InvalidGrant("A grant is on either a library or a machine.")
    if (target.user is None) == (target.team is None):
        raise InvalidGrant("A grant is for either a user or a team.")
    if target.library is not None:
        within = resources.library(session, by, target.library, "admin")
        if target.object is not None:
            resources.check_object(session, within, target.object)
        resource = Resource(library_id=within.id, object=target.object)
        what = f"library {within.path}" + (f", object {target.object}" if target.object else "")
        owner_id = within.owner_id
    else:
        if target.object is not None:
            raise InvalidGrant("A machine has no objects.")
        if not by.may(MACHINE_SCOPE):
            raise ScopeMissing(f"This credential lacks the scope {MACHINE_SCOPE}.", scope=MACHINE_SCOPE)
        assert target.machine is not None
        host = resources.machine(session, by, target.machine, "admin")
        resource, what, owner_id = Resource(machine_id=host.id), f"machine {host.id}", host.owner_id
    subject, whom = _subject(session, target)
    if subject.user_id == owner_id:
        raise InvalidGrant("An owner needs no grant.")
    return _Found(resource, subject, what, whom, owner_id)


def _subject(session: Session, target: Target) -> tuple[Subject, str]:
    if target.user is not None:
        user = people_store.user_named(session, target.user)
        if user is None:
            raise UserNotFound(f"There is no user {target.user[:100]!r}.")
        return Subject(user_id=user.id), f"user {user.name}"
    assert target.team is not None
    team = people_store.team_named(session, target.team)
    if team is None:
        raise TeamNotFound(f"There is no team {target.team[:100]!r}.")
    return Subject(team_id=team.id), f"team {team.name}"


def _is(grant: Grant, target: Target) -> bool:
    return (grant.user, grant.team, grant.object) == (target.user, target.team, target.object)


def _reached(session: Session, subject: Subject) -> list[str]:
    """Whose rights it changes."""
    if subject.user_id is not None:
        return [subject.user_id]
    assert subject.team_id is not None
    return people_store.member_ids(session, subject.team_id)
