"""What runs print, as far as it has arrived."""

from __future__ import annotations

from typing import Any, Final, Literal

from sqlalchemy import bindparam, func, select

from daemon_server.db.session import Session
from daemon_server.runs.tables import run_logs

type Stream = Literal["stdout", "stderr"]
STREAMS: Final[tuple[Stream, ...]] = ("stdout", "stderr")
# One piece of a log: a few thousand lines, and little to hold.
LOG_BYTES: Final = 256 * 1024

_HERE = (
    run_logs.c.run_id == bindparam("run_id"),
    run_logs.c.attempt == bindparam("in_attempt"),
    run_logs.c.stream == bindparam("of_stream"),
)
_PIECES = (
    select(run_logs.c.start, run_logs.c.size, run_logs.c.text)
    .where(*_HERE, run_logs.c.start + run_logs.c.size > bindparam("offset"))
    .order_by(run_logs.c.start)
    .limit(100)
)
_SIZE = select(
    func.max(run_logs.c.start + run_logs.c.size).label("size"), func.max(run_logs.c.dropped).label("dropped")
)
_SIZE = _SIZE.where(*_HERE)


def read(
    session: Session, run_id: str, attempt: int, stream: Stream, offset: int, limit: int, *, over: bool
) -> dict[str, Any]:
    """A piece of a stream from a byte offset on, cut between characters; without a gap unless bytes never came."""
    named = {"run_id": run_id, "in_attempt": attempt, "of_stream": stream}
    sized = session.rows(_SIZE, named)[0]
    size = int(sized.size or 0)
    text, at, begin = bytearray(), offset, offset
    for row in session.rows(_PIECES, {**named, "offset": offset}):
        if row.start > at:
            if text or not over:
                break
            begin = at = row.start  # what lies between never arrived
        text += row.text.encode()[at - row.start :]
        at = row.start + row.size
        if len(text) >= limit:
            break
    piece = bytes(text[:limit]).decode("utf-8", "ignore")
    following = begin + len(piece.encode())
    return {
        "stream": stream,
        "offset": begin,
        "next_offset": following,
        "size": size,
        "text": piece,
        "dropped_bytes": int(sized.dropped or 0),
        "ended": over and following >= size,
    }
