"""Units of work share commits, and nothing else."""

from __future__ import annotations

import asyncio
import sqlite3
import statistics
import threading
import time
from typing import Any

import pytest
from sqlalchemy import Connection
from sqlalchemy.exc import IntegrityError

from spl.core.errors import QueueFull, Unavailable
from spl.daemon.db import Database
from spl.daemon.db.writer import ROWS_PER_CHECKPOINT, UNITS_PER_COMMIT

pytestmark = pytest.mark.anyio

ADD = "INSERT INTO batches (id, object, version, function, total, created_at) VALUES (?, 'o', 1, NULL, 1, 1)"


def add(identity: str) -> Any:
    return lambda connection: connection.exec_driver_sql(ADD, (identity,))


def count(connection: Connection) -> int:
    return int(connection.exec_driver_sql("SELECT count(*) FROM batches").scalar_one())


class Gate:
    """Holds the writer in a unit of its own until it is opened, so that others gather behind it."""

    def __init__(self) -> None:
        self.entered = threading.Event()
        self.opened = threading.Event()

    def __call__(self, connection: Connection) -> None:
        self.entered.set()
        assert self.opened.wait(10)


async def behind_gate(database: Database, *works: Any) -> list[Any]:
    """The outcomes of `works`, which the writer finds waiting together."""
    gate = Gate()
    first = asyncio.create_task(database.write(gate))
    await asyncio.to_thread(gate.entered.wait, 10)
    waiting = [asyncio.create_task(database.write(work)) for work in works]
    await asyncio.sleep(0)
    gate.opened.set()
    await first
    return await asyncio.gather(*waiting, return_exceptions=True)


async def test_a_write_gives_the_result_of_its_work(database: Database) -> None:
    assert await database.write(lambda connection: connection.exec_driver_sql("SELECT 1 + 1").scalar_one()) == 2


async def test_what_was_written_is_read(database: Database) -> None:
    await database.write(add("a"))

    assert await database.read(count) == 1


async def test_units_that_wait_together_are_committed_together(database: Database, home: Any) -> None:
    seen: list[int] = []

    def look(connection: Connection) -> None:
        with sqlite3.connect(home.database) as other:
            seen.append(other.execute("SELECT count(*) FROM batches").fetchone()[0])
        other.close()

    await behind_gate(database, add("a"), add("b"), look)

    assert seen == [0], "the others' rows were committed before the group was"
    assert await database.read(count) == 2


async def test_a_failing_unit_spoils_nobody_elses(database: Database) -> None:
    first, twice, other = await behind_gate(database, add("a"), add("a"), add("b"))

    assert not isinstance(first, BaseException)
    assert isinstance(twice, IntegrityError)
    assert not isinstance(other, BaseException)
    assert await database.read(count) == 2


async def test_a_failing_unit_leaves_nothing_of_its_own(database: Database) -> None:
    def half(connection: Connection) -> None:
        add("half")(connection)
        raise ValueError("changed my mind")

    with pytest.raises(ValueError, match="changed my mind"):
        await database.write(half)

    assert await database.read(count) == 0


async def test_more_units_than_a_group_holds_all_arrive(database: Database) -> None:
    many = UNITS_PER_COMMIT * 3 + 1

    await asyncio.gather(*(database.write(add(f"n{i}")) for i in range(many)))

    assert await database.read(count) == many


