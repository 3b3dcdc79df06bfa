"""What a credential may do to a library or a machine, asked of the database; and the refusals that follow.

Lists are narrowed in SQL by `library_scope` and `machine_scope`; single things are asked for by `library_rights` and
`machine_rights`, and `authorize` turns an answer into the right refusal.
"""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import ColumnElement, bindparam, exists, false, literal, or_, select

from daemon_server.access import store
from daemon_server.access.policy import (
    ExecutionPolicy,
    LibraryFacts,
    MachineFacts,
    MachineRight,
    Right,
    Visibility,
)
from daemon_server.access.policy import library_rights as decide_library
from daemon_server.access.policy import machine_rights as decide_machine
from daemon_server.access.tables import Milliseconds, grants
from daemon_server.clock import SystemClock
from daemon_server.db.session import Session
from daemon_server.http.principal import Principal
from daemon_server.http.problems import Forbidden, NotFound
from daemon_server.identity.tables import team_members

# Which rights let somebody know that the thing is there.
_SEEING = ("read", "see")


class PermissionDenied(Forbidden):
    """A grant is missing for that."""

    code = "permission_denied"


def library_rights(
    session: Session,
    principal: Principal,
    *,
    library_id: str,
    owner_id: str,
    visibility: Visibility,
    execution_policy: ExecutionPolicy = "grants",
    object: str | None = None,
) -> frozenset[Right]:
    """What this credential may do to a library, or to one object of it by name."""
    facts = LibraryFacts(library_id, owner_id, visibility, execution_policy)
    return decide_library(principal, facts, _library_permits(session, principal, facts), object=object)


def machine_rights(
    session: Session, principal: Principal, *, machine_id: str, owner_id: str
) -> frozenset[MachineRight]:
    """What this credential may do to a machine."""
    foreign = principal.user_id != owner_id and (principal.is_person or principal.kind == "machine")
    permits = store.machine_permits(session, machine_id, principal.user_id) if foreign else []
    return decide_machine(principal, MachineFacts(machine_id, owner_id), permits)


def library_scope(
    principal: Principal,
    *,
    id: ColumnElement[str],
    owner_id: ColumnElement[str],
    visibility: ColumnElement[str],
    object: ColumnElement[str] | None = None,
    now: int | None = None,
) -> ColumnElement[bool]:
    """The libraries this credential may see, as a condition on the columns of a query.

    Args:
        object: the column of an object's name, where objects are listed: a grant for one object then shows that one
            alone. Without it only grants on the whole library count.
        now: epoch milliseconds by which grants have expired or not; the server's own clock by default.
    """
    if principal.kind == "execution":
        bound = id == literal(principal.library_id)
        return bound if object is None or principal.object is None else bound & (object == literal(principal.object))
    if principal.kind not in ("user", "session", "machine"):
        return false()
    granted = (grants.c.library_id == id) & _reaches(principal.user_id, now)
    whole = grants.c.object.is_(None)
    granted &= whole if object is None else or_(whole, grants.c.object == object)
    return or_(owner_id == principal.user_id, visibility == "public", exists().where(granted))


def machine_scope(
    principal: Principal, *, id: ColumnElement[str], owner_id: ColumnElement[str], now: int | None = None
) -> ColumnElement[bool]:
    """The machines this credential may see, as a condition on the columns of a query."""
    granted = exists().where((grants.c.machine_id == id) & _reaches(principal.user_id, now))
    if principal.kind == "machine":
        own = id == literal(principal.machine_id)
        return or_(own, owner_id == principal.user_id, granted) if principal.may("machine:call") else own
    return or_(owner_id == principal.user_id, granted) if principal.is_person else false()


def authorize(
    rights: Iterable[str], right: Right | MachineRight, *, what: str, owner: str | None = None, hint: str | None = None
) -> None:
    """Let pass whoever has the right.

    Args:
        rights: what was found by `library_rights` or `machine_rights`.
        what: the thing, such as `library alice/risk`.
        owner: the name of its owner, who can be asked.

    Raises:
        NotFound: not even reading is allowed; foreign things are not told from missing ones.
        PermissionDenied: the grant that is missing is named.
    """
    held = frozenset(rights)
    if right in held:
        return
    if not held.intersection(_SEEING):
        raise NotFound(f"There is no {what}, or you may not see it.", hint=hint)
    who = f"its owner, {owner}," if owner else "its owner"
    raise PermissionDenied(
        f"You may not {_VERBS[right]} {what}: the grant {right!r} is missing.",
        hint=hint or f"Ask {who} to grant you {right!r} on it.",
        missing=right,
        held=sorted(held),
    )


_VERBS: dict[str, str] = {
    "read": "read",
    "source": "read the source of",
    "execute": "execute what is in",
    "write": "publish to",
    "admin": "administer",
    "see": "see",
    "use": "send runs to",
}


def _library_permits(session: Session, principal: Principal, facts: LibraryFacts) -> list[store.Permit]:
    if principal.kind not in ("user", "session", "machine") or principal.user_id == facts.owner_id:
        return []
    return store.library_permits(session, facts.id, principal.user_id)


def _reaches(user_id: str, now: int | None) -> ColumnElement[bool]:
    """Grants that reach a user and have not expired."""
    moment: ColumnElement[int] = (
        bindparam("access_now", callable_=SystemClock().wall_ms, type_=Milliseconds)
        if now is None
        else literal(now, Milliseconds)
    )
    through = select(team_members.c.team_id).where(team_members.c.user_id == user_id)
    return or_(grants.c.user_id == user_id, grants.c.team_id.in_(through)) & or_(
        grants.c.expires_at.is_(None), grants.c.expires_at > moment
    )
