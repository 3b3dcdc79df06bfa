"""Who is asking: sessions of the console, users, teams and settings over HTTP."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import Path, Query, Request, Response
from starlette.responses import JSONResponse

from daemon_server.audit.service import record_anonymous
from daemon_server.db.session import Session
from daemon_server.http.dependencies import PrincipalDep, ServerDep
from daemon_server.http.paging import Cursor, Limit, cursor_of, position
from daemon_server.http.problems import Invalid, NotFound, Unauthorized
from daemon_server.http.routing import Router
from daemon_server.http.rules import PUBLIC, Rule
from daemon_server.identity import bindings, configuration, console_sessions, people_store, teams, tokens, users
from daemon_server.identity.records import Team, User
from daemon_server.identity.schemas import (
    MemberPut,
    MemberView,
    SessionView,
    SettingsChange,
    SettingsView,
    SignIn,
    TeamCreate,
    TeamDetail,
    TeamPage,
    UserChange,
    UserCreate,
    UserCreated,
    UserPage,
    UserView,
    WhoamiView,
)

router = Router(tags=["identity"])

# A page fits a screen or two.
PAGE = 100
ADMIN = Rule(user="server:admin")
PERSON = Rule(user=True)
LEADS = Rule(user=teams.LEADS_SCOPE)

Query100 = Annotated[str | None, Query(max_length=100, description="Part of a name.")]
Name = Annotated[str, Path(max_length=100)]


# --- sessions ---------------------------------------------------------------------------------------------------------


@router.post("/session", rule=PUBLIC, status_code=201, response_model=SessionView)
async def sign_in(body: SignIn, server: ServerDep, request: Request) -> Response:
    """Open a session of the console with a user's token or a one-time code; the answer sets its cookie."""
    given = [value for value in (body.token, body.code) if value is not None]
    if len(given) != 1:
        raise Invalid("Give either a token or a code.")
    ip = str(request.state.ip)
    try:
        opened = await server.db.write(
            lambda session: console_sessions.open_with(session, server.pepper, given[0], ip=ip)
        )
    except Unauthorized as error:
        code = error.code
        await server.db.write(lambda session: record_anonymous(session, "session.refused", "session", ip=ip, code=code))
        raise
    view = SessionView(
        id=opened.session_id,
        user=opened.user,
        scopes=sorted(opened.scopes),
        csrf=opened.csrf,
        expires_at=opened.expires_at,
    )
    response = JSONResponse(view.model_dump(), status_code=201, headers={"Cache-Control": "no-store"})
    public_url = server.settings.public_url
    response.set_cookie(
        console_sessions.cookie_name(public_url),
        opened.cookie,
        max_age=console_sessions.LONGEST_MS // 1000,
        path="/",
        secure=public_url.startswith("https:"),
        httponly=True,
        samesite="strict",
    )
    return response


@router.get("/session", rule=PERSON, response_model=SessionView)
async def show_session(principal: PrincipalDep, server: ServerDep) -> dict[str, Any]:
    """The session that the cookie belongs to."""
    if principal.kind != "session":
        raise NotFound("A token has no session.", hint="GET /whoami tells what a token is.")
    return {
        "id": principal.token_id,
        "user": principal.user,
        "scopes": sorted(principal.scopes),
        "csrf": console_sessions.csrf_of(server.pepper, principal.token_id),
        "expires_at": principal.expires_at,
    }


@router.delete("/session", rule=PERSON, status_code=204)
async def sign_out(principal: PrincipalDep, server: ServerDep) -> Response:
    """End the session; a token has none, and stays as it is."""
    response = Response(status_code=204)
    if principal.kind == "session":
        await server.db.write(lambda session: console_sessions.close(session, principal))
        name = console_sessions.cookie_name(server.settings.public_url)
        response.delete_cookie(name, path="/", secure=server.settings.public_url.startswith("https:"), httponly=True)
    return response


@router.get("/whoami", rule=Rule(user=True, machine=True, subtoken=True, execution=True), response_model=WhoamiView)
async def whoami(principal: PrincipalDep, server: ServerDep) -> dict[str, Any]:
    """What the credential of this request is, and what it may do. A bound one is told its limits alone."""

    def read(session: Session) -> dict[str, Any]:
        user = people_store.user_by_id(session, principal.user_id)
        assert user is not None
        person = principal.is_person
        return {
            "kind": principal.kind,
            "token_id": principal.token_id,
            "user": principal.user,
            "display_name": user.display_name,
            "admin": user.admin and person,
            "scopes": sorted(principal.scopes),
            "teams": people_store.team_names(session, user.id) if person else [],
            "machine_id": principal.machine_id,
            "library": bindings.library_path(session, principal.library_id),
            "object": principal.object,
            "function": principal.function,
            "expires_at": principal.expires_at,
            "server_time": session.now,
        }

    return await server.db.read(read)


# --- users ------------------------------------------------------------------------------------------------------------


@router.get("/users", rule=ADMIN, response_model=UserPage)
async def list_users(
    server: ServerDep, q: Query100 = None, limit: Limit = PAGE, cursor: Cursor = None
) -> dict[str, Any]:
    """Users by name."""
    (after,) = position(cursor, str) or (None,)
    found = await server.db.read(
        lambda session: people_store.users_page(session, query=q, after=after, limit=limit + 1)
    )
    items = found[:limit]
    return {"items": [_user(user) for user in items], "next": cursor_of(items[-1].name) if len(found) > limit else None}


