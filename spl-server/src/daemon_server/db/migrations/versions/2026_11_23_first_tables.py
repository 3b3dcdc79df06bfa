"""The first tables: people and credentials, libraries and objects, machines, runs, blobs, audit."""

from __future__ import annotations

import re

from alembic import op

from daemon_server.db.migrations import statements

revision = "2026_11_23_first_tables"
down_revision = None

_MADE = re.compile(r"CREATE (?:OR REPLACE )?(TABLE|SEQUENCE|FUNCTION) (\w+)")


def upgrade() -> None:
    for statement in _statements():
        op.get_bind().exec_driver_sql(statement)


def downgrade() -> None:
    made = [(found[1], found[2]) for statement in reversed(_statements()) if (found := _MADE.match(statement))]
    for kind, name in sorted(made, key=lambda entry: entry[0] != "TABLE"):  # what tables use goes after them
        op.get_bind().exec_driver_sql(f"DROP {kind} {name}")


def _statements() -> list[str]:
    return statements(f"{revision}.{op.get_bind().dialect.name}.sql")
