"""Brings the tables to the present schema."""

from __future__ import annotations

from daemon_server.db.database import Database
from daemon_server.db.schema import metadata


def upgrade(db: Database) -> None:
    """Make the tables that are missing."""
    db.transact(lambda session: metadata.create_all(session.connection))
