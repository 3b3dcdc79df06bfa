"""The server's database: units of work on SQLite or PostgreSQL, and the wake-ups that follow a commit."""

from __future__ import annotations

from daemon_server.db.database import Database
from daemon_server.db.session import Session
from daemon_server.db.topics import Subscription, Topics

__all__ = ["Database", "Session", "Subscription", "Topics"]
