"""Fences: numbers that only grow, also over a restore, so that a late write of an old attempt is always seen as one."""

from __future__ import annotations

from typing import Final

from sqlalchemy import bindparam, select, update

from daemon_server.db.session import Session
from daemon_server.runs.problems import StoreRestored
from daemon_server.runs.tables import fences

# A life of the database may give this many bits of fences: a thousand a second for 34 years.
SEQUENCE_BITS: Final = 40
ONE_GENERATION: Final = 1 << SEQUENCE_BITS
# Two lives that come from one backup have one generation. Each begins to count where the second of its restore says, so
# that the later one gives no number again that the earlier one gave: it would have needed more than 4,096 a second all
# its life. The seconds come round after four years, and take up half of the numbers of a life at most.
SECOND_BITS: Final = 27
BITS_IN_A_SECOND: Final = 12

_GENERATION = select(fences.c.generation)
_ADVANCE = update(fences).values(seq=fences.c.seq + bindparam("count"))
_SEQUENCE = select(fences.c.seq)
_NEXT_LIFE = update(fences).values(generation=bindparam("life"), seq=bindparam("begins_at"))


def generation(session: Session) -> int:
    """Which life of the database this is; it grows at every restore."""
    return int(session.scalar(_GENERATION))


def generation_of(fence: int) -> int:
    return fence >> SEQUENCE_BITS


def spend(session: Session, count: int) -> None:
    """The next `count` numbers were given."""
    session.execute(_ADVANCE, {"count": count})


def next_life(session: Session, at_least: int = 0) -> int:
    """Begin a new life, past every one that is known of; its generation."""
    life = max(generation(session) + 1, at_least)
    second = session.now // 1_000 % (1 << SECOND_BITS)
    begins_at = max(int(session.scalar(_SEQUENCE)), second << BITS_IN_A_SECOND)
    session.execute(_NEXT_LIFE, {"life": life, "begins_at": begins_at})
    return life


def check_known(session: Session, fence: int) -> None:
    """Raises:
    StoreRestored: the number is from a life that this database knows nothing of.
    """
    if generation_of(fence) > generation(session):
        raise StoreRestored(fence=str(fence))
