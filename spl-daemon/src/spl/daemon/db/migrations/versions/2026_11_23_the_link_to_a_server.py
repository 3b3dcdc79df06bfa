"""The link to a server: connections, what is to be delivered, attempts at its runs, and mirrors of its objects."""

from __future__ import annotations

from alembic import op

revision = "2026_11_23_the_link_to_a_server"
down_revision = "2026_11_23_first_tables"

STATEMENTS = (
    """
    CREATE TABLE server_connections (
        id TEXT NOT NULL,
        origin TEXT NOT NULL,
        owner TEXT NOT NULL,
        url TEXT NOT NULL,
        machine_id TEXT NOT NULL,
        display_name TEXT,
        capabilities TEXT NOT NULL,
        scopes TEXT NOT NULL,
        generation INTEGER NOT NULL,
        active INTEGER NOT NULL,
        created_at INTEGER NOT NULL,
        connected_at INTEGER,
        PRIMARY KEY (id),
        UNIQUE (origin, owner)
    ) STRICT
    """,
    """
    CREATE TABLE outbox (
        id TEXT NOT NULL,
        origin TEXT NOT NULL,
        owner TEXT NOT NULL,
        kind TEXT NOT NULL CHECK (kind IN ('finished', 'nack', 'publish')),
        run_id TEXT,
        fence TEXT,
        body TEXT NOT NULL,
        size INTEGER NOT NULL,
        state TEXT NOT NULL CHECK (state IN ('pending', 'dead')),
        answer TEXT,
        created_at INTEGER NOT NULL,
        PRIMARY KEY (id)
    ) STRICT
    """,
    "CREATE INDEX ix_outbox_pending ON outbox (origin, owner, id) WHERE state = 'pending'",
    """
    CREATE TABLE remote_attempts (
        origin TEXT NOT NULL,
        fence TEXT NOT NULL,
        owner TEXT NOT NULL,
        run_id TEXT NOT NULL,
        attempt INTEGER NOT NULL,
        state TEXT NOT NULL CHECK (
            state IN ('accepted', 'starting', 'spawned', 'finished', 'returned', 'delivered', 'orphaned')
        ),
        local_run TEXT,
        job TEXT NOT NULL,
        created_at INTEGER NOT NULL,
        updated_at INTEGER NOT NULL,
        PRIMARY KEY (origin, fence)
    ) STRICT
    """,
    "CREATE INDEX ix_remote_attempts_local ON remote_attempts (local_run)",
    "CREATE INDEX ix_remote_attempts_run ON remote_attempts (run_id)",
    """
    CREATE INDEX ix_remote_attempts_open ON remote_attempts (state)
    WHERE state IN ('accepted', 'starting', 'spawned')
    """,
    """
    CREATE TABLE mirrored_versions (
        id TEXT NOT NULL,
        origin TEXT NOT NULL,
        owner TEXT NOT NULL,
        library TEXT NOT NULL,
        name TEXT NOT NULL,
        version INTEGER NOT NULL,
        content_hash TEXT NOT NULL,
        env TEXT NOT NULL,
        isolation TEXT,
        yaml TEXT NOT NULL,
        signature TEXT NOT NULL,
        created_at INTEGER NOT NULL,
        PRIMARY KEY (id),
        UNIQUE (origin, owner, library, name, version, content_hash)
    ) STRICT
    """,
    """
    CREATE TABLE object_sharing (
        version_id TEXT NOT NULL,
        share INTEGER NOT NULL,
        library TEXT NOT NULL,
        PRIMARY KEY (version_id)
    ) STRICT
    """,
    """
    CREATE TABLE deliveries (
        origin TEXT NOT NULL,
        owner TEXT NOT NULL,
        version_id TEXT NOT NULL,
        library TEXT NOT NULL,
        version INTEGER,
        delivered_at INTEGER,
        PRIMARY KEY (origin, owner, version_id)
    ) STRICT
    """,
)

TABLES = (
    "deliveries",
    "object_sharing",
    "mirrored_versions",
    "remote_attempts",
    "outbox",
    "server_connections",
)


def upgrade() -> None:
    for statement in STATEMENTS:
        op.execute(statement)


def downgrade() -> None:
    for table in TABLES:
        op.execute(f"DROP TABLE {table}")
