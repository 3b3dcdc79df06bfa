"""The tables as the migrations make them and as the features declare them: the same, on both databases."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import psycopg
import pytest

from daemon_server.db.migrations import run_to, script
from daemon_server.db.upgrade import HEAD, Target, changing, require, revision_of, upgrade
from daemon_server.errors import SchemaMismatch

COLUMNS = """
SELECT table_name, column_name, data_type, is_nullable, column_default
FROM information_schema.columns WHERE table_schema = 'public' ORDER BY 1, 2
"""
CONSTRAINTS = """
SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid)
FROM pg_constraint WHERE connamespace = 'public'::regnamespace ORDER BY 1, 2, 3
"""
INDEXES = "SELECT tablename, indexname, indexdef FROM pg_indexes WHERE schemaname = 'public' ORDER BY 1, 2"
TRIGGERS = """
SELECT tgrelid::regclass::text, tgname, pg_get_triggerdef(oid) FROM pg_trigger WHERE NOT tgisinternal ORDER BY 1, 2
"""
SEQUENCES = "SELECT sequencename, start_value, increment_by FROM pg_sequences WHERE schemaname = 'public' ORDER BY 1"
FUNCTIONS = "SELECT proname, prosrc FROM pg_proc WHERE pronamespace = 'public'::regnamespace ORDER BY 1"
CATALOG = (COLUMNS, CONSTRAINTS, INDEXES, TRIGGERS, SEQUENCES, FUNCTIONS)


def picture(target: Target) -> list[Any]:
    """Everything there is in a database but the mark of its revision."""
    if isinstance(target, Path):
        with closing(sqlite3.connect(target)) as connection:
            rows = connection.execute("SELECT type, name, sql FROM sqlite_master WHERE sql IS NOT NULL ORDER BY 1, 2")
            return [(kind, name, "".join(sql.split())) for kind, name, sql in rows if name != "alembic_version"]
    with psycopg.connect(target) as server:
        found = [row for query in CATALOG for row in server.execute(query).fetchall()]
    return [row for row in found if row[0] != "alembic_version"]


@pytest.fixture(params=["sqlite", "postgresql"])
def pair(request: pytest.FixtureRequest, tmp_path: Path) -> Any:
    """An empty database, and one with the tables as they are declared."""
    if request.param == "sqlite":
        yield tmp_path / "empty.sqlite3", request.getfixturevalue("sqlite_path")
        return
    cluster = request.getfixturevalue("postgresql_cluster")
    declared = request.getfixturevalue("postgresql_url")
    yield cluster.create("empty"), declared
    cluster.drop("empty")


def test_the_newest_revision_is_the_one_that_is_known() -> None:
    assert script().get_heads() == [HEAD]


def test_migrations_make_what_the_features_declare(pair: tuple[Target, Target]) -> None:
    empty, declared = pair

    assert upgrade(empty) is None

    assert picture(empty) == picture(declared)
    assert len(picture(empty)) > 30
    assert revision_of(empty) == HEAD


def test_down_and_up_again_leaves_nothing_behind_and_comes_back(pair: tuple[Target, Target]) -> None:
    empty, _ = pair
    upgrade(empty)
    whole = picture(empty)

    with changing(empty) as connection:
        run_to(connection, "base")
    assert picture(empty) == []
    upgrade(empty)

    assert picture(empty) == whole


def test_a_database_of_a_newer_server_is_left_alone(pair: tuple[Target, Target]) -> None:
    empty, _ = pair
    upgrade(empty)
    with changing(empty) as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '2099_01_01_later'")

    with pytest.raises(SchemaMismatch, match=r"newer server|2099_01_01_later"):
        require(empty)
    assert revision_of(empty) == "2099_01_01_later"


def test_somebody_else_s_tables_are_left_alone(pair: tuple[Target, Target]) -> None:
    empty, _ = pair
    with changing(empty) as connection:
        connection.exec_driver_sql("CREATE TABLE accounts (id INTEGER)")

    with pytest.raises(SchemaMismatch, match="accounts"):
        require(empty)


def test_starting_makes_the_tables_once(pair: tuple[Target, Target]) -> None:
    empty, _ = pair
    require(empty)
    before = picture(empty)

    require(empty)

    assert picture(empty) == before
