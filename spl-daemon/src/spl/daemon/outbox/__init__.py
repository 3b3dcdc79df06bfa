"""What is to be told to a server, written in the same transaction as what it tells of."""

from __future__ import annotations

from spl.daemon.outbox.entry import Entry, Identity

__all__ = ["Entry", "Identity"]
