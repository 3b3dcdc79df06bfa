"""Administration of a server, as flows. A library is named `"risk"`, or `"alice/risk"` where it is somebody else's."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Literal

from spl.client.environments import every_page
from spl.core.errors import InvalidRequest
from spl.core.wire.base import Flow, Query, Request
from spl.core.wire.server import desk as wire
from spl.core.wire.server.target import split_library

if TYPE_CHECKING:
    from spl.client.display.server import (
        AuditTable,
        GrantTable,
        IssuedView,
        LibraryTable,
        LibraryView,
        MachineTable,
        MachineView,
        PersonTable,
        PersonView,
        TokenTable,
    )
    from spl.client.display.views import ReceiptView

type TokenKind = Literal["user", "subtoken", "execution"]
type Visibility = Literal["private", "public"]
type ExecutionPolicy = Literal["grants", "public", "off"]
type Role = Literal["member", "lead"]


def whoami() -> Flow[PersonView]:
    """Who this credential stands for, and what it may do."""
    from spl.client.display.server import PersonView

    return PersonView((yield wire.whoami()).json())


def place(library: str, owner: str | None = None) -> Flow[tuple[str, str]]:
    """A library's owner and name; without an owner it is the caller's own."""
    named, name = split_library(library, owner)
    if named is None:
        named = _user_of((yield wire.whoami()).json())
    return named, name


def _user_of(document: Mapping[str, Any]) -> str:
    user = document.get("user")
    name = user.get("name") if isinstance(user, dict) else user
    return str(name or document.get("owner") or document.get("name") or "")


# --- libraries --------------------------------------------------------------------------------------------------------


def create_library(
    name: str,
    *,
    display_name: str | None = None,
    description: str | None = None,
    visibility: Visibility | None = None,
    execution_policy: ExecutionPolicy | None = None,
    default_machine: str | None = None,
    required_labels: Sequence[str] | None = None,
    max_concurrent: int | None = None,
) -> Flow[LibraryView]:
    """Make a library of one's own.

    Args:
        visibility: `private` is for those who were given access, `public` for every user of the server to read.
        execution_policy: who may run its objects: those with a grant, everybody, or nobody.
        default_machine: where its objects run when nobody says where, by id or name.
        required_labels: what a machine must have to run them.
        max_concurrent: how many of its runs may go on at once.

    Raises:
        LibraryExists: there is one by this name.
    """
    from spl.client.display.server import LibraryView

    asked = {
        "name": name,
        "display_name": display_name,
        "description": description,
        "visibility": visibility,
        "execution_policy": execution_policy,
        "default_machine": default_machine,
        "required_labels": None if required_labels is None else list(required_labels),
        "max_concurrent": max_concurrent,
    }
    return LibraryView((yield wire.create_library(_given(asked))).json())


def list_libraries(*, owner: str | None = None) -> Flow[LibraryTable]:
    """The libraries that may be seen."""
    from spl.client.display.server import LibraryTable

    return LibraryTable((yield from every_page(lambda cursor: wire.listing("/libraries", cursor, {"owner": owner}))))


def read_library(name: str, *, owner: str | None = None) -> Flow[LibraryView]:
    """One library."""
    from spl.client.display.server import LibraryView

    whose, library = yield from place(name, owner)
    return LibraryView((yield wire.read_library(whose, library)).json())


def change_library(name: str, *, owner: str | None = None, **changes: Any) -> Flow[LibraryView]:
    """Change what `create` took: `visibility="public"`, `default_machine="alice-gpu-01"`, ...; None takes it away."""
    from spl.client.display.server import LibraryView

    whose, library = yield from place(name, owner)
    return LibraryView((yield wire.change_library(whose, library, changes)).json())


def remove_library(name: str, *, owner: str | None = None) -> Flow[ReceiptView]:
    """Take a library away with what is in it. Runs under way keep what they need."""
    whose, library = yield from place(name, owner)
    return (yield from _done(wire.remove_library(whose, library), {"library": f"{whose}/{library}"}))


def refer(
    library: str, object: str, *, source: str, name: str | None = None, version: int | None = None
) -> Flow[ReceiptView]:
    """Show an object of the library `source` in this one; without `version` always its latest."""
    whose, inside = yield from place(library)
    origin, shelf = yield from place(source)
    asked = {"name": name or object, "owner": origin, "library": shelf, "object": object, "version": version}
    return (yield from _done(wire.add_reference(whose, inside, _given(asked)), asked))


def unrefer(library: str, name: str) -> Flow[ReceiptView]:
    """Take a reference away; what it showed stays where it is."""
    whose, inside = yield from place(library)
    return (yield from _done(wire.remove_reference(whose, inside, name), {"name": name}))


def copy_object(
    library: str, object: str, *, source: str, name: str | None = None, version: int | str | None = None
) -> Flow[ReceiptView]:
    """Copy a version of an object from the library `source` into this one."""
    whose, inside = yield from place(library)
    origin, shelf = yield from place(source)
    asked = {"object": object, "owner": origin, "library": shelf, "name": name, "version": version}
    return (yield from _done(wire.add_copy(whose, inside, _given(asked)), asked))


# --- machines ---------------------------------------------------------------------------------------------------------


def enroll(
    name: str,
    *,
    display_name: str | None = None,
    labels: Sequence[str] | None = None,
    may: Sequence[Literal["publish", "call"]] | None = None,
    issue: Literal["both", "code", "token"] = "code",
) -> Flow[IssuedView]:
    """Make a machine, and what its daemon joins with: `["code"]`, good for ten minutes and once.

    Args:
        name: its id too, unless another machine of this server has it: letters, digits, `.`, `_` and `-`.
        may: whether its daemon may publish for its owner, and call on its owner's behalf; both if not given.
        issue: a one-time code, the machine's token itself, or both.
    """
    from spl.client.display.server import IssuedView

    asked = {
        "machine_id": name,
        "name": name,
        "display_name": display_name,
        "labels": None if labels is None else list(labels),
        "may": None if may is None else list(may),
        "issue": issue,
    }
    return IssuedView((yield wire.enroll(_given(asked))).json())


def list_machines() -> Flow[MachineTable]:
    """The machines that may be seen, and whether they are there."""
    from spl.client.display.server import MachineTable

    return MachineTable((yield from every_page(lambda cursor: wire.listing("/machines", cursor))))


def read_machine(machine: str) -> Flow[MachineView]:
    """One machine, by its id."""
    from spl.client.display.server import MachineView

    return MachineView((yield wire.read_machine(machine)).json())


def change_machine(
    machine: str,
    *,
    name: str | None = None,
    display_name: str | None = None,
    labels: Sequence[str] | None = None,
    draining: bool | None = None,
    max_concurrent: int | None = None,
) -> Flow[MachineView]:
    """Change a machine; `draining=True` lets it finish what runs and take nothing more."""
    from spl.client.display.server import MachineView

    asked = {
        "name": name,
        "display_name": display_name,
        "labels": None if labels is None else list(labels),
        "draining": draining,
        "max_concurrent": max_concurrent,
    }
    return MachineView((yield wire.change_machine(machine, _given(asked))).json())


def revoke_machine(machine: str) -> Flow[ReceiptView]:
    """Take a machine's access away: its tokens die, and its runs are given up."""
    return (yield from _done(wire.revoke_machine(machine), {"machine": machine, "revoked": True}))


