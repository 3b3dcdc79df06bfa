"""The server's database: units of work on SQLite or PostgreSQL, and the wake-ups that follow a commit."""

from __future__ import annotations

from daemon_server.db.session import Session

__all__ = ["Session"]
