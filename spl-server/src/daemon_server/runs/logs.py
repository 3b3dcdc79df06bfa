"""What runs print, as far as it has arrived: by bytes for whoever follows it, by lines for whoever reads."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final, Literal

from sqlalchemy import bindparam, func, select

from daemon_server.db.session import Session
from daemon_server.runs.tables import run_logs

type Stream = Literal["stdout", "stderr"]
STREAMS: Final[tuple[Stream, ...]] = ("stdout", "stderr")
# One piece of a log: a few thousand lines, and little to hold.
LOG_BYTES: Final = 256 * 1024
# A line that was found is shown as far as it fits a screen or two.
FOUND_CHARACTERS: Final = 2_000
# So many rows are held at a time while a whole log is gone through.
ROWS_AT_ONCE: Final = 50

_HERE = (
    run_logs.c.run_id == bindparam("run_id"),
    run_logs.c.attempt == bindparam("in_attempt"),
    run_logs.c.stream == bindparam("of_stream"),
)
_END = run_logs.c.start + run_logs.c.size
_ROW = (run_logs.c.start, run_logs.c.size, run_logs.c.text)
_PIECES = select(*_ROW).where(*_HERE, bindparam("offset") < _END).order_by(run_logs.c.start).limit(bindparam("most"))
_BACKWARDS = (
    select(*_ROW)
    .where(*_HERE, run_logs.c.start < bindparam("before"))
    .order_by(run_logs.c.start.desc())
    .limit(bindparam("most"))
)
_SIZE = select(func.max(_END).label("size"), func.max(run_logs.c.dropped).label("dropped")).where(*_HERE)
_NEWLINES = func.length(run_logs.c.text) - func.length(func.replace(run_logs.c.text, "\n", ""))
_LINES = select(run_logs.c.start, run_logs.c.size, _NEWLINES.label("lines")).where(*_HERE).order_by(run_logs.c.start)
_LINES_BEFORE = select(func.sum(_NEWLINES)).where(*_HERE, bindparam("offset") >= _END)


def read(
    session: Session, run_id: str, attempt: int, stream: Stream, offset: int, limit: int, *, over: bool
) -> dict[str, Any]:
    """A piece of a stream from a byte offset on, cut between characters; without a gap unless bytes never came."""
    named = _named(run_id, attempt, stream)
    sized = session.rows(_SIZE, named)[0]
    size = int(sized.size or 0)
    text, at, begin = bytearray(), offset, offset
    for row in session.rows(_PIECES, {**named, "offset": offset, "most": 100}):
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
        "line": None,
        "dropped_bytes": int(sized.dropped or 0),
        "ended": over and following >= size,
    }


def read_tail(
    session: Session, run_id: str, attempt: int, stream: Stream, lines: int, limit: int, *, over: bool
) -> dict[str, Any]:
    """The last lines of a stream, as many as `limit` bytes hold, with the number of the first of them."""
    named = _named(run_id, attempt, stream)
    begin, found, taken = 0, 0, 0
    for row in _backwards(session, named):
        text = row.text.encode()
        kept = text[max(0, len(text) - (limit - taken)) :]
        # A newline at the very end closes the last line; it begins none.
        body = kept[:-1] if taken == 0 and kept.endswith(b"\n") else kept
        missing = lines - found
        breaks = body.count(b"\n")
        if breaks >= missing:
            begin = row.start + (len(text) - len(kept)) + _after_break(body, breaks - missing)
            break
        found += breaks
        taken += len(kept)
        if len(kept) < len(text) or taken >= limit:  # the first whole line of what there is room for
            begin = row.start + (len(text) - len(kept)) + kept.find(b"\n") + 1
            break
    return _numbered(session, named, read(session, run_id, attempt, stream, begin, limit, over=over))


def read_line(
    session: Session, run_id: str, attempt: int, stream: Stream, line: int, limit: int, *, over: bool
) -> dict[str, Any]:
    """A stream from the beginning of a line on (1 is the first); what is behind the end is empty."""
    named = _named(run_id, attempt, stream)
    before, begin = 0, 0
    for row in session.rows(_LINES, named):
        if before + row.lines >= line - 1 and line > 1:
            text = session.rows(_PIECES, {**named, "offset": row.start, "most": 1})[0].text.encode()
            begin = row.start + _after_break(text, line - 2 - before)
            break
        before, begin = before + row.lines, row.start + row.size
    piece = read(session, run_id, attempt, stream, begin if line > 1 else 0, limit, over=over)
    return _numbered(session, named, piece)


def find(
    session: Session, run_id: str, attempt: int, stream: Stream, wanted: str, *, after: int, limit: int
) -> dict[str, Any]:
    """The lines behind line `after` that have a text in them, in whatever case, and where to go on."""
    needle = wanted.casefold()
    found: list[dict[str, Any]] = []
    for number, line in enumerate(_lines(session, _named(run_id, attempt, stream)), 1):
        if number > after and needle in line.casefold():
            if len(found) == limit:
                return {"items": found, "next": found[-1]["line"]}
            found.append({"line": number, "text": line[:FOUND_CHARACTERS]})
    return {"items": found, "next": None}


def _named(run_id: str, attempt: int, stream: Stream) -> dict[str, Any]:
    return {"run_id": run_id, "in_attempt": attempt, "of_stream": stream}


def _numbered(session: Session, named: dict[str, Any], piece: dict[str, Any]) -> dict[str, Any]:
    """The piece, with the number of its first line."""
    offset = piece["offset"]
    before = int(session.scalar(_LINES_BEFORE, {**named, "offset": offset}) or 0)
    within = session.rows(_PIECES, {**named, "offset": offset, "most": 1})
    if within and within[0].start < offset:
        before += within[0].text.encode()[: offset - within[0].start].count(b"\n")
    return {**piece, "line": before + 1}


def _after_break(text: bytes, index: int) -> int:
    """The place behind the newline of this index; 0 is the first."""
    at = -1
    for _ in range(index + 1):
        at = text.index(b"\n", at + 1)
    return at + 1


def _backwards(session: Session, named: dict[str, Any]) -> Iterator[Any]:
    before = 2**62
    while rows := session.rows(_BACKWARDS, {**named, "before": before, "most": ROWS_AT_ONCE}):
        yield from rows
        before = rows[-1].start


def _lines(session: Session, named: dict[str, Any]) -> Iterator[str]:
    """Every line, without its end."""
    offset, rest = 0, ""
    while rows := session.rows(_PIECES, {**named, "offset": offset, "most": ROWS_AT_ONCE}):
        for row in rows:
            *whole, rest = (rest + row.text).split("\n")
            yield from whole
        offset = rows[-1].start + rows[-1].size
    if rest:
        yield rest