def lend_machine(
    machine: str, *, users: Sequence[str], name: str | None = None, expires_in_seconds: int | None = None
) -> Flow[IssuedView]:
    """Let these users run their objects on a machine of one's own; `["token"]` is a subtoken, and seen once.

    They pass it as `machine_subtoken=` to `call`, `start` or `queue`. What may run there is the machine's policy to
    say, as ever.

    Args:
        machine: its id or name.
        users: who may use it; nobody else can, whoever holds it.
        name: what lists call it; the machine's own name if not given.
    """
    if not users or isinstance(users, str):
        raise InvalidRequest("users= names those who may use the machine, in a list: one at least.")
    return (
        yield from issue_token(
            name=name or f"use of {machine}",
            kind="subtoken",
            machine=machine,
            allowed_users=users,
            expires_in_seconds=expires_in_seconds,
        )
    )


def list_lent() -> Flow[TokenTable]:
    """The subtokens of one's machines, without their secrets; `take_back` takes the id of one."""
    from spl.client.display.server import TokenTable

    return TokenTable((yield from every_page(lambda cursor: wire.listing("/tokens", cursor, {"kind": "subtoken"}))))


# --- tokens and grants ------------------------------------------------------------------------------------------------


def issue_token(
    *,
    name: str,
    kind: TokenKind = "user",
    scopes: Sequence[str] | None = None,
    expires_in_seconds: int | None = None,
    machine: str | None = None,
    allowed_users: Sequence[str] | None = None,
    library: str | None = None,
    object: str | None = None,
    function: str | None = None,
) -> Flow[IssuedView]:
    """Issue a token; `["token"]` of the answer is the only time that it is seen.

    Args:
        kind: `user` acts as oneself; `subtoken` lends one `machine` to `allowed_users`; `execution` runs what is in
            one `library`, or one `object` or `function` of it, and nothing else.
        scopes: what a user token may do; never more than the token that issues it.
    """
    from spl.client.display.server import IssuedView

    if kind == "execution" and library is not None:
        library = "/".join((yield from place(library)))
    asked = {
        "kind": kind,
        "name": name,
        "scopes": None if scopes is None else list(scopes),
        "expires_in_seconds": expires_in_seconds,
        "machine": machine,
        "allowed_users": None if allowed_users is None else list(allowed_users),
        "library": library,
        "object": object,
        "function": function,
    }
    return IssuedView((yield wire.issue_token(_given(asked))).json())


