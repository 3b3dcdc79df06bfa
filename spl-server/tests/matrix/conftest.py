"""Alice's library, machine, team and token; carol, whom she granted something; bob, who has nothing of hers; and every
credential there is, good and bad."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import httpx
import pytest

from daemon_server.access import granting
from daemon_server.access.granting import Target
from daemon_server.db import Session
from daemon_server.http.context import Server
from daemon_server.http.principal import Principal
from daemon_server.http.rules import USER_SCOPES
from daemon_server.identity import bindings, capabilities, console_sessions, teams, tokens, users
from daemon_server.identity.scopes import PERSON_SCOPES
from daemon_server.identity.token_format import PREFIXES, Token, TokenKind, mint, parse

from .expectations import BUNDLE, NAMES, PARAMETERS

ORIGIN = "http://localhost"
KINDS: tuple[TokenKind, ...] = ("machine", "subtoken", "execution", "enrolment", "capability")


@dataclass
class World:
    """What the matrix asks with, and about."""

    client: httpx.AsyncClient
    server: Server
    people: Any
    raw: dict[str, str] = field(default_factory=dict)
    parameters: dict[str, str] = field(default_factory=lambda: dict(PARAMETERS))

    def token(self, user: str, scopes: Iterable[str]) -> str:
        """A user's token with these scopes."""

        def issue(session: Session) -> str:
            owner = users.get(session, user)
            return tokens.issue(
                session, self.people.pepper, kind="user", user_id=owner.id, name="test", scopes=scopes
            ).raw

        return self.people.database.transact(issue)

    def session(self, user: str) -> dict[str, str]:
        """The headers of a good request from the console."""
        raw = self.token(user, USER_SCOPES if user == "root" else PERSON_SCOPES)
        opened = self.people.database.transact(
            lambda session: console_sessions.open_with(session, self.people.pepper, raw, ip="192.0.2.1")
        )
        cookie = f"{console_sessions.cookie_name('')}={opened.cookie}"
        return {"Cookie": cookie, "Origin": ORIGIN, "X-SPL-CSRF": opened.csrf, "Sec-Fetch-Site": "same-origin"}

    def path(self, template: str) -> str:
        """The path with alice's things in it."""
        parts: list[str] = []
        for part in template.strip("/").split("/"):
            if not part.startswith("{"):
                parts.append(part)
                continue
            name = part[1:-1]
            if name == "name":
                parts.append(NAMES[parts[-1]])
            else:
                assert name in self.parameters, f"say in expectations.PARAMETERS what {part} of {template} stands for"
                parts.append(self.parameters[name])
        return "/" + "/".join(parts)


def invalid(good: Token) -> dict[str, str]:
    """Credentials that never were any."""
    return {
        "garbage": "splu_notatoken",
        "bad checksum": good.raw[:-1] + ("0" if good.raw[-1] != "0" else "1"),
        "unknown id": mint("user").raw,
        "wrong secret": Token("user", good.id, "x" * 34).raw,
        "other prefix": Token("machine", good.id, good.secret).raw,
        "daemon's own": "spld_" + good.raw[5:],
    }


@pytest.fixture
async def world(server: Server, app_client: httpx.AsyncClient, people: Any, clock: Any) -> World:
    database, pepper = people.database, people.pepper
    alice, bob, carol, dora = (people.user(name) for name in ("alice", "bob", "carol", "dora"))
    world = World(app_client, server, people)
    raw = world.raw
    raw["alice"] = people.token(alice)
    raw["bob"], raw["carol"] = people.token(bob), people.token(carol)
    raw["root"] = world.token("root", USER_SCOPES)
    machine_id, raw["machine"] = people.machine(alice, "secret-gpu")
    raw["bob's machine"] = people.machine(bob, "bobs")[1]

    headers = {"Authorization": f"Bearer {raw['alice']}"}
    made = await app_client.post("/libraries", json={"name": "secret-risk"}, headers=headers)
    assert made.status_code == 201, made.text
    for library, name in (("secret-risk", "secret-score"), ("default", "other")):
        body = {"yaml": BUNDLE, "name": name, "tag": "prod"}
        made = await app_client.post(f"/owners/alice/libraries/{library}/objects", json=body, headers=headers)
        assert made.status_code == 201, made.text
    reference = {"name": "secret-ref", "owner": "alice", "library": "secret-risk", "object": "secret-score"}
    made = await app_client.post("/owners/alice/libraries/secret-risk/references", json=reference, headers=headers)
    assert made.status_code < 300, made.text

    def build(session: Session) -> None:
        me = Principal("user", "tok", alice.id, "alice", PERSON_SCOPES)
        teams.add(session, name="secret-crew", display_name=None, by=me)
        for name in ("carol", "dora"):
            teams.put_member(session, "secret-crew", name, "member", by=me)
        for target, permissions in (
            (Target(library="alice/secret-risk", user="carol"), ["read", "execute"]),
            (Target(machine=machine_id, user="carol"), ["use"]),
        ):
            granting.put(session, target, permissions, by=me)
        libraries = {name: bindings.library_at(session, f"alice/{name}") for name in ("secret-risk", "default")}

        def issue(key: str, kind: TokenKind, user_id: str = alice.id, **options: Any) -> str:
            issued = tokens.issue(session, pepper, kind=kind, user_id=user_id, name="test", **options)
            raw[key] = issued.raw
            return issued.token_id

        issue("machine without scopes", "machine", machine_id=machine_id, scopes=())
        issue("subtoken", "subtoken", machine_id=machine_id)
        issue("execution", "execution", library_id=libraries["secret-risk"].id)  # type: ignore[union-attr]
        issue("execution elsewhere", "execution", library_id=libraries["default"].id)  # type: ignore[union-attr]
        issue("enrolment", "enrolment", machine_id=machine_id)
        issue("sign-in code", "login")
        issue("expired", "user", scopes=PERSON_SCOPES, life_ms=1)
        revoked = issue("revoked", "user", scopes=PERSON_SCOPES)
        tokens.revoke(session, revoked, by=None)
        issue("disabled", "user", user_id=dora.id, scopes=PERSON_SCOPES)
        users.change(session, "dora", disabled=True, by=None)
        world.parameters["id"] = issue("one of alice's", "user", scopes=PERSON_SCOPES)

    database.transact(build)
    clock.advance(1000)
    world.parameters["machine"] = machine_id
    held = capabilities.Held("run_" + "1" * 20, 7, alice.id, "alice")
    server.credentials.capabilities = lambda _session, _id: held  # type: ignore[attr-defined]
    raw["capability"] = capabilities.mint(pepper, "c" * 10, held.run_id, held.fence)
    assert {parse(raw[kind]).kind for kind in KINDS} == set(KINDS) <= set(PREFIXES)
    return world
