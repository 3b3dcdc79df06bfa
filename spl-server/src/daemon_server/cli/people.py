"""Users and credentials from the server's own host: whoever can read its files may do this, and nobody else.

A raw token or code is printed by the one command that makes it, and nowhere else; `--out` keeps it off the screen.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal

import typer

from daemon_server.audit import service as audit_service
from daemon_server.audit.service import record
from daemon_server.cli.options import DatabaseUrl, HomeFolder, Json, opened, settings_of
from daemon_server.cli.output import note, show
from daemon_server.db.session import Session
from daemon_server.errors import Refusal
from daemon_server.http.problems import Conflict
from daemon_server.http.rules import USER_SCOPES
from daemon_server.identity import bindings, people_store, store, tokens, users
from daemon_server.identity.pepper import Pepper, from_environment
from daemon_server.identity.records import Issued, User
from daemon_server.identity.scopes import holdable

app = typer.Typer()
audit = typer.Typer(no_args_is_help=True, help="The record of who did what.")
app.add_typer(audit, name="audit")

DAY_MS = 24 * 3_600_000

Name = Annotated[str, typer.Argument(metavar="NAME", help="The user's name: lower-case letters, digits, . _ -")]
Scopes = Annotated[
    list[str] | None,
    typer.Option("--scope", metavar="SCOPE", help="What the token may do; again for more. Default: all it can."),
]
Days = Annotated[int | None, typer.Option("--days", metavar="N", min=1, max=365, help="How long the token lives.")]
Label = Annotated[str | None, typer.Option("--display-name", metavar="TEXT", help="A label for people.")]
Out = Annotated[
    Path | None,
    typer.Option("--out", metavar="FILE", help="Write the token to this new file, for your eyes only, not here."),
]
LoginCode = Annotated[bool, typer.Option("--login-code", help="Also print a code that signs in to the console once.")]


class AlreadyInitialized(Conflict):
    """This server has an administrator already."""

    code = "already_initialized"
    hint = "`spl-server user-add NAME` adds a user; `spl-server recover-admin NAME` makes one an administrator."


class LibraryNotThere(Refusal):
    """There is no such library."""

    code = "library_not_found"
    status = 404


class MachineNotThere(Refusal):
    """There is no such machine."""

    code = "machine_not_found"
    status = 404


@dataclass(frozen=True, slots=True)
class _Place:
    """The server's files, as options name them."""

    home: Path | None
    database_url: str | None

    def change[T](self, work: Callable[[Session, Pepper], T]) -> T:
        """Do something in one transaction; what it makes is on the disk when this returns."""
        settings = settings_of(self.home, self.database_url)
        with opened(settings) as db:
            pepper = from_environment(settings.home)
            return db.transact(lambda session: work(session, pepper))

    def ask[T](self, work: Callable[[Session], T]) -> T:
        with opened(settings_of(self.home, self.database_url)) as db:
            return db.query(work)


@app.command("init-admin")
def init_admin(
    name: Name,
    display_name: Label = None,
    login_code: LoginCode = False,
    out: Out = None,
    home: HomeFolder = None,
    database_url: DatabaseUrl = None,
    json: Json = False,
) -> None:
    """Make the first user, who administers the server, and a token for them."""

    def make(session: Session, pepper: Pepper) -> dict[str, Any]:
        if people_store.any_admin(session):
            raise AlreadyInitialized
        user = users.add(session, name=name, display_name=display_name, admin=True, by=None)
        return _welcome(session, pepper, user, scopes=None, days=None, code=login_code)

    _print(_Place(home, database_url).change(make), out, as_json=json)


@app.command("recover-admin")
def recover_admin(
    name: Name, out: Out = None, home: HomeFolder = None, database_url: DatabaseUrl = None, json: Json = False
) -> None:
    """Make a user an administrator who can sign in, and print a code for the console."""

    def recover(session: Session, pepper: Pepper) -> dict[str, Any]:
        if people_store.user_named(session, name) is None:
            users.add(session, name=name, admin=True, by=None)
        user = users.change(session, name, admin=True, disabled=False, by=None)
        return _welcome(session, pepper, user, scopes=None, days=None, code=True)

    _print(_Place(home, database_url).change(recover), out, as_json=json)


