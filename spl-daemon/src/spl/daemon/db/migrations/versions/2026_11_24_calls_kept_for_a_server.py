"""Calls that wait on this machine until their server is there."""

from __future__ import annotations

from alembic import op

revision = "2026_11_24_calls_kept_for_a_server"
down_revision = "2026_11_23_the_link_to_a_server"

STATEMENTS = (
    """
    CREATE TABLE kept_calls (
        id TEXT NOT NULL,
        origin TEXT NOT NULL,
        owner TEXT NOT NULL,
        key TEXT NOT NULL,
        body TEXT NOT NULL,
        state TEXT NOT NULL CHECK (
            state IN ('waiting', 'sending', 'sent', 'refused', 'cancelled', 'expired')
        ),
        cancel INTEGER NOT NULL,
        run_id TEXT,
        error TEXT,
        created_at INTEGER NOT NULL,
        expires_at INTEGER NOT NULL,
        ended_at INTEGER,
        PRIMARY KEY (id),
        UNIQUE (origin, owner, key)
    ) STRICT
    """,
    """
    CREATE INDEX ix_kept_calls_open ON kept_calls (origin, owner, id)
    WHERE state IN ('waiting', 'sending') OR cancel = 1
    """,
)


def upgrade() -> None:
    for statement in STATEMENTS:
        op.execute(statement)


def downgrade() -> None:
    op.execute("DROP TABLE kept_calls")
