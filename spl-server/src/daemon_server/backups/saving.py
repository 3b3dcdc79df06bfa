"""Makes a backup, also while the server works."""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
from contextlib import closing
from pathlib import Path

from psycopg.conninfo import conninfo_to_dict
from sqlalchemy import text

from daemon_server import __version__
from daemon_server.backups.manifest import (
    BLOBS,
    FORMAT,
    PEPPER,
    PGDUMP,
    SQLITE,
    Entry,
    Manifest,
    hash_of,
    link_or_copy,
)
from daemon_server.clock import Clock, SystemClock
from daemon_server.db.connections import open_file
from daemon_server.db.postgresql import address
from daemon_server.db.upgrade import HEAD, changing, current
from daemon_server.errors import BackupUnusable
from daemon_server.home import Home
from daemon_server.settings import Settings

_GENERATION = text("SELECT generation FROM fences")


def save(settings: Settings, folder: Path, *, clock: Clock | None = None) -> Manifest:
    """Write a backup into `folder`, which must be empty or not there.

    Blobs are linked before the database is copied and once more after it: whatever the copy's rows name is there.

    Raises:
        BackupUnusable: the folder is not empty, or PostgreSQL's own tools are missing or failed.
        SchemaMismatch, DatabaseGone: the database can't be read.
    """
    home = Home(settings.home)
    if folder.exists() and any(folder.iterdir()):
        raise BackupUnusable(f"{folder} is not empty.", hint="Name a folder that is not there yet.")
    if not settings.database_url and not home.database.exists():
        raise BackupUnusable(f"There is no server in {home.root}.", hint="Pass its --home.")
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    folder.chmod(0o700)
    _link_blobs(home, folder)
    created_at = (clock or SystemClock()).wall_ms()
    database = _dump(settings.database_url, folder) if settings.database_url else _copy(home.database, folder)
    _link_blobs(home, folder)
    if home.pepper.exists():
        shutil.copyfile(home.pepper, folder / PEPPER)
        (folder / PEPPER).chmod(0o600)
    revision, generation = _state_of(settings, folder)
    manifest = Manifest(
        format=FORMAT,
        version=__version__,
        created_at=created_at,
        database="postgresql" if settings.database_url else "sqlite",
        schema=revision,
        generation=generation,
        files=tuple(_entries(folder, [database, PEPPER])),
    )
    manifest.write(folder)
    return manifest


def _link_blobs(home: Home, folder: Path) -> None:
    for path in sorted(home.blobs.glob("??/??/*")):
        try:
            link_or_copy(path, folder / BLOBS / path.relative_to(home.blobs))
        except FileNotFoundError:
            continue  # swept in this moment: no row names it


def _copy(source: Path, folder: Path) -> str:
    """The file as of one moment, whoever writes to it meanwhile."""
    with closing(open_file(source, query_only=True)) as live, closing(sqlite3.connect(folder / SQLITE)) as copy:
        live.backup(copy)
        copy.execute("PRAGMA journal_mode = DELETE")  # one file, without a log beside it
    (folder / SQLITE).chmod(0o600)
    return SQLITE


def _dump(url: str, folder: Path) -> str:
    tool = shutil.which("pg_dump")
    if tool is None:
        raise BackupUnusable(
            "pg_dump is not on the PATH, and a PostgreSQL database is saved with it.",
            hint="Install the client tools of your PostgreSQL, at least as new as the server.",
        )
    # The address may hold a password, so it goes through the environment rather than the list of processes.
    command = [tool, "--format=custom", f"--file={folder / PGDUMP}"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=pg_environment(url))
    if done.returncode:
        raise BackupUnusable(f"pg_dump failed: {done.stderr.strip()[-500:]}")
    return PGDUMP


def pg_environment(url: str) -> dict[str, str]:
    """The variables that tell PostgreSQL's own tools where the database is."""
    names = {"host": "PGHOST", "port": "PGPORT", "user": "PGUSER", "password": "PGPASSWORD", "dbname": "PGDATABASE"}
    known = conninfo_to_dict(address(url).set(drivername="postgresql").render_as_string(hide_password=False))
    return os.environ | {names[name]: str(value) for name, value in known.items() if name in names}


def _state_of(settings: Settings, folder: Path) -> tuple[str, int]:
    """The revision and the generation of what was saved."""
    with changing(settings.database_url or folder / SQLITE) as connection:
        revision = current(connection)
        if revision != HEAD:
            raise BackupUnusable(f"The database is at {revision}, not at {HEAD}.", hint="Upgrade it first.")
        generation = int(connection.execute(_GENERATION).scalar_one())
    if not settings.database_url:
        with closing(sqlite3.connect(folder / SQLITE)) as copy:
            copy.execute("PRAGMA journal_mode = DELETE")
    return revision, generation


def _entries(folder: Path, names: list[str]) -> list[Entry]:
    found = [
        Entry(name, (folder / name).stat().st_size, hash_of(folder / name))
        for name in names
        if (folder / name).exists()
    ]
    blobs = sorted((folder / BLOBS).glob("??/??/*"))  # named by their hash; `verify` checks that they have it
    return found + [Entry(path.relative_to(folder).as_posix(), path.stat().st_size, path.name) for path in blobs]
