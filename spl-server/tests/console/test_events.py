"""The console's stream: hints of what one may see, from where one left off, until the credential ends."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import AsyncIterator
from contextlib import aclosing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from daemon_server.access import granting
from daemon_server.console import routes
from daemon_server.console.hints import hints_of
from daemon_server.http.principal import Principal
from daemon_server.http.streams import TooManyStreams
from daemon_server.identity import teams, tokens
from daemon_server.identity import telling as users_telling
from daemon_server.libraries import service as libraries
from daemon_server.machines import service as machine_service
from daemon_server.machines.record import Hello
from daemon_server.runs import submitting
from daemon_server.runs.records import Limits

sys.path.insert(0, str(Path(__file__).parents[1]))  # the stage is shared with the simulation
from simulation.stage import new_run

from .test_overview import add_runs, bearer, run

pytestmark = pytest.mark.anyio

PATIENCE = 20.0


@dataclass(frozen=True)
class Event:
    kind: str
    id: str
    data: dict[str, object]


def parsed(text: bytes) -> Event:
    fields = dict(line.split(": ", 1) for line in text.decode().strip().splitlines())
    return Event(fields["event"], fields["id"], json.loads(fields["data"]))


async def following(stream: AsyncIterator[bytes], kind: str) -> Event:
    """The next event of a kind; pings in between are let go by."""
    async with asyncio.timeout(PATIENCE):
        async for text in stream:
            event = parsed(text)
            if event.kind == kind:
                return event
            assert event.kind == "ping", event
    raise AssertionError("the stream ended")


@pytest.fixture
def alice(people):
    return people.user("alice")


@pytest.fixture
def bob(people):
    return people.user("bob")


def principal(people, user) -> Principal:
    token = people.token(user)
    return Principal("user", token[5:15], user.id, user.name, frozenset({"console:read"}))


def opened(server, who: Principal, cursor: str | None = None) -> AsyncIterator[bytes]:
    hints = hints_of(server.topics)
    return routes.told(server, who, hints, cursor or hints.cursor())


def change(people, run_id: str, *users) -> None:
    def work(session):
        session.wake(f"run:{run_id}")
        for user in users:
            session.wake(f"user:{user.id}")

    people.database.transact(work)


async def test_a_change_of_ones_run_is_told_and_anothers_is_not(any_server, people, alice, bob, clock) -> None:
    add_runs(people, [run(1, alice.id, clock.wall_ms()), run(2, bob.id, clock.wall_ms())])
    who = principal(people, alice)
    async with aclosing(opened(any_server, who)) as stream:
        assert parsed(await anext(stream)).kind == "ping"
        change(people, "run_2", bob)
        change(people, "run_1", alice)

        event = await following(stream, "run")

        assert event.data == {"kind": "run", "id": "run_1"}


async def test_a_new_run_is_told_to_its_caller_and_its_owner(any_server, people, alice, bob) -> None:
    fresh = new_run("mch_a", caller_id=bob.id, owner_id=alice.id)
    async with (
        aclosing(opened(any_server, principal(people, alice))) as hers,
        aclosing(opened(any_server, principal(people, bob))) as his,
    ):
        for stream in (hers, his):
            await anext(stream)
        people.database.transact(lambda session: submitting.submit(session, [fresh], Limits()))

        for stream in (hers, his):
            assert (await following(stream, "run")).data == {"kind": "run", "id": fresh.id}


async def test_who_comes_back_goes_on_where_they_left(any_server, people, alice, clock) -> None:
    add_runs(people, [run(n, alice.id, clock.wall_ms()) for n in (1, 2, 3)])
    who = principal(people, alice)
    async with aclosing(opened(any_server, who)) as stream:
        await anext(stream)
        change(people, "run_1", alice)
        left = (await following(stream, "run")).id
    change(people, "run_2", alice)
    change(people, "run_3", alice)

    async with aclosing(opened(any_server, who, left)) as stream:
        told = [(await following(stream, "run")).data["id"] for _ in range(2)]

    assert told == ["run_2", "run_3"]


async def test_the_overviews_cursor_misses_nothing(any_server, any_client, people, alice, clock) -> None:
    add_runs(people, [run(1, alice.id, clock.wall_ms())])
    answer = await any_client.get("/console/overview", headers=bearer(people.token(alice)))
    change(people, "run_1", alice)

    async with aclosing(opened(any_server, principal(people, alice), answer.json()["event_cursor"])) as stream:
        assert (await following(stream, "run")).data["id"] == "run_1"


async def test_a_cursor_of_another_life_is_told_to_begin_anew(any_server, people, alice) -> None:
    async with aclosing(opened(any_server, principal(people, alice), "000000000000-5")) as stream:
        event = await following(stream, "reset")

    assert event.id == hints_of(any_server.topics).cursor()


async def test_a_machine_that_connects_is_told_to_who_may_see_it(any_server, people, alice, bob) -> None:
    machine, _ = people.machine(alice, "box")
    his_machine, _ = people.machine(bob, "his")
    hello = Hello("boot", "1.0", 1, (), 1)
    async with (
        aclosing(opened(any_server, principal(people, alice))) as hers,
        aclosing(opened(any_server, principal(people, bob))) as his,
    ):
        for stream in (hers, his):
            await anext(stream)
        people.database.transact(
            lambda session: machine_service.record_connect(session, machine, hello, lease_ms=45_000)
        )

        assert (await following(hers, "machine")).data == {"kind": "machine", "id": machine}
        people.database.transact(
            lambda session: machine_service.record_connect(session, his_machine, hello, lease_ms=45_000)
        )
        assert (await following(his, "machine")).data["id"] == his_machine


def act(people, work) -> None:
    people.database.transact(lambda session: work(session) and None)


async def test_a_library_is_told_to_who_may_see_some_of_it_and_access_to_whom_it_changes_for(
    any_server, people, alice, bob
) -> None:
    hers = full(people, alice)
    library = LibraryTarget(people, hers)
    async with (
        aclosing(opened(any_server, principal(people, alice))) as alices,
        aclosing(opened(any_server, principal(people, bob))) as bobs,
    ):
        for stream in (alices, bobs):
            await anext(stream)
        library.change("private so far")
        assert (await following(alices, "library")).data["id"] == library.id
        people.database.transact(lambda session: users_telling.tokens_changed(session, [bob.id]))
        assert (await following(bobs, "token")).data == {"kind": "token", "id": bob.id}

        library.grant("bob", "read")
        assert (await following(bobs, "access")).data == {"kind": "access", "id": bob.id}
        assert (await following(alices, "access")).data == {"kind": "access", "id": alice.id}

        library.change("seen by both")
        assert (await following(bobs, "library")).data["id"] == library.id

        library.grant("bob")
        assert (await following(bobs, "access")).data["id"] == bob.id
        library.change("private again")
        people.database.transact(lambda session: users_telling.tokens_changed(session, [bob.id]))
        assert (await following(bobs, "token")).data["id"] == bob.id


async def test_what_becomes_visible_to_all_is_told_to_everybody(any_server, people, alice, bob) -> None:
    library = LibraryTarget(people, full(people, alice))
    async with aclosing(opened(any_server, principal(people, bob))) as stream:
        await anext(stream)
        library.show("public")
        told = [(await anext_of(stream)) for _ in range(2)]
        assert sorted(event.kind for event in told) == ["access", "library"]

        library.show("private")
        assert (await following(stream, "access")).data["id"] == "*"


async def test_whoever_joins_or_leaves_a_team_hears_of_it(any_server, people, alice, bob) -> None:
    leads = full(people, alice)
    act(people, lambda session: teams.add(session, name="risk", display_name=None, by=leads))
    async with aclosing(opened(any_server, principal(people, bob))) as stream:
        await anext(stream)
        act(people, lambda session: teams.put_member(session, "risk", "bob", "member", by=leads))
        assert (await following(stream, "access")).data["id"] == bob.id
        act(people, lambda session: teams.remove_member(session, "risk", "bob", by=leads))
        assert (await following(stream, "access")).data["id"] == bob.id
        act(people, lambda session: teams.put_member(session, "risk", "bob", "member", by=leads))
        assert (await following(stream, "access")).data["id"] == bob.id
        act(people, lambda session: teams.remove(session, "risk", by=leads))
        assert (await following(stream, "access")).data["id"] == bob.id


def full(people, user) -> Principal:
    """A user with a token that may do everything."""
    token = people.token(user)
    return Principal(
        "user", token[5:15], user.id, user.name, frozenset({"library:admin", "catalog:read", "object:write"})
    )


async def anext_of(stream: AsyncIterator[bytes]) -> Event:
    async with asyncio.timeout(PATIENCE):
        while (event := parsed(await anext(stream))).kind == "ping":
            pass
        return event


@dataclass
class LibraryTarget:
    """A library of somebody's, and what is done with it, each in a unit of its own."""

    people: Any
    by: Principal
    id: str = ""

    def __post_init__(self) -> None:
        def make(session):
            self.id = libraries.create(session, self.by, name="risk").id

        act(self.people, make)

    def change(self, description: str) -> None:
        act(
            self.people,
            lambda session: libraries.update(session, self.by, self.by.user, "risk", description=description),
        )

    def show(self, visibility: str) -> None:
        act(
            self.people, lambda session: libraries.update(session, self.by, self.by.user, "risk", visibility=visibility)
        )

    def grant(self, user: str, *permissions: str) -> None:
        target = granting.Target(library=f"{self.by.user}/risk", user=user)
        act(self.people, lambda session: granting.put(session, target, permissions, by=self.by))


