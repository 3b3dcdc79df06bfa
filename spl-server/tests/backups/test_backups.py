"""A backup: made while the server works, checked, and brought back without bringing back what should stay gone."""

from __future__ import annotations

import asyncio
import hashlib
import shutil
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from daemon_server import backups
from daemon_server.db import Database, Session
from daemon_server.db.opening import connect
from daemon_server.db.sqlite import SqliteDatabase
from daemon_server.db.upgrade import HEAD, changing, upgrade
from daemon_server.errors import BackupUnusable, HomeLocked
from daemon_server.home import Home
from daemon_server.settings import Settings

pytestmark = pytest.mark.anyio

DAY_MS = 86_400_000
ADD_BLOB = text("INSERT INTO blobs (sha256, size, created_at) VALUES (:sha256, :size, 1)")


def put_blob(home: Home, content: bytes) -> str:
    sha256 = hashlib.sha256(content).hexdigest()
    path = home.blobs / sha256[:2] / sha256[2:4] / sha256
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return sha256


def add_blob(home: Home, content: bytes) -> Any:
    """File first, row after it, as uploads do."""
    sha256 = put_blob(home, content)
    return lambda session: session.execute(ADD_BLOB, {"sha256": sha256, "size": len(content)}) and sha256


@pytest.fixture
def stamped(sqlite_path: Path, home: Home) -> SqliteDatabase:
    """A database that says which revision it is at, as one that a server made does."""
    with changing(sqlite_path) as connection:
        connection.exec_driver_sql("CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL PRIMARY KEY)")
        connection.exec_driver_sql(f"INSERT INTO alembic_version VALUES ('{HEAD}')")
    return None  # type: ignore[return-value]


@pytest.fixture
def busy(stamped: None, sqlite_database: SqliteDatabase, people: Any, home: Home) -> SqliteDatabase:
    """A server's database with a user, tokens and a blob."""
    sqlite_database.transact(add_blob(home, b"a value"))
    return sqlite_database


def restored(folder: Path, home: Path, **options: Any) -> tuple[backups.Restored, Settings]:
    settings = Settings(home=home, ballast_bytes=0)
    return backups.restore(folder, settings, **options), settings


async def test_a_backup_under_load_is_of_one_moment_and_whole(
    busy: SqliteDatabase, settings: Settings, home: Home, tmp_path: Path
) -> None:
    written: list[str] = []
    enough = asyncio.Event()

    async def write() -> None:
        number = 0
        while not enough.is_set():
            written.append(await busy.write(add_blob(home, f"value {number}".encode())))
            number += 1

    writing = asyncio.create_task(write())
    counts: list[int] = []
    for attempt in range(5):
        while len(written) < 10 * (attempt + 1) and not writing.done():
            await asyncio.sleep(0)
        before = len(written)
        folder = tmp_path / f"backup-{attempt}"
        await asyncio.to_thread(backups.save, settings, folder)
        checked = await asyncio.to_thread(backups.verify, folder)
        assert checked.ok, checked.findings
        with closing(sqlite3.connect(folder / "server.sqlite3")) as copy:
            saved = {row[0] for row in copy.execute("SELECT sha256 FROM blobs")}
        assert set(written[:before]) <= saved  # what was acknowledged before the backup began is in it
        counts.append(len(saved))
    enough.set()
    await writing
    assert counts == sorted(counts)
    assert counts[-1] > counts[0] > 1


async def test_what_comes_back_is_what_was_there(busy: SqliteDatabase, settings: Settings, tmp_path: Path) -> None:
    manifest = backups.save(settings, tmp_path / "backup")

    back, there = restored(tmp_path / "backup", tmp_path / "other")

    assert (back.generation, manifest.generation) == (2, 1)
    assert (there.home / "pepper").read_bytes() == (settings.home / "pepper").read_bytes()
    db = connect(there, Home(there.home))
    try:
        assert db.query(lambda session: session.scalar(text("SELECT name FROM users"))) == "root"
        assert db.query(lambda session: session.scalar(text("SELECT generation FROM fences"))) == 2
    finally:
        db.close()
    content = hashlib.sha256(b"a value").hexdigest()
    assert (there.home / "blobs" / content[:2] / content[2:4] / content).read_bytes() == b"a value"