async def test_the_event_loop_is_woken_once_for_a_group(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    loop = asyncio.get_running_loop()
    calls: list[Any] = []
    original = loop.call_soon_threadsafe

    def counted(callback: Any, *args: Any, **options: Any) -> Any:
        if "settle" in getattr(callback, "__qualname__", ""):
            calls.append(callback)
        return original(callback, *args, **options)

    monkeypatch.setattr(loop, "call_soon_threadsafe", counted)
    await behind_gate(database, *(add(f"n{i}") for i in range(20)))

    assert len(calls) == 2, "one for the gate, one for the twenty"


async def test_a_full_queue_refuses_all_but_essential_work(home: Any) -> None:
    database = Database.open(home.database, queue=2)
    gate = Gate()
    try:
        first = asyncio.create_task(database.write(gate))
        await asyncio.to_thread(gate.entered.wait, 10)
        waiting = [asyncio.create_task(database.write(add(f"n{i}"))) for i in range(2)]
        await asyncio.sleep(0)

        with pytest.raises(QueueFull):
            await database.write(add("too many"))
        essential = asyncio.create_task(database.write(add("the end of a run"), essential=True))
        await asyncio.sleep(0)
        gate.opened.set()

        await asyncio.gather(first, *waiting, essential)
        assert await database.read(count) == 3
    finally:
        gate.opened.set()
        database.close()


async def test_closing_finishes_what_waits(home: Any) -> None:
    database = Database.open(home.database)
    writes = [asyncio.create_task(database.write(add(f"n{i}"))) for i in range(10)]
    await asyncio.sleep(0)
    await asyncio.to_thread(database.close)
    await asyncio.gather(*writes)

    with sqlite3.connect(home.database) as plain:
        assert plain.execute("SELECT count(*) FROM batches").fetchone() == (10,)
    plain.close()


async def test_a_closed_database_says_so(home: Any) -> None:
    database = Database.open(home.database)
    database.close()

    with pytest.raises(Unavailable):
        await database.write(add("late"))


async def test_readers_can_not_write(database: Database) -> None:
    with pytest.raises(Exception, match="readonly"):
        await database.read(add("no"))


async def test_a_read_sees_one_moment(database: Database) -> None:
    looked, written = threading.Event(), threading.Event()

    def twice(connection: Connection) -> tuple[int, int]:
        before = count(connection)
        looked.set()
        assert written.wait(10)
        return before, count(connection)

    reading = asyncio.create_task(database.read(twice))
    await asyncio.to_thread(looked.wait, 10)
    await database.write(add("meanwhile"))
    written.set()

    assert await reading == (0, 0)
    assert await database.read(count) == 1


async def test_a_cancelled_caller_disturbs_nobody(database: Database) -> None:
    gate = Gate()
    first = asyncio.create_task(database.write(gate))
    await asyncio.to_thread(gate.entered.wait, 10)
    impatient = asyncio.create_task(database.write(add("a")))
    patient = asyncio.create_task(database.write(add("b")))
    await asyncio.sleep(0)
    impatient.cancel()
    gate.opened.set()
    await asyncio.gather(first, patient)

    assert impatient.cancelled() or impatient.cancelling()
    assert await database.read(count) == 2, "what was handed over is done, whoever still listens"


async def test_a_commit_is_on_the_disk_before_it_is_told(database: Database) -> None:
    def pragmas(connection: Connection) -> tuple[Any, ...]:
        return tuple(
            connection.exec_driver_sql(f"PRAGMA {name}").scalar_one()
            for name in ("journal_mode", "synchronous", "foreign_keys")
        )

    full = 2
    assert await database.write(pragmas) == ("wal", full, 1)


async def test_a_durable_row_costs_well_under_a_millisecond_or_so(database: Database) -> None:
    took = []
    for i in range(200):
        begun = time.perf_counter()
        await database.write(add(f"n{i}"))
        took.append(time.perf_counter() - begun)

    # 0.35 ms on a quiet two-core machine; the bound leaves room for a busy one and still catches a lost group commit
    assert statistics.median(took) < 0.005


class TestSmallWork:
    """A few rows are committed right here when nobody else would be kept waiting."""

    async def test_it_is_on_the_disk_when_it_returns(self, database: Database, home: Any) -> None:
        await database.write(add("a"), small=True)

        with sqlite3.connect(home.database) as other:
            assert other.execute("SELECT count(*) FROM batches").fetchone() == (1,)
        other.close()

    async def test_it_needs_no_other_thread(self, database: Database) -> None:
        assert (
            await database.write(lambda connection: threading.current_thread(), small=True) is threading.main_thread()
        )
        assert await database.write(lambda connection: threading.current_thread()) is not threading.main_thread()

    async def test_its_failure_is_its_own(self, database: Database) -> None:
        await database.write(add("a"), small=True)

        with pytest.raises(IntegrityError):
            await database.write(add("a"), small=True)

        await database.write(add("b"), small=True)
        assert await database.read(count) == 2

    async def test_it_goes_with_the_others_where_others_wait(self, database: Database) -> None:
        gate = Gate()
        first = asyncio.create_task(database.write(gate))
        await asyncio.to_thread(gate.entered.wait, 10)
        queued = asyncio.create_task(database.write(add("a")))
        small = asyncio.create_task(database.write(lambda connection: threading.current_thread(), small=True))
        await asyncio.sleep(0)
        gate.opened.set()

        assert await small is not threading.main_thread()
        await asyncio.gather(first, queued)

    async def test_it_goes_with_the_others_under_traffic(self, home: Any) -> None:
        busy = Database.open(home.database, quiet=lambda: False)

        thread = await busy.write(lambda connection: threading.current_thread(), small=True)

        assert thread is not threading.main_thread()
        busy.close()

    async def test_a_slow_disk_is_waited_for_by_the_writer_alone(self, database: Database) -> None:
        database._writer._usual_seconds = 1.0

        thread = await database.write(lambda connection: threading.current_thread(), small=True)

        assert thread is not threading.main_thread()

    async def test_a_disk_that_is_quick_again_is_noticed(self, database: Database, wait_for: Any) -> None:
        database._writer._usual_seconds = 0.01

        for i in range(200):
            await database.write(add(f"n{i}"), small=True)

        assert database._writer._usual_seconds < 0.01


async def test_the_log_is_moved_into_the_file(database: Database, home: Any, wait_for: Any) -> None:
    def many(connection: Connection) -> None:
        connection.exec_driver_sql(ADD, [(f"{i:0200}",) for i in range(ROWS_PER_CHECKPOINT)])

    before = home.database.stat().st_size
    await database.write(many)

    await wait_for(lambda: home.database.stat().st_size > before + 50_000, description="rows in the file itself")
