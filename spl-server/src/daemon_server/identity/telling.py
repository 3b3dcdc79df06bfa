"""Who is to look again: open pages hear of changes to what somebody may do, and to somebody's credentials.

Nobody but the user a change is about hears of it, and nobody hears what it was.
"""

from __future__ import annotations

from collections.abc import Iterable

from daemon_server.db.session import Session

ACCESS = "access:"
TOKENS = "tokens:"
# In place of a user's id: who is concerned can't be told one by one.
EVERYBODY = "*"
# What every open stream listens to beside its user's own topic.
ANY_ACCESS = "access"


def access_changed(session: Session, user_ids: Iterable[str]) -> None:
    """These users may do other things now, or see others' rights otherwise."""
    for user_id in dict.fromkeys(user_ids):
        session.wake(f"{ACCESS}{user_id}")
        session.wake(f"user:{user_id}")


def access_changed_for_all(session: Session) -> None:
    """Anybody may be concerned: something became visible to all, or is so no more."""
    session.wake(f"{ACCESS}{EVERYBODY}")
    session.wake(ANY_ACCESS)


def tokens_changed(session: Session, user_ids: Iterable[str]) -> None:
    """A credential of these users was made, or ended."""
    for user_id in dict.fromkeys(user_ids):
        session.wake(f"{TOKENS}{user_id}")
        session.wake(f"user:{user_id}")
