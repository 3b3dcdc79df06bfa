"""Users: who they are, who administers, who may sign in no more."""

from __future__ import annotations

import re

from daemon_server import ids
from daemon_server.audit.service import record
from daemon_server.db.session import Session
from daemon_server.http.principal import Principal
from daemon_server.identity import people_store as store
from daemon_server.identity.problems import InvalidName, LastAdmin, UserExists, UserNotFound
from daemon_server.identity.records import User
from daemon_server.identity.tokens import CREDENTIALS_TOPIC

# Names stand in addresses and on command lines.
NAME = re.compile(r"[a-z0-9](?:[a-z0-9._-]{0,62}[a-z0-9])?", re.ASCII)


def add(
    session: Session, *, name: str, display_name: str | None = None, admin: bool = False, by: Principal | None
) -> User:
    """A new user.

    Raises:
        InvalidName: it can't be called that.
        UserExists: somebody is.
    """
    check_name(name)
    if store.user_named(session, name) is not None:
        raise UserExists(f"There is a user {name!r} already.")
    user = User(ids.new("usr"), name, display_name or name, admin, 1, session.now, None)
    store.add_user(session, user)
    record(session, by, "user.add", f"user {name}", admin=admin)
    return user


def change(
    session: Session,
    name: str,
    *,
    display_name: str | None = None,
    admin: bool | None = None,
    disabled: bool | None = None,
    by: Principal | None,
) -> User:
    """Change what is given. A user who is disabled or is no administrator any more feels it at the next request.

    Raises:
        UserNotFound: nobody has this name.
        LastAdmin: nobody would be left who can administer.
    """
    before = get(session, name)
    values: dict[str, object] = {}
    if display_name is not None:
        values["display_name"] = display_name
    if admin is not None and admin != before.admin:
        values["admin"] = int(admin)
    if disabled is not None and disabled != (before.disabled_at is not None):
        values["disabled_at"] = session.now if disabled else None
    steps_down = before.admin and before.disabled_at is None and (admin is False or disabled is True)
    if steps_down and store.lock_admins(session) <= 1:
        raise LastAdmin
    if "admin" in values or "disabled_at" in values:
        # Privileges changed: sessions begin anew.
        values["credential_version"] = before.credential_version + 1
        session.wake(CREDENTIALS_TOPIC)
    if values:
        store.change_user(session, before.id, values)
        said = {"display_name": display_name, "admin": admin, "disabled": disabled}
        changed = {key: value for key, value in said.items() if value is not None}
        record(session, by, "user.change", f"user {name}", **changed)
    return get(session, name)


def get(session: Session, name: str) -> User:
    """
    Raises:
        UserNotFound: nobody has this name.
    """
    user = store.user_named(session, name)
    if user is None:
        raise UserNotFound(f"There is no user {name[:100]!r}.")
    return user


def check_name(name: str) -> str:
    """
    Raises:
        InvalidName: it can't be a name.
    """
    if NAME.fullmatch(name) is None:
        raise InvalidName(f"{name[:100]!r} can't be a name.")
    return name
