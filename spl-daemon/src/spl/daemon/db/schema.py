"""Where every feature's tables hang: each `tables.py` declares its `Table` on this `metadata`."""

from __future__ import annotations

from sqlalchemy import MetaData

metadata = MetaData()
