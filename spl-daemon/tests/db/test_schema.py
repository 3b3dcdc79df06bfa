"""The tables as the migrations make them, as `schema.sql` does, and as the features declare them: all the same."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import create_engine

import spl.daemon.environments.tables
import spl.daemon.objects.tables
import spl.daemon.outbox.tables
import spl.daemon.runs.tables
import spl.daemon.server_link.tables
from spl.core.errors import SchemaMismatch
from spl.daemon.db import Database
from spl.daemon.db.migrations import run_to, run_to_head, script
from spl.daemon.db.schema import metadata
from spl.daemon.db.upgrade import HEAD, check, upgrade


def picture(path: Path) -> dict[str, Any]:
    """Tables with their columns, keys, indexes and references, whatever the statements that made them looked like."""
    with closing(sqlite3.connect(path)) as connection:
        names = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table' AND name != 'alembic_version'")
        return {name: _table(connection, name) for (name,) in sorted(names.fetchall())}


def _table(connection: sqlite3.Connection, name: str) -> dict[str, Any]:
    def rows(pragma: str, of: str = name) -> list[Any]:
        return connection.execute(f"PRAGMA {pragma}({of})").fetchall()

    indexes = [(origin, unique, _index(connection, index)) for _, index, unique, origin, _ in rows("index_list")]
    strict = connection.execute("SELECT strict FROM pragma_table_list WHERE name = ?", (name,)).fetchone()
    return {
        "columns": rows("table_info"),
        "indexes": sorted(indexes),
        "references": rows("foreign_key_list"),
        "strict": strict,
    }


def _index(connection: sqlite3.Connection, name: str) -> tuple[Any, ...]:
    columns = [
        (column, descending) for _, _, column, descending, *_ in connection.execute(f"PRAGMA index_xinfo({name})")
    ]
    statement = connection.execute("SELECT sql FROM sqlite_master WHERE name = ?", (name,)).fetchone()[0] or ""
    condition = re.sub(r"\W+", " ", statement.partition("WHERE")[2]).strip()
    return (name if statement else "", tuple(columns), condition)


def statements(path: Path) -> list[str]:
    with closing(sqlite3.connect(path)) as connection:
        rows = connection.execute("SELECT sql FROM sqlite_master WHERE sql IS NOT NULL ORDER BY name")
        return [" ".join(sql.split()) for (sql,) in rows]


@pytest.fixture
def migrated(tmp_path: Path) -> Path:
    path = tmp_path / "migrated.sqlite3"
    run_to_head(path)
    return path


def test_the_migrations_make_what_the_features_declare(migrated: Path, tmp_path: Path) -> None:
    declared = tmp_path / "declared.sqlite3"
    engine = create_engine(f"sqlite:///{declared}")
    metadata.create_all(engine)
    engine.dispose()

    made, wanted = picture(migrated), picture(declared)
    for table in (*made.values(), *wanted.values()):
        # keys and uniqueness are promises of a table; other indexes serve questions, which have a test of their own
        table["indexes"] = [index for index in table["indexes"] if index[0] != "c"]
    assert made == wanted


def test_an_empty_file_gets_what_the_migrations_would_have_made(migrated: Path, tmp_path: Path) -> None:
    fresh = tmp_path / "fresh.sqlite3"
    upgrade(fresh)

    assert statements(fresh) == statements(migrated)


def test_the_newest_revision_is_the_one_the_daemon_knows() -> None:
    assert script().get_heads() == [HEAD]


def test_the_history_is_a_line_of_dated_revisions() -> None:
    revisions = list(script().walk_revisions())

    assert all(re.fullmatch(r"\d{4}_\d\d_\d\d_[a-z_]+", entry.revision) for entry in revisions)
    assert all(not entry.is_merge_point and not entry.is_branch_point for entry in revisions)
    assert all(entry.doc for entry in revisions)


def test_every_revision_goes_down_and_up_again(migrated: Path) -> None:
    before = statements(migrated)

    run_to(migrated, "base")
    assert picture(migrated) == {}

    run_to(migrated, "head")
    assert statements(migrated) == before


def test_a_file_that_is_up_to_date_is_left_alone(migrated: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(path: Path) -> None:
        raise AssertionError("the migrations were loaded for nothing")

    monkeypatch.setattr("spl.daemon.db.upgrade._migrate", refuse)

    upgrade(migrated)


def test_a_newer_schema_is_refused_with_the_way_out(migrated: Path) -> None:
    with closing(sqlite3.connect(migrated)) as connection, connection:
        connection.execute("UPDATE alembic_version SET version_num = '2099_01_01_from_the_future'")

    with pytest.raises(SchemaMismatch, match="newer daemon") as refused:
        Database.open(migrated)

    assert refused.value.hint
    assert "2099" in str(refused.value)


def test_a_file_that_is_no_database_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "daemon.sqlite3"
    path.write_bytes(b"this is not a database, whatever its name says" * 100)

    with pytest.raises(SchemaMismatch, match="not a database"):
        Database.open(path)


def test_a_damaged_file_is_found_after_a_crash(migrated: Path) -> None:
    with closing(sqlite3.connect(migrated)) as connection, connection:
        connection.executemany(
            "INSERT INTO batches VALUES (?, 'o', 1, NULL, 1, 1)", [(f"{i:0500}",) for i in range(500)]
        )
    content = bytearray(migrated.read_bytes())
    middle = len(content) // 2
    content[middle : middle + 8192] = b"\xff" * 8192
    migrated.write_bytes(content)

    with pytest.raises(SchemaMismatch, match="damaged"):
        check(migrated)


def test_a_sound_file_passes_the_check(migrated: Path) -> None:
    check(migrated)


RUN = """INSERT INTO runs (id, object, version, version_id, state, priority, attempt, created_at, artifacts)
         VALUES ('r', 'o', 1, 'v', ?, 0, 1, 1, 0)"""


@pytest.fixture
def runs(migrated: Path) -> Any:
    with closing(sqlite3.connect(migrated, isolation_level=None)) as connection:
        connection.execute("PRAGMA foreign_keys = ON")
        yield connection


@pytest.mark.parametrize("end", ["succeeded", "failed", "cancelled", "timed_out"])
def test_a_run_ends_once(runs: sqlite3.Connection, end: str) -> None:
    runs.execute(RUN, ("running",))
    runs.execute("UPDATE runs SET state = ?, reason = 'ok'", (end,))

    with pytest.raises(sqlite3.IntegrityError, match="a run ends once"):
        runs.execute("UPDATE runs SET state = 'failed', reason = 'interrupted'")
    with pytest.raises(sqlite3.IntegrityError, match="a run ends once"):
        runs.execute("UPDATE runs SET state = 'running'")


def test_an_ended_run_may_still_be_deleted_with_what_it_carried(runs: sqlite3.Connection) -> None:
    runs.execute(RUN, ("succeeded",))
    runs.execute("INSERT INTO run_payloads (run_id, result) VALUES ('r', '1')")

    runs.execute("DELETE FROM runs")

    assert runs.execute("SELECT count(*) FROM run_payloads").fetchone() == (0,)


def test_there_is_no_state_but_the_known_ones(runs: sqlite3.Connection) -> None:
    with pytest.raises(sqlite3.IntegrityError):
        runs.execute(RUN, ("lost",))


@pytest.mark.parametrize(
    ("question", "index"),
    [
        ("SELECT id FROM runs ORDER BY created_at DESC, id LIMIT 100", "ix_runs_created"),
        ("SELECT id FROM runs WHERE state IN ('queued', 'running', 'cancelling')", "ix_runs_unfinished"),
        ("SELECT id FROM runs WHERE object = 'o' ORDER BY created_at DESC LIMIT 100", "ix_runs_object"),
        ("SELECT id FROM runs WHERE batch_id = 'b' AND batch_index > 7 ORDER BY batch_index", "ix_runs_batch"),
    ],
)
def test_the_common_questions_have_an_index(runs: sqlite3.Connection, question: str, index: str) -> None:
    plan = " ".join(str(row) for row in runs.execute(f"EXPLAIN QUERY PLAN {question}"))

    assert index in plan
    assert "TEMP B-TREE" not in plan
