"""What the server does to runs unasked: leases that ended are looked for, and what is old is forgotten."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from contextlib import suppress
from typing import Final

from sqlalchemy import bindparam, delete, func, insert, or_, select, update
from sqlalchemy.exc import IntegrityError

from daemon_server.blobs import service as blobs
from daemon_server.db.session import Session
from daemon_server.http.context import Server
from daemon_server.identity.tables import clock_marks
from daemon_server.runs import reaper
from daemon_server.runs.configuration import times_of
from daemon_server.runs.lifecycle import TERMINAL
from daemon_server.runs.records import Times
from daemon_server.runs.store import IS_LEASED
from daemon_server.runs.tables import batches, idempotency, inbox, runs

log = logging.getLogger(__name__)

# Deletes of many rows are cut up, so that no other write waits long for them.
ROWS_PER_DELETE: Final = 500
DAY_MS: Final = 86_400_000
# When a server last looked, among the marks of the clock.
LOOKED: Final = "runs_looked_at"
# Servers look every few seconds; so long without a look says that none was there.
UP_MS: Final = 60_000

_MARK = update(clock_marks).where(clock_marks.c.name == LOOKED).values(at=bindparam("moment"))


class Reaper:
    """The look at the clock, again and again. The first one gives every lease a new beginning."""

    def __init__(self, server: Server) -> None:
        self._server = server
        self._anchor = reaper.Anchor()
        self._begun = False

    async def tick(self) -> None:
        times = times_of(self._server.settings)
        if not self._begun:
            self._anchor = await self._server.db.write(lambda session: _begin(session, times), essential=True)
            self._begun = True
        anchor = self._anchor

        def look(session: Session) -> tuple[reaper.Reaped, reaper.Anchor]:
            found = reaper.tick(session, anchor, times)
            _mark(session)
            return found

        reaped, self._anchor = await self._server.db.write(look, essential=True)
        if reaped.jump_ms:
            log.warning("clock_jump: the clock moved by %d ms; leases begin anew", reaped.jump_ms)
        if reaped.moved:
            log.info("overdue runs: %s", reaped.moved)


def _begin(session: Session, times: Times) -> reaper.Anchor:
    """What a server does first; the last look of any server tells how long none was there."""
    last = session.scalar(select(clock_marks.c.at).where(clock_marks.c.name == LOOKED))
    down = 0 if last is None else max(0, session.now - int(last))
    anchor = reaper.begin(session, times, down_ms=down if down > UP_MS else 0)
    _mark(session)
    return anchor


def _mark(session: Session) -> None:
    """Some server looked at the clock now."""
    if not session.execute(_MARK, {"moment": session.now}).rowcount:
        with suppress(IntegrityError), session.savepoint():  # another server was quicker
            session.execute(insert(clock_marks), {"name": LOOKED, "at": session.now})


class Retention:
    """Forgets what is old, a little at a time."""

    def __init__(self, server: Server) -> None:
        self._server = server

    async def tick(self) -> None:
        for forget in (self._runs, self._words):
            while await self._server.db.write(forget, essential=True) >= ROWS_PER_DELETE:
                pass

    def _runs(self, session: Session) -> int:
        settings = self._server.settings
        good = session.now - int(settings.keep_runs_days * DAY_MS)
        bad = session.now - int(settings.keep_failed_runs_days * DAY_MS)
        old = or_(
            (runs.c.state == "succeeded") & (runs.c.finished_at < good),
            runs.c.state.in_(sorted(TERMINAL)) & (runs.c.finished_at < bad),
        )
        query = select(runs.c.id).where(runs.c.finished_at < max(good, bad), old).order_by(runs.c.finished_at)
        found = [row.id for row in session.rows(query.limit(ROWS_PER_DELETE))]
        if found:
            blobs.forget_runs(session, found)
            session.execute(delete(runs).where(runs.c.id.in_(found), runs.c.state.in_(sorted(TERMINAL))))
        return len(found)

    def _words(self, session: Session) -> int:
        """Answers that nobody asks for again, and batches without runs."""
        moment = session.now - int(self._server.settings.keep_inbox_days * DAY_MS)
        count = 0
        for table, keys in (
            (inbox, (inbox.c.machine_id, inbox.c.event_id)),
            (idempotency, (idempotency.c.user_id, idempotency.c.key)),
        ):
            query = select(*keys).where(table.c.at < moment).limit(ROWS_PER_DELETE)
            for row in session.rows(query):
                session.execute(delete(table).where(*(key == value for key, value in zip(keys, row, strict=True))))
                count += 1
        oldest = session.now - int(self._server.settings.keep_failed_runs_days * DAY_MS)
        used = select(runs.c.id).where(runs.c.batch_id == batches.c.id).exists()
        session.execute(delete(batches).where(batches.c.created_at < oldest, ~used))
        return count


def busy(session: Session, machines: Sequence[str]) -> dict[str, int]:
    """How many runs each of these machines has in hand."""
    query = select(runs.c.machine_id, func.count().label("n")).where(IS_LEASED, runs.c.machine_id.in_(machines))
    return {row.machine_id: row.n for row in session.rows(query.group_by(runs.c.machine_id))}