async def test_a_stream_ends_with_its_token(any_server, people, alice) -> None:
    who = principal(people, alice)
    async with aclosing(opened(any_server, who)) as stream:
        await anext(stream)
        people.database.transact(lambda session: tokens.revoke(session, who.token_id, by=None))

        async with asyncio.timeout(PATIENCE):
            with pytest.raises(StopAsyncIteration):
                while True:
                    assert parsed(await anext(stream)).kind == "ping"


async def test_a_stream_ends_with_the_server(any_server, people, alice) -> None:
    async with aclosing(opened(any_server, principal(people, alice))) as stream:
        await anext(stream)
        any_server.topics.close()

        async with asyncio.timeout(PATIENCE):
            with pytest.raises(StopAsyncIteration):
                while True:
                    await anext(stream)


async def test_a_stream_that_was_left_is_not_counted(any_server, people, alice) -> None:
    stream = opened(any_server, principal(people, alice))
    await anext(stream)
    with pytest.raises(TooManyStreams):
        any_server.streams.check(alice.id, 1)

    await stream.aclose()

    any_server.streams.check(alice.id, 1)


async def test_a_ping_comes_when_nothing_happens(any_server, people, alice, monkeypatch) -> None:
    monkeypatch.setattr(routes, "PING_SECONDS", 0.01)
    async with aclosing(opened(any_server, principal(people, alice))) as stream:
        async with asyncio.timeout(PATIENCE):
            events = [parsed(await anext(stream)) for _ in range(3)]

    assert [event.kind for event in events] == ["ping"] * 3
    assert events[0].data == {"server_time": any_server.clock.wall_ms()}
