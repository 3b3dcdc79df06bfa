"""Units of work on both databases: what they promise whoever hands them over."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Callable

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError, IntegrityError

from daemon_server.db import Database, Session
from daemon_server.errors import QueueFull

pytestmark = pytest.mark.anyio

MAKE = text("CREATE TABLE things (id INTEGER PRIMARY KEY, word TEXT NOT NULL UNIQUE)")
ADD = text("INSERT INTO things (id, word) VALUES (:id, :word)")
COUNT = text("SELECT count(*) FROM things")


@pytest.fixture
async def things(database: Database) -> Database:
    await database.write(lambda session: session.execute(MAKE) and None)
    return database


def adding(number: int) -> Callable[[Session], int]:
    def add(session: Session) -> int:
        session.execute(ADD, {"id": number, "word": f"word {number}"})
        session.wake(f"thing:{number}")
        return number

    return add


async def count(database: Database) -> int:
    found: int = await database.read(lambda session: session.scalar(COUNT))
    return found


async def test_what_was_written_is_read(things: Database) -> None:
    assert await things.write(adding(1)) == 1
    assert await count(things) == 1


async def test_many_units_at_once_are_all_written(things: Database) -> None:
    results = await asyncio.gather(*(things.write(adding(number)) for number in range(200)))

    assert results == list(range(200))
    assert await count(things) == 200


async def test_a_unit_that_fails_is_undone_and_spoils_no_other(things: Database) -> None:
    def half(session: Session) -> None:
        session.execute(ADD, {"id": 500, "word": "half"})
        raise LookupError("changed my mind")

    outcomes = await asyncio.gather(
        *(things.write(adding(number)) for number in range(5)),
        things.write(half),
        things.write(adding(3)),  # the second of its number
        *(things.write(adding(number)) for number in range(5, 10)),
        return_exceptions=True,
    )

    failed = [outcome for outcome in outcomes if isinstance(outcome, BaseException)]
    assert {type(error) for error in failed} == {LookupError, IntegrityError}
    assert await count(things) == 10


async def test_a_constraint_that_is_met_inside_a_savepoint_leaves_the_unit_whole(things: Database) -> None:
    await things.write(adding(1))

    def or_else(session: Session) -> str:
        session.execute(ADD, {"id": 2, "word": "first"})
        try:
            with session.savepoint():
                session.execute(ADD, {"id": 1, "word": "second of its number"})
        except IntegrityError:
            session.execute(ADD, {"id": 3, "word": "instead"})
            return "instead"
        return "twice"

    assert await things.write(or_else) == "instead"
    assert await count(things) == 3


async def test_a_reader_can_not_write(things: Database) -> None:
    with pytest.raises(DBAPIError):
        await things.read(adding(1))

    assert await count(things) == 0


async def test_a_reader_sees_one_moment(things: Database) -> None:
    began, written = threading.Event(), threading.Event()

    def twice(session: Session) -> tuple[int, int]:
        before = session.scalar(COUNT)
        began.set()
        assert written.wait(20)
        return before, session.scalar(COUNT)

    reading = asyncio.create_task(things.read(twice))
    await asyncio.to_thread(began.wait, 20)
    await things.write(adding(1))
    written.set()

    assert await reading == (0, 0)


async def test_a_commit_wakes_who_waits_and_an_undone_unit_wakes_nobody(things: Database) -> None:
    def waking_in_vain(session: Session) -> None:
        session.wake("thing:1")
        raise LookupError

    async with things.topics.subscribe("thing:1", "thing:2") as subscription:
        with pytest.raises(LookupError):
            await things.write(waking_in_vain)
        assert not await subscription.wait(0)

        await things.write(adding(1))

        assert await subscription.wait(20)
        assert subscription.taken() == {"thing:1"}
        assert not await subscription.wait(0)
    assert things.topics.subscribers == 0


async def test_time_stands_still_within_a_unit(things: Database) -> None:
    assert await things.write(lambda session: session.now == session.now)


async def test_units_without_an_event_loop_are_the_same(things: Database) -> None:
    def work() -> int:
        return things.transact(adding(7)) + things.query(lambda session: session.scalar(COUNT))

    assert await asyncio.to_thread(work) == 8


async def test_past_its_bound_the_queue_refuses_all_but_what_is_essential(things: Database) -> None:
    go = threading.Event()

    def slow(session: Session) -> None:
        assert go.wait(20)

    busy = [asyncio.create_task(things.write(slow)) for _ in range(8)]  # as many as work at a time, and more
    await asyncio.sleep(0)
    try:
        accepted: list[asyncio.Task[int]] = []
        for number in range(1_100):
            accepted.append(asyncio.create_task(things.write(adding(number))))
        await asyncio.sleep(0)
        refused = [task for task in accepted if task.done() and isinstance(task.exception(), QueueFull)]
        essential = asyncio.create_task(things.write(adding(5_000), essential=True))
        await asyncio.sleep(0)
        assert 80 <= len(refused) <= 120
        assert not essential.done()
    finally:
        go.set()
    await asyncio.gather(*busy, *accepted, essential, return_exceptions=True)
    assert await count(things) == 1_100 - len(refused) + 1