def list_tokens() -> Flow[TokenTable]:
    """The tokens that may be seen, without their secrets."""
    from spl.client.display.server import TokenTable

    return TokenTable((yield from every_page(lambda cursor: wire.listing("/tokens", cursor))))


def rotate_token(token_id: str) -> Flow[IssuedView]:
    """A new secret in the place of the old one."""
    from spl.client.display.server import IssuedView

    return IssuedView((yield wire.rotate_token(token_id)).json())


def revoke_token(token_id: str) -> Flow[ReceiptView]:
    """Make a token worthless, from its next request on."""
    return (yield from _done(wire.revoke_token(token_id), {"id": token_id, "revoked": True}))


def set_grant(
    *,
    permissions: Sequence[str],
    library: str | None = None,
    machine: str | None = None,
    user: str | None = None,
    team: str | None = None,
    object: str | None = None,
    expires_in_seconds: int | None = None,
) -> Flow[GrantTable]:
    """Give a user or a team these permissions on a library or a machine, in the place of what they had there.

    Args:
        permissions: of a library `read`, `execute`, `source`, `write`, `admin`; of a machine `use`.
    """
    from spl.client.display.server import GrantTable

    subject = yield from _granted(library, machine, user, team)
    asked = {**subject, "object": object, "permissions": list(permissions), "expires_in_seconds": expires_in_seconds}
    document = (yield wire.set_grant(_given(asked))).json()
    return GrantTable(document["items"] if isinstance(document, dict) and "items" in document else [document or asked])


def list_grants(*, library: str | None = None, machine: str | None = None) -> Flow[GrantTable]:
    """Who was given what."""
    from spl.client.display.server import GrantTable

    if library is not None:
        library = "/".join((yield from place(library)))
    about: Query = {"library": library, "machine": machine}
    return GrantTable((yield from every_page(lambda cursor: wire.listing("/grants", cursor, about))))


def remove_grant(
    *, library: str | None = None, machine: str | None = None, user: str | None = None, team: str | None = None
) -> Flow[ReceiptView]:
    """Take away what a user or a team was given on a library or a machine."""
    subject = yield from _granted(library, machine, user, team)
    return (yield from _done(wire.remove_grant(subject), {**subject, "removed": True}))


