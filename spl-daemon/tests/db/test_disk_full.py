"""A full disk refuses what can wait, accepts what ends runs or makes room, and heals."""

from __future__ import annotations

import sqlite3
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection

from spl.core.errors import DiskFull
from spl.daemon.db import Database
from spl.daemon.db.ballast import Ballast

pytestmark = pytest.mark.anyio

MIB = 1024 * 1024
ADD = "INSERT INTO batches (id, object, version, function, total, created_at) VALUES (?, ?, 1, NULL, 1, 1)"


class SmallDisk(Ballast):
    """A ballast whose release gives the database the pages it lacked."""

    database: Database | None = None

    def release(self) -> bool:
        if not super().release():
            return False
        assert SmallDisk.database is not None
        SmallDisk.database._writer._raw.execute("PRAGMA max_page_count = 1000000")
        return True


def fill(connection: Connection) -> None:
    connection.exec_driver_sql(ADD, ("big", "x" * MIB))


def small(identity: str) -> Any:
    return lambda connection: connection.exec_driver_sql(ADD, (identity, "o"))


def shrink(connection: Connection) -> None:
    """From now on the file may not grow."""
    pages = connection.exec_driver_sql("PRAGMA page_count").scalar_one()
    connection.exec_driver_sql(f"PRAGMA max_page_count = {pages}")


async def rows(database: Database) -> set[str]:
    return set(await database.read(lambda c: c.exec_driver_sql("SELECT id FROM batches").scalars().all()))


@pytest.fixture
async def full(tmp_path: Path) -> AsyncIterator[Database]:
    """A database on a disk without room, and no ballast."""
    database = Database.open(tmp_path / "daemon.sqlite3")
    await database.write(small("before"))
    await database.write(shrink)
    yield database
    database.close()


@pytest.fixture
async def with_ballast(tmp_path: Path) -> AsyncIterator[tuple[Database, Ballast]]:
    ballast = SmallDisk(tmp_path / "ballast", 1 * MIB)
    assert ballast.fill()
    database = SmallDisk.database = Database.open(tmp_path / "daemon.sqlite3", ballast=ballast)
    await database.write(small("before"))
    await database.write(shrink)
    yield database, ballast
    database.close()


async def test_a_write_without_room_is_refused_and_nothing_is_lost(full: Database) -> None:
    with pytest.raises(DiskFull) as refused:
        await full.write(fill)

    assert refused.value.hint
    assert full.disk_full
    assert await rows(full) == {"before"}


async def test_while_the_disk_is_full_only_essential_work_is_accepted(full: Database) -> None:
    with pytest.raises(DiskFull):
        await full.write(fill)

    with pytest.raises(DiskFull):
        await full.write(small("can wait"))
    await full.write(lambda connection: connection.exec_driver_sql("DELETE FROM batches"), essential=True)

    assert await rows(full) == set()


async def test_the_ballast_saves_the_very_write_that_met_the_full_disk(with_ballast: tuple[Database, Ballast]) -> None:
    database, ballast = with_ballast

    await database.write(fill, essential=True)

    assert await rows(database) == {"before", "big"}
    assert not ballast.path.exists()
    assert database.disk_full


async def test_with_the_ballast_back_everything_is_welcome_again(with_ballast: tuple[Database, Ballast]) -> None:
    database, ballast = with_ballast
    await database.write(fill, essential=True)

    database.make_room_again()
    await database.write(small("after"))

    assert ballast.path.stat().st_size == 1 * MIB
    assert await rows(database) == {"before", "big", "after"}


def test_the_ballast_takes_real_room(tmp_path: Path) -> None:
    ballast = Ballast(tmp_path / "ballast", 1 * MIB)

    assert ballast.fill()

    assert ballast.path.stat().st_blocks * 512 >= 1 * MIB


def test_there_is_no_ballast_where_room_is_scarce(tmp_path: Path) -> None:
    ballast = Ballast(tmp_path / "ballast", 1 << 60)

    assert not ballast.fill()
    assert not ballast.path.exists()


def test_a_ballast_of_another_size_is_made_anew(tmp_path: Path) -> None:
    (tmp_path / "ballast").write_bytes(b"cut off")

    assert Ballast(tmp_path / "ballast", 1 * MIB).fill()

    assert (tmp_path / "ballast").stat().st_size == 1 * MIB


def test_releasing_twice_gives_once(tmp_path: Path) -> None:
    ballast = Ballast(tmp_path / "ballast", 1 * MIB)
    ballast.fill()

    assert ballast.release()
    assert not ballast.release()


def test_a_disk_without_room_for_the_schema_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(connection: sqlite3.Connection) -> None:
        connection.execute("PRAGMA max_page_count = 1")
        connection.execute("CREATE TABLE too_much (a)")

    monkeypatch.setattr("spl.daemon.db.upgrade._create", full)

    with pytest.raises(DiskFull):
        Database.open(tmp_path / "daemon.sqlite3")


def test_a_file_that_can_not_be_opened_is_named(tmp_path: Path) -> None:
    (tmp_path / "daemon.sqlite3").mkdir()

    with pytest.raises(Exception, match=r"daemon\.sqlite3 can't be opened"):
        Database.open(tmp_path / "daemon.sqlite3")
