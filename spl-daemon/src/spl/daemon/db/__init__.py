"""The daemon's database: one SQLite file, one writer, a few readers."""

from __future__ import annotations

from spl.daemon.db.database import Database

__all__ = ["Database"]
