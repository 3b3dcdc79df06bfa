"""Whoever shows a library, or an object of it, is to look again."""

from __future__ import annotations

from daemon_server.db.session import Session

ANY_LIBRARY = "libraries"
SHOWN = "libraries:"


def tell(session: Session, library_id: str) -> None:
    session.wake(ANY_LIBRARY)
    session.wake(f"{SHOWN}{library_id}")