@router.post("/users", rule=ADMIN, status_code=201, response_model=UserCreated)
async def add_user(body: UserCreate, principal: PrincipalDep, server: ServerDep) -> dict[str, Any]:
    """A new user, and a code that signs them in once."""

    def add(session: Session) -> dict[str, Any]:
        user = users.add(session, name=body.name, display_name=body.display_name, admin=body.admin, by=principal)
        code = tokens.login_code(session, server.pepper, user.name, by=principal)
        return {**_user(user), "login_code": code.raw, "login_code_expires_at": code.expires_at}

    return await server.db.write(add)


@router.patch("/users/{name}", rule=ADMIN, response_model=UserView)
async def change_user(name: Name, body: UserChange, principal: PrincipalDep, server: ServerDep) -> dict[str, Any]:
    """Rename, promote, demote, disable or enable a user. The last administrator stays one."""
    changed = await server.db.write(
        lambda session: users.change(
            session,
            name,
            display_name=body.display_name,
            admin=body.admin,
            disabled=body.disabled,
            by=principal,
        )
    )
    return _user(changed)


# --- teams ------------------------------------------------------------------------------------------------------------


@router.get("/teams", rule=PERSON, response_model=TeamPage)
async def list_teams(
    principal: PrincipalDep, server: ServerDep, limit: Limit = PAGE, cursor: Cursor = None
) -> dict[str, Any]:
    """The caller's teams by name; an administrator's are all."""
    (after,) = position(cursor, str) or (None,)
    of_user = None if teams.sees_all(principal) else principal.user_id
    found = await server.db.read(
        lambda session: people_store.teams_page(session, of_user=of_user, after=after, limit=limit + 1)
    )
    items = found[:limit]
    return {"items": [_team(team) for team in items], "next": cursor_of(items[-1].name) if len(found) > limit else None}


@router.post("/teams", rule=LEADS, status_code=201, response_model=TeamDetail)
async def add_team(body: TeamCreate, principal: PrincipalDep, server: ServerDep) -> dict[str, Any]:
    """A new team, led by whoever makes it."""

    def add(session: Session) -> dict[str, Any]:
        team = teams.add(session, name=body.name, display_name=body.display_name, by=principal)
        for user in body.members:
            if user != principal.user:
                teams.put_member(session, team.name, user, "member", by=principal)
        return _detail(session, team)

    return await server.db.write(add)


@router.get("/teams/{name}", rule=PERSON, response_model=TeamDetail)
async def show_team(name: Name, principal: PrincipalDep, server: ServerDep) -> dict[str, Any]:
    """A team and who is in it."""
    return await server.db.read(lambda session: _detail(session, teams.visible(session, name, principal)))


@router.delete("/teams/{name}", rule=LEADS, status_code=204)
async def remove_team(name: Name, principal: PrincipalDep, server: ServerDep) -> Response:
    """Take a team away, and what was granted to it."""
    await server.db.write(lambda session: teams.remove(session, name, by=principal))
    return Response(status_code=204)


@router.put("/teams/{name}/members/{user}", rule=PERSON, response_model=MemberView)
async def put_member(
    name: Name, user: Name, body: MemberPut, principal: PrincipalDep, server: ServerDep
) -> dict[str, Any]:
    """Take a user into a team, or change the role; for its leads and administrators."""
    member = await server.db.write(lambda session: teams.put_member(session, name, user, body.role, by=principal))
    return {"user": member.user, "display_name": member.display_name, "role": member.role}


@router.delete("/teams/{name}/members/{user}", rule=PERSON, status_code=204)
async def remove_member(name: Name, user: Name, principal: PrincipalDep, server: ServerDep) -> Response:
    """Take a user out of a team; for its leads, administrators, and whoever leaves."""
    await server.db.write(lambda session: teams.remove_member(session, name, user, by=principal))
    return Response(status_code=204)


# --- settings ---------------------------------------------------------------------------------------------------------


@router.get("/settings", rule=ADMIN, response_model=SettingsView)
async def show_settings(server: ServerDep) -> configuration.Configuration:
    """What administrators may set while the server runs."""
    return await server.db.read(configuration.current)


@router.patch("/settings", rule=ADMIN, response_model=SettingsView)
async def change_settings(
    body: SettingsChange, principal: PrincipalDep, server: ServerDep
) -> configuration.Configuration:
    """Set what is given; all else stays."""
    values = body.model_dump(exclude_none=True)
    return await server.db.write(lambda session: configuration.change(session, values, by=principal))


def _user(user: User) -> dict[str, Any]:
    return {
        "name": user.name,
        "display_name": user.display_name,
        "admin": user.admin,
        "created_at": user.created_at,
        "disabled_at": user.disabled_at,
    }


def _team(team: Team) -> dict[str, Any]:
    return {
        "name": team.name,
        "display_name": team.display_name,
        "created_by": team.created_by,
        "created_at": team.created_at,
    }


def _detail(session: Session, team: Team) -> dict[str, Any]:
    people = [
        {"user": member.user, "display_name": member.display_name, "role": member.role}
        for member in teams.members(session, team)
    ]
    return {**_team(team), "members": people}
