"""Pages of runs and objects where there are very many: a server's home, filled beside its back."""

from __future__ import annotations

import os
import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import closing
from functools import partial
from pathlib import Path

import httpx
import psycopg

from bench.figures import Figure, p95_ms, timed
from bench.remote import UNLIMITED, Server, Stack, postgresql_url
from bench.swarm import bundle_text

RUNS = int(os.environ.get("SPL_BENCH_LIST_RUNS", "1000000"))
OBJECTS = int(os.environ.get("SPL_BENCH_LIST_OBJECTS", "100000"))
PAGES = 60
BAR_MS = 50

# One run and one object were made by the server; the others are copies that differ in what lists look at: nine in ten
# succeeded, a hundred wait, and the names of a thousand objects come up in turn.
_STATE = (
    "CASE WHEN n.i <= 100 THEN 'queued' WHEN n.i % 10 = 0 THEN 'failed' WHEN n.i % 97 = 0 THEN 'cancelled' "
    "ELSE 'succeeded' END"
)
_RUN = {
    "id": "'run_' || {number}",
    "object": "'echo_' || (n.i % 1000)",
    "state": _STATE,
    "created_at": "runs.created_at - 1000 * (n.i + 0)",
    "finished_at": f"CASE {_STATE} WHEN 'queued' THEN NULL ELSE runs.created_at END",
}
_OBJECT = {"id": "'obj_' || {number}", "name": "'name_' || {number}", "display_name": "'Name ' || n.i"}
_VERSION = {"id": "'ver_' || {number}", "object_id": "'obj_' || {number}"}


def copies(table: str, columns: list[str], changed: dict[str, str], count: int, *, dialect: str) -> str:
    """A statement that copies the one row of a table so many times."""
    number = "printf('%020d', n.i)" if dialect == "sqlite" else "lpad(n.i::text, 20, '0')"
    picked = ", ".join(
        changed[name].format(number=number) if name in changed else f"{table}.{name}" for name in columns
    )
    if dialect == "sqlite":
        numbers = f"WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {count})"
        one = f"(SELECT * FROM {table} LIMIT 1) AS {table}"
        return f"INSERT INTO {table} ({', '.join(columns)}) {numbers} SELECT {picked} FROM n, {one}"
    one = f"(SELECT * FROM {table} LIMIT 1) AS {table}"
    return f"INSERT INTO {table} ({', '.join(columns)}) SELECT {picked} FROM generate_series(1, {count}) AS n(i), {one}"


FILLED = (("runs", _RUN, RUNS), ("objects", _OBJECT, OBJECTS), ("versions", _VERSION, OBJECTS))


def fill_sqlite(path: Path) -> None:
    with closing(sqlite3.connect(path, timeout=60)) as connection, connection:
        for table, changed, count in FILLED:
            columns = [row[1] for row in connection.execute(f"PRAGMA table_info({table})")]
            connection.execute(copies(table, columns, changed, count, dialect="sqlite"))


def fill_postgresql(url: str) -> None:
    with psycopg.connect(url) as connection:
        for table, changed, count in FILLED:
            found = connection.execute(
                "SELECT column_name FROM information_schema.columns WHERE table_name = %s", (table,)
            )
            columns = [f'"{row[0]}"' for row in found]
            named = {f'"{name}"': value for name, value in changed.items()}
            statement = copies(table, columns, named, count, dialect="postgresql")
            connection.execute(statement.encode())
    with psycopg.connect(url, autocommit=True) as connection:  # as the database does by itself after a minute
        connection.execute("VACUUM ANALYZE")


def first_of_all(server: Server, token: str) -> None:
    """One object and one run of it."""
    place = "/owners/alice/libraries/default/objects"
    server.request("POST", place, {"yaml": bundle_text(), "name": "echo", "env": "default"}, token=token)
    machine = server.request("POST", "/daemon-enrollment", {"machine_id": "here"}, token=token)["machine_id"]
    body = {"object": "echo", "kwargs": {"n": 1}, "target_machine": machine}
    server.request("POST", "/remote-runs", body, token=token)


def pages(server: Server, token: str, where: str) -> Iterator[Figure]:
    asked = {
        "runs, first page": "/remote-runs?limit=100",
        "runs that wait": "/remote-runs?state=queued&limit=100",
        "runs that failed": "/remote-runs?state=failed&limit=100",
        "runs of one object": "/remote-runs?object=echo_7&limit=100",
        "objects, first page": "/objects?limit=100",
        "objects, searched": "/objects?q=name_0000000000000000099&limit=100",
    }
    with httpx.Client(base_url=server.url, headers={"Authorization": f"Bearer {token}"}, timeout=60) as client:
        for what, path in asked.items():
            found = client.get(path).raise_for_status().json()["items"]
            assert found, path
            seconds = timed(partial(client.get, path), times=PAGES, warm_up=5)
            yield Figure(f"{what}, {where}, p95", p95_ms(seconds), "ms", BAR_MS, f"{len(found)} lines")
        for what, path in (("runs", "/remote-runs?limit=100"), ("objects", "/objects?limit=100")):
            seconds = []
            following = path
            for _ in range(PAGES):
                seconds += timed(partial(client.get, following), times=1, warm_up=0)
                cursor = client.get(following).json()["next"]
                following = f"{path}&cursor={cursor}"
            yield Figure(f"{what}, page after page, {where}, p95", p95_ms(seconds), "ms", BAR_MS)


def figures() -> Iterator[Figure]:
    size = f"{RUNS:,} runs, {OBJECTS:,} objects"
    with tempfile.TemporaryDirectory(prefix="spl-bench-") as place, Stack(Path(place)) as stack:
        stack.env |= UNLIMITED
        server = stack.server()
        token = server.person("alice")
        first_of_all(server, token)
        fill_sqlite(next(server.home.glob("*.sqlite3")))
        yield from pages(server, token, f"{size}, SQLite")
    with (
        postgresql_url() as url,
        tempfile.TemporaryDirectory(prefix="spl-bench-") as place,
        Stack(Path(place)) as stack,
    ):
        stack.env |= UNLIMITED
        server = stack.server(database_url=url)
        token = server.person("alice")
        first_of_all(server, token)
        fill_postgresql(url)
        yield from pages(server, token, f"{size}, PostgreSQL")
