"""The audit: lines in the transaction that they tell of, chained so that a change is seen."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import AbstractContextManager

import pytest
from sqlalchemy import delete, select, update

from daemon_server.audit import service, store
from daemon_server.audit.chain import GENESIS, Line, link
from daemon_server.audit.denials import ALL_OF, HOUR_MS, Denials, Sampler
from daemon_server.audit.store import Filter
from daemon_server.audit.tables import audit, audit_head
from daemon_server.db import Database, Session
from daemon_server.http.principal import Principal

type SessionFactory = Callable[[], AbstractContextManager[Session]]

ALICE = Principal("user", "tok_alice1", "usr_alice", "alice")
DAY_MS = 86_400_000


def write(session: Session, count: int) -> None:
    for number in range(count):
        service.record(session, ALICE, "thing.do", f"thing {number}", number=number)


def test_lines_verify_as_they_were_written(session_factory: SessionFactory) -> None:
    with session_factory() as session:
        write(session, 5)

    with session_factory() as session:
        assert service.verify(session) == service.Verdict(5, True)


def test_an_empty_audit_verifies(session_factory: SessionFactory) -> None:
    with session_factory() as session:
        assert service.verify(session).ok


@pytest.mark.parametrize("column", [column.name for column in audit.c if column.name not in ("seq",)])
def test_a_change_of_any_column_is_seen(session_factory: SessionFactory, column: str) -> None:
    changed = {"at": 1, "hash": bytes(32), "detail": '{"number":7}'}.get(column, "somebody else")
    with session_factory() as session:
        write(session, 5)
        session.execute(update(audit).where(audit.c.seq == 3).values({column: changed}))

    with session_factory() as session:
        verdict = service.verify(session)

    assert (verdict.ok, verdict.broken_at, verdict.checked) == (False, 3, 2)


@pytest.mark.parametrize("seq", [1, 3, 5])
def test_a_line_that_was_taken_out_is_missed(session_factory: SessionFactory, seq: int) -> None:
    with session_factory() as session:
        write(session, 5)
        session.execute(delete(audit).where(audit.c.seq == seq))

    with session_factory() as session:
        verdict = service.verify(session)

    assert (verdict.ok, verdict.broken_at) == (False, seq)


def test_lines_without_their_chain_are_seen(session_factory: SessionFactory) -> None:
    with session_factory() as session:
        write(session, 2)
        session.execute(delete(audit_head))

    with session_factory() as session:
        assert not service.verify(session).ok


def test_what_is_undone_leaves_no_line(database: Database) -> None:
    def fails(session: Session) -> None:
        write(session, 1)
        raise RuntimeError("no")

    with pytest.raises(RuntimeError, match="no"):
        database.transact(fails)

    assert database.query(service.verify) == service.Verdict(0, True)


@pytest.mark.anyio
async def test_many_writers_make_one_chain(database: Database) -> None:
    """On PostgreSQL they are in transactions side by side; the chain takes one after the other."""
    await asyncio.gather(*(database.write(lambda session: write(session, 3)) for _ in range(20)))

    assert await database.read(service.verify) == service.Verdict(60, True)


def test_old_lines_are_let_go_and_the_rest_still_verifies(session_factory: SessionFactory, clock: object) -> None:
    with session_factory() as session:
        write(session, 4)
    clock.advance(DAY_MS)  # type: ignore[attr-defined]
    with session_factory() as session:
        write(session, 3)
        gone = service.prune(session, before=session.now)

    with session_factory() as session:
        verdict = service.verify(session)
        session.execute(delete(audit).where(audit.c.seq == 5))

    assert (gone, verdict) == (4, service.Verdict(3, True))
    with session_factory() as session:
        assert service.verify(session).broken_at == 5


def test_lines_are_found_by_what_they_say(session_factory: SessionFactory) -> None:
    with session_factory() as session:
        write(session, 3)
        service.record(session, None, "user.add", "user bob")

    with session_factory() as session:

        def found(**wanted: object) -> list[int]:
            return [line.seq for line in store.page(session, Filter(**wanted), before=None, limit=10)]  # type: ignore[arg-type]

        assert found() == [4, 3, 2, 1]
        assert found(user_id="usr_alice") == [3, 2, 1]
        assert found(actor="host") == [4]
        assert found(actor="tok_alice1", target="thing 1") == [2]
        assert found(action="user.*") == [4]
        assert found(action="user.%") == []
        assert found(q="BOB") == [4]
        assert found(since=session.now, until=session.now) == []
        assert [line.seq for line in store.page(session, Filter(), before=3, limit=1)] == [2]


def test_long_words_from_outside_are_cut(session_factory: SessionFactory) -> None:
    with session_factory() as session:
        service.record(session, ALICE, "thing.do", "t" * 1000, said="x" * 1000)
        row = session.row(select(audit))

    assert row is not None
    assert (len(row.target), len(row.detail)) == (500, 500 + len('{"said":""}'))


def test_two_rows_never_have_the_same_bytes() -> None:
    one = Line(1, 0, "user", "a", "b", "c", "d", "e", "{}")
    other = Line(1, 0, "user", "a", "b", "cd", "", "e", "{}")

    assert link(GENESIS, one) != link(GENESIS, other)


def test_a_flood_of_denials_is_sampled_and_counted() -> None:
    sampler = Sampler()
    wanted = [sampler.wanted("tok", now_ms=0)[0] for _ in range(ALL_OF + 100)]

    assert sum(wanted[:ALL_OF]) == ALL_OF
    assert sum(wanted[ALL_OF:]) == 10
    assert sampler.wanted("other", now_ms=0) == (True, 1)
    assert sampler.wanted("tok", now_ms=HOUR_MS) == (True, 1)


@pytest.mark.anyio
async def test_a_denial_names_the_operation_and_who_was_refused(database: Database) -> None:
    await Denials(database, database.clock).note(ALICE, "POST /libraries", "scope_missing")

    (line,) = await database.read(lambda session: store.page(session, Filter(), before=None, limit=10))

    assert (line.actor_token, line.action, line.target) == ("tok_alice1", "denied", "POST /libraries")
    assert "scope_missing" in line.detail