@app.command("user-add")
def user_add(
    name: Name,
    display_name: Label = None,
    admin: Annotated[bool, typer.Option("--admin", help="The user administers the server.")] = False,
    scope: Scopes = None,
    days: Days = None,
    login_code: LoginCode = False,
    out: Out = None,
    home: HomeFolder = None,
    database_url: DatabaseUrl = None,
    json: Json = False,
) -> None:
    """Make a user and a token for them."""

    def make(session: Session, pepper: Pepper) -> dict[str, Any]:
        user = users.add(session, name=name, display_name=display_name, admin=admin, by=None)
        return _welcome(session, pepper, user, scopes=scope, days=days, code=login_code)

    _print(_Place(home, database_url).change(make), out, as_json=json)


@app.command("user-disable")
def user_disable(
    name: Name,
    enable: Annotated[bool, typer.Option("--enable", help="Let the user sign in again.")] = False,
    home: HomeFolder = None,
    database_url: DatabaseUrl = None,
    json: Json = False,
) -> None:
    """Refuse a user's every credential from now on, those of their machines too."""

    def change(session: Session, _pepper: Pepper) -> User:
        return users.change(session, name, disabled=not enable, by=None)

    user = _Place(home, database_url).change(change)
    state = "disabled" if user.disabled_at is not None else "enabled"
    show({"user": user.name, "state": state}, [f"{user.name} is {state}."], as_json=json)


@app.command("token-issue")
def token_issue(
    user: Annotated[str, typer.Option("--user", metavar="NAME", help="Whose token it is.")],
    kind: Annotated[Literal["user", "execution", "subtoken"], typer.Option("--kind", help="Which kind.")] = "user",
    name: Annotated[str, typer.Option("--name", metavar="TEXT", help="What lists call it.")] = "made on the host",
    scope: Scopes = None,
    days: Days = None,
    library: Annotated[str | None, typer.Option("--library", metavar="OWNER/NAME", help="What it may run.")] = None,
    object: Annotated[str | None, typer.Option("--object", metavar="NAME", help="Only this object of it.")] = None,
    function: Annotated[str | None, typer.Option("--function", metavar="NAME", help="Only this function.")] = None,
    machine: Annotated[str | None, typer.Option("--machine", metavar="ID", help="A subtoken's machine.")] = None,
    allow: Annotated[
        list[str] | None, typer.Option("--allow", metavar="USER", help="Who may use a subtoken; again for more.")
    ] = None,
    out: Out = None,
    home: HomeFolder = None,
    database_url: DatabaseUrl = None,
    json: Json = False,
) -> None:
    """Make a token for a user. Without --days it lives as long as is usual for its kind."""
    if (kind == "execution") != (library is not None) or (kind == "subtoken") != (machine is not None):
        raise typer.BadParameter("--library goes with --kind execution, --machine with --kind subtoken.")
    if function is not None and object is None:
        raise typer.BadParameter("--function needs --object.")

    def make(session: Session, pepper: Pepper) -> dict[str, Any]:
        found = users.get(session, user)
        library_id = _library_of(session, found, library)
        machine_id = _machine_of(session, found, machine)
        scopes = (scope or sorted(holdable(admin=found.admin))) if kind == "user" else None
        issued = tokens.issue(
            session, pepper, kind=kind, user_id=found.id, name=name, scopes=scopes,
            life_ms=None if days is None else days * DAY_MS, library_id=library_id, object=object, function=function,
            machine_id=machine_id, allowed_users=[users.get(session, one).name for one in allow or ()],
        )  # fmt: skip
        return _answer(found, issued)

    _print(_Place(home, database_url).change(make), out, as_json=json)


