"""Brings a backup back, into an empty home.

What happened after the backup is not known any more, so nothing of it may quietly come true again: fences are from a
new generation, console sessions are gone, runs that were under way are in doubt, and credentials that nobody used for
long before the backup stay disabled until somebody issues new ones.
"""

from __future__ import annotations

import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import inspect, text

from daemon_server.audit import service as audit
from daemon_server.backups.manifest import BLOBS, PEPPER, PGDUMP, SQLITE, Manifest, link_or_copy
from daemon_server.backups.saving import pg_environment
from daemon_server.backups.verifying import verify
from daemon_server.clock import SystemClock
from daemon_server.db import Session
from daemon_server.db.opening import connect
from daemon_server.db.upgrade import changing
from daemon_server.errors import BackupUnusable
from daemon_server.home import Home
from daemon_server.runs import reaper
from daemon_server.settings import Settings

# A credential that was in use is used within a month. One that was not may have been revoked since the backup.
UNUSED_DAYS = 30
DAY_MS = 86_400_000

_END_SESSIONS = text("DELETE FROM sessions")
_UNUSED = text(
    "SELECT t.id, t.kind, t.name, u.name AS user_name FROM tokens t JOIN users u ON u.id = t.user_id "
    "WHERE t.revoked_at IS NULL AND t.expires_at > :now "
    "AND (t.kind IN ('enrolment', 'login') OR COALESCE(t.last_used_at, 0) < :used_after) ORDER BY u.name, t.id"
)
_DISABLE = text(
    "UPDATE tokens SET revoked_at = :now, revoked_by = 'restore', revoked_reason = 'not used before the backup' "
    "WHERE id = :id"
)


@dataclass(frozen=True, slots=True)
class Disabled:
    """A credential that was not brought back."""

    id: str
    kind: str
    name: str
    user: str


@dataclass(frozen=True, slots=True)
class Restored:
    """What was brought back."""

    manifest: Manifest
    generation: int
    disabled: tuple[Disabled, ...]


def restore(folder: Path, settings: Settings, *, keep_tokens: bool = False) -> Restored:
    """Bring the backup back into the home, and the database, that the settings name. Both must be empty.

    Raises:
        BackupUnusable: it is not whole, or there is something already where it should go.
    """
    checked = verify(folder)
    if not checked.ok:
        raise BackupUnusable(f"The backup is not whole: {'; '.join(checked.findings[:3])}.", hint="Use another.")
    manifest, home = checked.manifest, Home(settings.home)
    if (manifest.database == "postgresql") != bool(settings.database_url):
        raise BackupUnusable(f"The backup is one of {manifest.database}.", hint="Restore it into the same kind.")
    if home.root.exists() and any(home.root.iterdir()):
        raise BackupUnusable(f"{home.root} is not empty.", hint="Restore into a home that is not there yet.")
    home.prepare(sqlite=not settings.database_url)
    with home.lock():
        if settings.database_url:
            _load(settings.database_url, folder / PGDUMP)
        else:
            shutil.copyfile(folder / SQLITE, home.database)
            home.database.chmod(0o600)
        for sha256 in manifest.blobs:
            place = Path(sha256[:2]) / sha256[2:4] / sha256
            link_or_copy(folder / BLOBS / place, home.blobs / place)
        if (folder / PEPPER).exists():
            shutil.copyfile(folder / PEPPER, home.pepper)
            home.pepper.chmod(0o600)
        db = connect(settings, home, SystemClock())
        try:
            generation, disabled = db.transact(lambda session: _new_life(session, manifest, keep_tokens=keep_tokens))
        finally:
            db.close()
    return Restored(manifest, generation, disabled)


def _new_life(session: Session, manifest: Manifest, *, keep_tokens: bool) -> tuple[int, tuple[Disabled, ...]]:
    generation = reaper.restored(session, at_least=manifest.generation + 1)
    session.execute(_END_SESSIONS)
    used_after = manifest.created_at - UNUSED_DAYS * DAY_MS
    unused = [] if keep_tokens else session.rows(_UNUSED, {"now": session.now, "used_after": used_after})
    disabled = tuple(Disabled(row.id, row.kind, row.name, row.user_name) for row in unused)
    for token in disabled:
        session.execute(_DISABLE, {"now": session.now, "id": token.id})
    audit.record(
        session, None, "restore", f"generation {generation}",
        backup=manifest.created_at, disabled=[token.id for token in disabled],
    )  # fmt: skip
    return generation, disabled


def _load(url: str, dump: Path) -> None:
    with changing(url) as connection:
        if inspect(connection).get_table_names():
            raise BackupUnusable("The database is not empty.", hint="Create a new one and name it in --database-url.")
    tool = shutil.which("pg_restore")
    if tool is None:
        raise BackupUnusable("pg_restore is not on the PATH.", hint="Install the client tools of your PostgreSQL.")
    environment = pg_environment(url)
    command = [
        tool,
        "--no-owner",
        "--exit-on-error",
        "--single-transaction",
        f"--dbname={environment['PGDATABASE']}",
        str(dump),
    ]
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=environment)
    if done.returncode:
        raise BackupUnusable(f"pg_restore failed: {done.stderr.strip()[-500:]}")