def explain_access(
    *,
    permission: str,
    library: str | None = None,
    machine: str | None = None,
    user: str | None = None,
    object: str | None = None,
) -> Flow[PersonView]:
    """Whether somebody may do something, and why: `["allowed"]`, and what it follows from."""
    from spl.client.display.server import PersonView

    about: Query = {
        "library": library, "machine": machine, "user": user, "object": object, "permission": permission,
    }  # fmt: skip
    return PersonView((yield wire.explain_access(about)).json())


def _granted(
    library: str | None, machine: str | None, user: str | None, team: str | None
) -> Flow[dict[str, str | int | float | bool | None]]:
    if (library is None) == (machine is None) or (user is None) == (team is None):
        raise InvalidRequest("A grant is on library= or machine=, one of them, for user= or team=, one of them.")
    if library is not None:
        library = "/".join((yield from place(library)))
    subject: dict[str, str | int | float | bool | None] = {
        "library": library, "machine": machine, "user": user, "team": team,
    }  # fmt: skip
    return {name: value for name, value in subject.items() if value is not None}


# --- people -----------------------------------------------------------------------------------------------------------


def create_user(name: str, *, display_name: str | None = None, admin: bool = False) -> Flow[PersonView]:
    """Make a user. Only for administrators."""
    from spl.client.display.server import PersonView

    asked = {"name": name, "display_name": display_name, "admin": admin or None}
    return PersonView((yield wire.create_user(_given(asked))).json())


def list_users() -> Flow[PersonTable]:
    """The server's users."""
    from spl.client.display.server import PersonTable

    return PersonTable((yield from every_page(lambda cursor: wire.listing("/users", cursor))))


def change_user(name: str, **changes: Any) -> Flow[PersonView]:
    """Change a user: `display_name=`, `admin=`, `disabled=`. Only for administrators."""
    from spl.client.display.server import PersonView

    return PersonView((yield wire.change_user(name, changes)).json())


def create_team(name: str, *, display_name: str | None = None, members: Sequence[str] = ()) -> Flow[PersonView]:
    """Make a team, with these members."""
    from spl.client.display.server import PersonView

    yield wire.create_team(_given({"name": name, "display_name": display_name}))
    for user in members:
        yield wire.set_member(name, user, "member")
    return PersonView((yield wire.read_team(name)).json())


def list_teams() -> Flow[PersonTable]:
    """The teams that may be seen."""
    from spl.client.display.server import PersonTable

    return PersonTable((yield from every_page(lambda cursor: wire.listing("/teams", cursor))))


def read_team(name: str) -> Flow[PersonView]:
    """One team with its members."""
    from spl.client.display.server import PersonView

    return PersonView((yield wire.read_team(name)).json())


def remove_team(name: str) -> Flow[ReceiptView]:
    """Take a team away, and what its members had by it."""
    return (yield from _done(wire.remove_team(name), {"name": name, "removed": True}))


def add_member(team: str, user: str, *, role: Role = "member") -> Flow[ReceiptView]:
    """Let a user belong to a team."""
    return (yield from _done(wire.set_member(team, user, role), {"team": team, "user": user, "role": role}))


def remove_member(team: str, user: str) -> Flow[ReceiptView]:
    """Let a user no longer belong to a team."""
    return (yield from _done(wire.remove_member(team, user), {"team": team, "user": user, "removed": True}))


def list_audit(*, limit: int = 100, action: str | None = None, user: str | None = None) -> Flow[AuditTable]:
    """What was changed last, newest first: one's own changes, or everybody's for who may read them."""
    from spl.client.display.server import AuditTable

    rows: list[dict[str, Any]] = []
    cursor: str | None = None
    while len(rows) < limit:
        page = (yield wire.listing("/audit", cursor, {"action": action, "user": user})).json()
        rows += page["items"]
        cursor = page["next"]
        if cursor is None:
            break
    return AuditTable(rows[:limit])


def verify_audit() -> Flow[PersonView]:
    """Whether the chain of the audit's hashes is whole."""
    from spl.client.display.server import PersonView

    return PersonView((yield wire.verify_audit()).json())


def _done(request: Request, instead: Mapping[str, Any]) -> Flow[ReceiptView]:
    from spl.client.display.views import ReceiptView

    return ReceiptView((yield request).json() or _given(instead))


def _given(asked: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in asked.items() if value is not None}
