"""Teams: users that grants are given to together. Whoever makes one leads it; leads say who is in."""

from __future__ import annotations

from typing import Final, Literal

from daemon_server import ids
from daemon_server.audit.service import record
from daemon_server.db.session import Session
from daemon_server.http.principal import Principal
from daemon_server.http.problems import Forbidden
from daemon_server.identity import people_store as store
from daemon_server.identity import users
from daemon_server.identity.problems import MemberNotFound, TeamExists, TeamNotFound
from daemon_server.identity.records import Member, Team
from daemon_server.identity.telling import access_changed

type Role = Literal["member", "lead"]

# A lead shares what others granted to the team, which is what this scope is about.
LEADS_SCOPE: Final = "library:admin"


class NotALead(Forbidden):
    """Only a lead of the team, or an administrator, may do that."""

    code = "not_a_lead"


def add(session: Session, *, name: str, display_name: str | None, by: Principal) -> Team:
    """A new team; whoever makes it leads it.

    Raises:
        InvalidName, TeamExists: it can't be called that.
    """
    users.check_name(name)
    if store.team_named(session, name) is not None:
        raise TeamExists(f"There is a team {name!r} already.")
    team = Team(ids.new("team"), name, display_name or name, by.user, session.now)
    store.add_team(session, team)
    store.put_member(session, team.id, by.user_id, "lead")
    access_changed(session, [by.user_id])
    record(session, by, "team.add", f"team {name}")
    return team


def remove(session: Session, name: str, *, by: Principal) -> None:
    """Take a team away, and with it what was granted to it.

    Raises:
        TeamNotFound: there is no such team among the caller's.
        NotALead: the caller doesn't lead it.
    """
    team = _led(session, name, by)
    access_changed(session, [by.user_id, *store.member_ids(session, team.id)])
    store.remove_team(session, team.id)
    record(session, by, "team.remove", f"team {name}")


def visible(session: Session, name: str, principal: Principal) -> Team:
    """A team that the caller is in, or any for an administrator.

    Raises:
        TeamNotFound: otherwise.
    """
    team = store.team_named(session, name)
    if team is None or not (sees_all(principal) or store.role(session, team.id, principal.user_id)):
        raise TeamNotFound(f"There is no team {name[:100]!r} among yours.")
    return team


def sees_all(principal: Principal) -> bool:
    return principal.may("server:admin")


def members(session: Session, team: Team) -> list[Member]:
    return store.members(session, team.id)


def put_member(session: Session, name: str, user: str, role: Role, *, by: Principal) -> Member:
    """Take a user in, or change the role.

    Raises:
        TeamNotFound, UserNotFound: there is no such team among the caller's, or no such user.
        NotALead: the caller doesn't lead it.
    """
    team = _led(session, name, by)
    member = users.get(session, user)
    store.put_member(session, team.id, member.id, role)
    access_changed(session, [by.user_id, *store.member_ids(session, team.id)])
    record(session, by, "team.member", f"team {name}", user=user, role=role)
    return Member(member.name, member.display_name, role)


def remove_member(session: Session, name: str, user: str, *, by: Principal) -> None:
    """Take a user out. Everybody may leave.

    Raises:
        TeamNotFound, UserNotFound, MemberNotFound: there is no such team among the caller's, or the user isn't in it.
        NotALead: the caller doesn't lead it.
    """
    team = visible(session, name, by) if user == by.user else _led(session, name, by)
    member = users.get(session, user)
    if not store.remove_member(session, team.id, member.id):
        raise MemberNotFound(f"{user!r} is not in the team {name!r}.")
    access_changed(session, [by.user_id, member.id, *store.member_ids(session, team.id)])
    record(session, by, "team.leave", f"team {name}", user=user)


def _led(session: Session, name: str, principal: Principal) -> Team:
    team = visible(session, name, principal)
    leads = store.role(session, team.id, principal.user_id) == "lead" and principal.may(LEADS_SCOPE)
    if not (leads or sees_all(principal)):
        raise NotALead(hint=f"It also takes a token with the scope {LEADS_SCOPE}.")
    return team