async def test_credentials_nobody_used_stay_disabled_and_are_named(
    busy: SqliteDatabase, people: Any, settings: Settings, tmp_path: Path
) -> None:
    user = people.user("alice")
    people.token(user, name="forgotten")
    people.token(user, name="in use")
    used = text("UPDATE tokens SET last_used_at = :at WHERE name = 'in use'")
    manifest_at = 4_000_000_000_000  # later than any expiry would be looked at from
    busy.transact(lambda session: session.execute(used, {"at": manifest_at}) and None)
    far = text("UPDATE tokens SET expires_at = 5000000000000")
    busy.transact(lambda session: session.execute(far) and None)
    backups.save(settings, tmp_path / "backup")

    back, there = restored(tmp_path / "backup", tmp_path / "other")
    kept, _ = restored(tmp_path / "backup", tmp_path / "kept", keep_tokens=True)

    assert [(token.name, token.user) for token in back.disabled] == [("forgotten", "alice")]
    assert kept.disabled == ()
    with closing(sqlite3.connect(there.home / "server.sqlite3")) as found:
        rows = dict(found.execute("SELECT name, revoked_by FROM tokens").fetchall())
    assert rows == {"forgotten": "restore", "in use": None}


@pytest.mark.parametrize("harm", ["manifest", "database", "blob", "blob content", "pepper"])
async def test_a_backup_that_is_not_whole_is_told_of_and_not_restored(
    busy: SqliteDatabase, settings: Settings, tmp_path: Path, harm: str
) -> None:
    folder = tmp_path / "backup"
    backups.save(settings, folder)
    blob = next(path for path in (folder / "blobs").rglob("*") if path.is_file())
    match harm:
        case "manifest":
            (folder / "manifest.json").unlink()
        case "database":
            with (folder / "server.sqlite3").open("r+b") as file:
                file.seek(5_000)
                file.write(b"harm")
        case "blob":
            blob.unlink()
        case "blob content":
            blob.unlink()  # a link: the home's own stays as it is
            blob.write_bytes(b"a volue")
        case "pepper":
            (folder / "pepper").unlink()

    if harm != "manifest":
        assert not backups.verify(folder).ok
    with pytest.raises(BackupUnusable):
        restored(folder, tmp_path / "other")
    assert not (tmp_path / "other").exists()


async def test_nothing_is_written_over(busy: SqliteDatabase, settings: Settings, tmp_path: Path) -> None:
    backups.save(settings, tmp_path / "backup")

    with pytest.raises(BackupUnusable, match="not empty"):
        backups.save(settings, tmp_path / "backup")
    with pytest.raises(BackupUnusable, match="not empty"):
        backups.restore(tmp_path / "backup", settings)


@pytest.mark.skipif(shutil.which("pg_dump") is None, reason="pg_dump is not installed")
async def test_postgresql_is_saved_and_brought_back(postgresql_cluster: Any, tmp_path: Path) -> None:
    source, target = (postgresql_cluster.create(name) for name in ("saved", "brought_back"))
    try:
        upgrade(source)
        here = Settings(home=tmp_path / "here", database_url=source)
        there = Settings(home=tmp_path / "there", database_url=target)
        Home(here.home).prepare()

        backups.save(here, tmp_path / "backup")
        assert backups.verify(tmp_path / "backup").ok
        assert backups.restore(tmp_path / "backup", there).generation == 2
        with pytest.raises(BackupUnusable, match="not empty"):
            backups.restore(tmp_path / "backup", Settings(home=tmp_path / "third", database_url=target))
    finally:
        for name in ("saved", "brought_back"):
            postgresql_cluster.drop(name)


def test_the_commands_do_it_from_a_shell(server_process: Any, server_processes: Any, tmp_path: Path) -> None:
    made = server_process.command("init-admin", "alice")

    saved = server_process.command("backup", str(tmp_path / "backup"))
    other = server_processes(home=tmp_path / "other")
    verified = subprocess.run(
        [sys.executable, "-m", "daemon_server", "verify", str(tmp_path / "backup")], capture_output=True, text=True
    )
    back = other.command("restore", str(tmp_path / "backup"))
    other.start()

    assert made["user"] == "alice"
    assert (saved["generation"], back["generation"], verified.returncode) == (1, 2, 0)
    assert other.command("db", "check")["ok"]
    assert {finding["what"] for finding in other.command("doctor")["findings"]} >= {"home", "disk", "tables", "people"}