@app.command("token-revoke")
def token_revoke(
    id: Annotated[str, typer.Argument(metavar="ID", help="The token's id, as lists and the audit name it.")],
    home: HomeFolder = None,
    database_url: DatabaseUrl = None,
    json: Json = False,
) -> None:
    """Revoke a token. A server that is running refuses it within five seconds."""

    def revoke(session: Session, _pepper: Pepper) -> bool:
        return tokens.revoke(session, tokens.get(session, id).id, by=None, reason="revoked on the host")

    changed = _Place(home, database_url).change(revoke)
    text = f"{id} is revoked." if changed else f"{id} was revoked before."
    show({"id": id, "revoked": True, "changed": changed}, [text], as_json=json)


@app.command("clock-reset")
def clock_reset(home: HomeFolder = None, database_url: DatabaseUrl = None, json: Json = False) -> None:
    """Believe the clock again after it was ahead by mistake, and tokens expired by that alone."""

    def reset(session: Session, _pepper: Pepper) -> int:
        store.reset_mark(session, session.now)
        record(session, None, "clock.reset", "clock")
        session.wake(tokens.CREDENTIALS_TOPIC)
        return session.now

    now = _Place(home, database_url).change(reset)
    show({"now": now}, ["Tokens expire by the clock as it is now."], as_json=json)


@audit.command("verify")
def audit_verify(home: HomeFolder = None, database_url: DatabaseUrl = None, json: Json = False) -> None:
    """Prove that no line of the audit was changed or taken out. Leaves with 1 where one was."""
    verdict = _Place(home, database_url).ask(audit_service.verify)
    data = {
        "ok": verdict.ok,
        "checked": verdict.checked,
        "broken_at": verdict.broken_at,
        "reason": verdict.reason,
    }
    text = f"{verdict.checked} lines, every one as it was written." if verdict.ok else f"Broken: {verdict.reason}"
    show(data, [text], as_json=json)
    if not verdict.ok:
        raise typer.Exit(1)


def _welcome(
    session: Session, pepper: Pepper, user: User, *, scopes: list[str] | None, days: int | None, code: bool
) -> dict[str, Any]:
    wanted = scopes or sorted(holdable(admin=user.admin) & USER_SCOPES)
    life_ms = None if days is None else days * DAY_MS
    issued = tokens.issue(
        session, pepper, kind="user", user_id=user.id, name="first token", scopes=wanted, life_ms=life_ms
    )
    answer = _answer(user, issued)
    if code:
        answer["login_code"] = tokens.login_code(session, pepper, user.name, by=None).raw
    return answer


def _answer(user: User, issued: Issued) -> dict[str, Any]:
    return {"user": user.name, "token": issued.raw, "id": issued.token_id, "expires_at": issued.expires_at}


def _library_of(session: Session, user: User, path: str | None) -> str | None:
    if path is None:
        return None
    found = bindings.library_at(session, path)
    if found is None or found.owner_id != user.id:
        raise LibraryNotThere(f"{user.name} has no library {path}.", hint="Give it as OWNER/NAME, of the user's own.")
    return found.id


def _machine_of(session: Session, user: User, machine_id: str | None) -> str | None:
    if machine_id is None:
        return None
    found = bindings.machine_at(session, machine_id, user.id)
    if found is None or found.owner_id != user.id:
        raise MachineNotThere(f"{user.name} has no machine {machine_id}.")
    return found.id


def _print(answer: dict[str, Any], out: Path | None, *, as_json: bool) -> None:
    if out is not None:
        _write(out, answer["token"])
        answer = {**answer, "token": None, "token_file": str(out)}
    lines = [str(answer["token"] or f"The token of {answer['user']} is in {out}.")]
    if "login_code" in answer:
        lines.append(str(answer["login_code"]))
        note("The second line signs in to the console once, within ten minutes.")
    if not as_json and out is None:
        note(f"This is the token of {answer['user']}. It is shown only now.")
    show(answer, lines, as_json=as_json)


def _write(path: Path, token: str) -> None:
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except OSError as error:
        raise typer.BadParameter(f"{path} can't be made: {error.strerror}. It must be a new file.") from error
    with os.fdopen(descriptor, "w", encoding="ascii") as opened_file:
        opened_file.write(token + "\n")
