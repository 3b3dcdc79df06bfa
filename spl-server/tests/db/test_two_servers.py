"""Several servers beside one PostgreSQL: what one commits wakes who waits at another."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from sqlalchemy import text

from daemon_server.clock import SystemClock
from daemon_server.db import Session, notices
from daemon_server.db.notices import payloads
from daemon_server.db.postgresql import PostgresqlDatabase

pytestmark = pytest.mark.anyio

CUT = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'spl-server notices'"


@pytest.fixture
def two(postgresql_url: str) -> Iterator[tuple[PostgresqlDatabase, PostgresqlDatabase]]:
    pair = tuple(PostgresqlDatabase(postgresql_url, SystemClock(), threads=2) for _ in range(2))
    yield pair[0], pair[1]
    for database in pair:
        database.close()


def waking(*topics: str) -> Any:
    def work(session: Session) -> None:
        for topic in topics:
            session.wake(topic)

    return work


async def test_a_commit_here_wakes_who_waits_there(two: tuple[PostgresqlDatabase, PostgresqlDatabase]) -> None:
    here, there = two
    async with there.topics.subscribe("run:1") as subscription, here.topics.subscribe("run:1") as own:
        await here.write(waking("run:1", "run:2"))

        assert await subscription.wait(20)
        assert await own.wait(20)
        assert subscription.taken() == {"run:1"}


async def test_a_thousand_topics_of_one_commit_all_arrive(two: tuple[PostgresqlDatabase, PostgresqlDatabase]) -> None:
    here, there = two
    topics = [f"run:run_{number:020}" for number in range(1_000)]
    async with there.topics.subscribe(*topics) as subscription:
        await here.write(waking(*topics))
        heard: set[str] = set()
        while heard != set(topics):
            assert await subscription.wait(20)
            heard |= subscription.taken()


async def test_what_is_undone_wakes_nobody(two: tuple[PostgresqlDatabase, PostgresqlDatabase]) -> None:
    here, there = two

    def failing(session: Session) -> None:
        session.wake("run:1")
        raise LookupError

    async with there.topics.subscribe("run:1", "run:2") as subscription:
        with pytest.raises(LookupError):
            await here.write(failing)
        await here.write(waking("run:2"))

        assert await subscription.wait(20)
        assert subscription.taken() == {"run:2"}


async def test_after_a_broken_connection_everybody_looks_again_and_hears_again(
    two: tuple[PostgresqlDatabase, PostgresqlDatabase], postgresql_url: str
) -> None:
    here, there = two
    async with there.topics.subscribe("run:1") as subscription:
        with psycopg.connect(postgresql_url, autocommit=True) as killer:
            killer.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                "WHERE datname = current_database() AND application_name = 'spl-server topics'"
            )
        assert await subscription.wait(30)
        assert subscription.taken() == {"*"}

        await here.write(waking("run:1"))
        assert await subscription.wait(30)


async def test_units_go_on_when_their_pooled_connections_were_cut(
    two: tuple[PostgresqlDatabase, PostgresqlDatabase], postgresql_url: str
) -> None:
    here, _ = two
    await asyncio.gather(*(here.write(waking("a")) for _ in range(4)))
    with psycopg.connect(postgresql_url, autocommit=True) as killer:
        killer.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            "WHERE datname = current_database() AND application_name = 'spl-server'"
        )

    assert await here.write(lambda session: session.now) > 0
    assert await here.read(lambda session: session.now) > 0


def test_no_notice_is_longer_than_postgresql_takes() -> None:
    topics = [f"library:{'ü' * 200}{number}" for number in range(100)]

    made = list(payloads("server", topics))

    assert all(len(payload.encode()) < 8_000 for payload in made)
    assert len(made) > 1


async def test_a_notice_whose_connection_was_cut_is_told_when_it_is_back(
    two: tuple[PostgresqlDatabase, PostgresqlDatabase],
) -> None:
    here, there = two
    async with there.topics.subscribe("run:1") as subscription:
        here.transact(lambda session: session.wake("run:1"))
        assert await subscription.wait(20)
    here.transact(lambda session: session.execute(text(CUT)) and None)

    async with there.topics.subscribe("run:2") as subscription:
        here.transact(lambda session: session.wake("run:2"))

        assert await subscription.wait(20)


async def test_too_many_topics_at_once_have_everybody_look_again(
    two: tuple[PostgresqlDatabase, PostgresqlDatabase], monkeypatch: pytest.MonkeyPatch
) -> None:
    here, there = two
    monkeypatch.setattr(notices, "MOST_UNTOLD", 3)
    async with there.topics.subscribe("run:of-another-story") as subscription:
        here.transact(lambda session: [session.wake(f"run:{number}") for number in range(10)] and None)

        assert await subscription.wait(20)


async def test_what_was_committed_last_is_told_before_a_server_is_gone(
    two: tuple[PostgresqlDatabase, PostgresqlDatabase], postgresql_url: str
) -> None:
    leaving = PostgresqlDatabase(postgresql_url, SystemClock(), threads=1)
    async with two[1].topics.subscribe("run:last") as subscription:
        leaving.transact(lambda session: session.wake("run:last"))
        leaving.close()

        assert await subscription.wait(20)
