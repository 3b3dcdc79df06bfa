"""`spl-server doctor`: what could be wrong, looked at in one go, changing nothing."""

from __future__ import annotations

import json as json_module
import shutil
import sqlite3
import stat
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import asdict, dataclass
from typing import Any, Literal

import typer
from sqlalchemy import text

from daemon_server.cli.options import DatabaseUrl, HomeFolder, Json, settings_of
from daemon_server.cli.output import show
from daemon_server.clock import SystemClock
from daemon_server.db.connections import open_file
from daemon_server.db.upgrade import HEAD, changing, current, revision_of
from daemon_server.errors import Refusal
from daemon_server.home import NETWORK_FILESYSTEMS, Home, filesystem
from daemon_server.settings import Settings

app = typer.Typer()

# Below these shares of the disk it is time to look, and content is refused.
LOW_SHARE, FULL_SHARE = 0.10, 0.05
# The first SQLite without a fault that could damage a log which several processes write at once.
SOUND_SQLITE = (3, 51, 3)


# Clocks that are kept by NTP are within a tenth of this; one-time codes live for ten minutes.
CLOCK_MS = 5_000
# Machines named in one line; whoever has more of them has one thing to mend.
MOST_NAMED = 5


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at, and how it is."""

    what: str
    state: Literal["ok", "warning", "bad"]
    text: str


@app.command("doctor")
def doctor(home: HomeFolder = None, database_url: DatabaseUrl = None, json: Json = False) -> None:
    """Look for what could be wrong: home, disk, database, tables, clocks, tools. Exit code 1 where something is."""
    settings = settings_of(home, database_url)
    found = [
        finding for look in (_home, _disk, _database, _admin, _clocks, _tools) for finding in _looked(look, settings)
    ]
    signs = {"ok": "ok      ", "warning": "warning ", "bad": "BAD     "}
    lines = [f"{signs[finding.state]}{finding.what}: {finding.text}" for finding in found]
    bad = any(finding.state == "bad" for finding in found)
    show({"ok": not bad, "findings": [asdict(finding) for finding in found]}, lines, as_json=json)
    if bad:
        raise typer.Exit(1)


type Look = Callable[[Settings], Iterator[Finding]]


def _looked(look: Look, settings: Settings) -> list[Finding]:
    try:
        return list(look(settings))
    except Refusal as error:
        return [Finding("database", "bad", error.message)]


def _home(settings: Settings) -> Iterator[Finding]:
    root = settings.home
    if not root.is_dir():
        yield Finding("home", "bad", f"{root} is not there; `spl-server serve` makes it")
        return
    private = sys.platform == "win32" or not stat.S_IMODE(root.stat().st_mode) & 0o077
    yield Finding("home", "ok" if private else "bad", f"{root}{'' if private else ' can be read by others: chmod 700'}")
    kind = filesystem(root)
    if not settings.database_url and kind in NETWORK_FILESYSTEMS:
        yield Finding("file system", "bad", f"{kind}: a SQLite file is not safe on a network file system")
    pepper = Home(root).pepper
    if pepper.exists() and sys.platform != "win32" and stat.S_IMODE(pepper.stat().st_mode) & 0o077:
        yield Finding("pepper", "bad", f"{pepper} can be read by others: chmod 600")


def _disk(settings: Settings) -> Iterator[Finding]:
    if settings.home.is_dir():
        usage = shutil.disk_usage(settings.home)
        share = usage.free / usage.total
        state: Literal["ok", "warning", "bad"] = (
            "ok" if share > LOW_SHARE else "warning" if share > FULL_SHARE else "bad"
        )
        yield Finding("disk", state, f"{usage.free:,} bytes free, {share:.0%}")


def _database(settings: Settings) -> Iterator[Finding]:
    path = Home(settings.home).database
    found = revision_of(settings.database_url or path)
    yield Finding("tables", "ok" if found == HEAD else "bad", f"{found or 'none'}; this version needs {HEAD}")
    if settings.database_url or found is None:
        return
    with closing(open_file(path, query_only=True)) as connection:
        checked = connection.execute("PRAGMA quick_check(1)").fetchone()[0]
    yield Finding("database", "ok" if checked == "ok" else "bad", str(checked))
    if sqlite3.sqlite_version_info < SOUND_SQLITE:
        yield Finding(
            "SQLite", "warning",
            f"{sqlite3.sqlite_version}; one server writes alone, so its known fault is not met, but newer is better",
        )  # fmt: skip


def _admin(settings: Settings) -> Iterator[Finding]:
    target = settings.database_url or Home(settings.home).database
    if revision_of(target) == HEAD:
        with changing(target) as connection:
            assert current(connection) == HEAD
            admins = connection.execute(
                text("SELECT count(*) FROM users WHERE admin = 1 AND disabled_at IS NULL")
            ).scalar()
        there = f"{admins} administrators"
        yield Finding(
            "people", "ok" if admins else "bad", there if admins else "no administrator: spl-server init-admin"
        )


def _clocks(settings: Settings) -> Iterator[Finding]:
    """This machine's clock against the database's, against how far time had come, and the machines' against it."""
    target = settings.database_url or Home(settings.home).database
    if revision_of(target) != HEAD:
        return
    with changing(target) as connection:
        now = SystemClock().wall_ms()
        asked = "SELECT CAST(extract(epoch FROM clock_timestamp()) * 1000 AS bigint)" if settings.database_url else None
        there = int(connection.execute(text(asked)).scalar() or now) if asked else now
        come = int(connection.execute(text("SELECT max(at) FROM clock_marks")).scalar() or 0)
        told = connection.execute(
            text("SELECT name, snapshot FROM machines WHERE revoked_at IS NULL ORDER BY name")
        ).all()
    if abs(there - now) > CLOCK_MS:
        yield Finding("clock", "warning", f"{_off(now - there)} the database's: set it, `timedatectl set-ntp true`")
    elif come - there > CLOCK_MS:
        said = f"{_off(there - come)} what it had come to: was it set back? If it was ahead by mistake before"
        yield Finding("clock", "warning", f"{said}: spl-server clock-reset")
    else:
        yield Finding("clock", "ok", "goes on where it was")
    yield from _clocks_of_machines([(str(name), json_module.loads(snapshot)) for name, snapshot in told])


def _clocks_of_machines(told: Sequence[tuple[str, dict[str, Any]]]) -> Iterator[Finding]:
    skews = [(name, skew) for name, snapshot in told if isinstance(skew := snapshot.get("clock_skew_ms"), int)]
    wrong = [f"{name} is {_off(skew)} ours" for name, skew in skews if abs(skew) > CLOCK_MS]
    if wrong:
        more = f", and {len(wrong) - MOST_NAMED} more" if len(wrong) > MOST_NAMED else ""
        named = ", ".join(wrong[:MOST_NAMED])
        yield Finding("machines' clocks", "warning", f"{named}{more}: set them there, `timedatectl set-ntp true`")
    elif skews:
        yield Finding("machines' clocks", "ok", f"{len(skews)} told theirs, all within {CLOCK_MS // 1000} s")


def _off(milliseconds: int) -> str:
    seconds = abs(milliseconds) // 1000
    length = f"{seconds} s" if seconds < 120 else f"{seconds // 60} min" if seconds < 7200 else f"{seconds // 3600} h"
    return f"{length} {'ahead of' if milliseconds > 0 else 'behind'}"


def _tools(settings: Settings) -> Iterator[Finding]:
    if settings.database_url:
        for tool in ("pg_dump", "pg_restore"):
            found = shutil.which(tool)
            yield Finding(tool, "ok" if found else "warning", found or "not on the PATH; backups need it")
