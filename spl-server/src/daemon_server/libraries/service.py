"""What is done with libraries: made, found with the right that is needed, changed, taken away.

Each function is one unit of work, or a part of one, on the session that it is given.
"""

from __future__ import annotations

import json
from collections.abc import Collection
from typing import Any

from daemon_server import ids
from daemon_server.access.policy import Right
from daemon_server.access.service import authorize, library_scope
from daemon_server.audit.service import record
from daemon_server.db import Session
from daemon_server.http.principal import Principal
from daemon_server.http.problems import Conflict, NotFound
from daemon_server.identity.telling import access_changed, access_changed_for_all
from daemon_server.libraries import naming, store, telling
from daemon_server.libraries.library import DEFAULT, Library
from daemon_server.libraries.rights import rights, rights_of_all
from daemon_server.libraries.tables import libraries
from daemon_server.machines import service as machines


class LibraryNotFound(NotFound):
    """There is no such library."""

    code = "library_not_found"


class LibraryExists(Conflict):
    """There is a library of this name already."""

    code = "library_exists"


class LibraryNotEmpty(Conflict):
    """The library still has objects."""

    code = "library_not_empty"


def find(session: Session, principal: Principal, owner: str | None = None, name: str | None = None) -> Library | None:
    """The library that is meant, whoever may see it.

    Args:
        owner, name: without an owner the caller's own, without a name the one called `default`; an execution token that
            names neither means the library that it is bound to.
    """
    if owner is None and name is None and principal.library_id is not None:
        return store.by_id(session, principal.library_id)
    if owner is None and principal.library_id is not None:
        bound = store.by_id(session, principal.library_id)
        return bound if bound is not None and bound.name == name else None
    return store.find(session, owner or principal.user, name or DEFAULT)


def demand(
    session: Session,
    principal: Principal,
    right: Right,
    owner: str | None = None,
    name: str | None = None,
    *,
    object: str | None = None,
) -> tuple[Library, frozenset[Right]]:
    """A library on which the caller has a right, and all that it may do there.

    Raises:
        LibraryNotFound: there is none, or the caller may not know of it: the answer is the same.
        Forbidden: the caller may read it, but not do that.
    """
    library = find(session, principal, owner, name)
    held = frozenset[Right]() if library is None else rights(session, principal, library, object=object)
    if library is None or "read" not in held:
        raise not_found(principal, owner, name)
    authorize(held, right, what=f"library {library}", owner=library.owner)
    return library, held


def not_found(principal: Principal, owner: str | None, name: str | None) -> LibraryNotFound:
    shown = f"{(owner or principal.user)[:100]}/{(name or DEFAULT)[:100]}"
    return LibraryNotFound(
        f"There is no library {shown} that you may see.",
        hint="Check owner= and library=, or ask the owner for a grant. Publishing makes a library of your own.",
    )


def page(
    session: Session,
    principal: Principal,
    *,
    owner: str | None = None,
    query: str | None = None,
    after: tuple[str, str] | None = None,
    limit: int,
) -> list[tuple[Library, frozenset[Right]]]:
    """The libraries that the caller may see, by owner and name, each with what it may do there."""
    scope = library_scope(
        principal,
        id=libraries.c.id,
        owner_id=libraries.c.owner_id,
        visibility=libraries.c.visibility,
        now=session.now,
    )
    found = store.page(session, scope, owner=owner, query=query, after=after, limit=limit)
    held = rights_of_all(session, principal, found)
    return [(library, held(library)) for library in found]


def create(session: Session, principal: Principal, *, name: str, **values: Any) -> Library:
    """Make a library of the caller's own.

    Args:
        values: columns other than the name; `default_machine` is a machine's id or name.

    Raises:
        LibraryExists, InvalidLibraryName, InvalidLabel, NotFound: the machine is not there.
    """
    library = _insert(session, principal, naming.check_name(name), _columns(session, principal, values))
    if library is None:
        raise LibraryExists(
            f"You have a library {name!r} already.", hint="Change it with PATCH, or choose another name."
        )
    record(session, principal, "library.create", f"library {library}")
    access_changed(session, [principal.user_id])
    return library


def ensure_own(session: Session, principal: Principal, owner: str | None, name: str | None) -> Library | None:
    """The library a publish goes to; one of the caller's own is made where it is missing.

    Returns:
        None where it is somebody else's and missing.
    """
    found = find(session, principal, owner, name)
    if found is not None or owner not in (None, principal.user) or principal.library_id is not None:
        return found
    made = _insert(session, principal, naming.check_name(name or DEFAULT), {})
    if made is None:  # somebody made it at this very moment
        return find(session, principal, owner, name)
    record(session, principal, "library.create", f"library {made}")
    access_changed(session, [principal.user_id])
    return made


def update(session: Session, principal: Principal, owner: str, name: str, **values: Any) -> Library:
    """Change what a library says of itself, and who may use it.

    Raises:
        LibraryNotFound, Forbidden, InvalidLabel, NotFound: the machine is not there.
    """
    library, _ = demand(session, principal, "admin", owner, name)
    columns = _columns(session, principal, values)
    store.change(session, library.id, {**columns, "updated_at": session.now})
    record(session, principal, "library.update", f"library {library}", changed=sorted(values))
    changed = store.by_id(session, library.id)
    assert changed is not None
    telling.tell(session, library.id)
    if (changed.visibility, changed.execution_policy) != (library.visibility, library.execution_policy):
        access_changed_for_all(session)
    return changed


def remove(session: Session, principal: Principal, owner: str, name: str) -> Library:
    """Take a library away that has no objects any more. Its name is free again; runs of its objects go on.

    Raises:
        LibraryNotFound, Forbidden, LibraryNotEmpty
    """
    library, _ = demand(session, principal, "admin", owner, name)
    left = store.objects_in(session, library.id)
    if left:
        raise LibraryNotEmpty(
            f"The library {library} still has {left} object{'s' if left > 1 else ''}.",
            hint="Delete its objects first.",
        )
    store.retire(session, library)
    record(session, principal, "library.delete", f"library {library}")
    if library.visibility == "private":
        access_changed(session, [principal.user_id, library.owner_id])
    else:
        access_changed_for_all(session)
    return library


def _insert(session: Session, principal: Principal, name: str, columns: dict[str, Any]) -> Library | None:
    values: dict[str, Any] = {
        "id": ids.new("lib"),
        "owner_id": principal.user_id,
        "name": name,
        "display_name": name,
        "description": "",
        "visibility": "private",
        "execution_policy": "grants",
        "default_machine_id": None,
        "required_labels": "[]",
        "max_concurrent": None,
        "created_at": session.now,
        "updated_at": session.now,
        **columns,
    }
    return store.by_id(session, values["id"]) if store.add(session, values) else None


def _columns(session: Session, principal: Principal, values: dict[str, Any]) -> dict[str, Any]:
    """What a request says, as the columns have it."""
    columns = dict(values)
    if "required_labels" in columns:
        columns["required_labels"] = json.dumps(machines.checked_labels(columns["required_labels"]))
    if "default_machine" in columns:
        reference = columns.pop("default_machine")
        columns["default_machine_id"] = None if reference is None else machines.find(session, principal, reference).id
    return columns


def can(held: Collection[Right]) -> list[Right]:
    """Rights as views list them."""
    order: tuple[Right, ...] = ("read", "source", "execute", "write", "admin")
    return [right for right in order if right in held]
