"""What happens to a run, as it happens: its events, as pages or as a stream, and what it prints."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from typing import Annotated, Any

from fastapi import Path, Query, Request
from starlette.responses import StreamingResponse

from daemon_server.db.session import Session
from daemon_server.http.dependencies import PrincipalDep, ServerDep
from daemon_server.http.principal import Principal
from daemon_server.http.problems import Invalid
from daemon_server.http.routing import Router
from daemon_server.http.rules import Rule
from daemon_server.runs import logs, reading
from daemon_server.runs.lifecycle import is_over
from daemon_server.runs.logs import LOG_BYTES, STREAMS, Stream
from daemon_server.runs.schemas import EventPage, FoundLines, LogPiece
from daemon_server.runs.waiting import until

router = Router(tags=["runs"])

READS = Rule(user="run:read", machine=True, execution=True, capability=True)
# Told at a time; the rest follows at once.
EVENTS_AT_ONCE = 500
# More than anybody reads in one go; older ones are asked for by their number.
MOST_LINES = 10_000
MOST_FOUND = 500
OUTPUT_BYTES = 64 * 1024
# A comment goes out so often while nothing happens, so that proxies keep the stream open.
KEEP_ALIVE_SECONDS = 15.0
# What the events of a run are called in the stream; the others are changes of its state.
_AS_THEY_ARE = ("phase", "progress", "node")

RunId = Annotated[str, Path(max_length=64)]
Wait = Annotated[float, Query(ge=0, le=3600, description="Seconds to wait for news before answering.")]
Offset = Annotated[int, Query(ge=0, lt=2**53)]
Attempt = Annotated[int | None, Query(ge=1, lt=2**31)]


@router.get("/remote-runs/{run_id}/logs", rule=READS, response_model=LogPiece)
async def read_logs(
    run_id: RunId,
    principal: PrincipalDep,
    server: ServerDep,
    stream: Stream = "stdout",
    offset: Offset | None = None,
    tail: Annotated[int | None, Query(ge=1, le=MOST_LINES, description="The last lines, so many.")] = None,
    line: Annotated[int | None, Query(ge=1, lt=2**31, description="From this line on; 1 is the first.")] = None,
    limit: Annotated[int, Query(ge=4, le=LOG_BYTES, description="Bytes.")] = LOG_BYTES,
    attempt: Attempt = None,
    wait: Wait = 0.0,
) -> dict[str, Any]:
    """A piece of what the run printed, from a byte offset or a line on, or its last lines.

    With `wait` it comes once there is more, or the run has ended.
    """
    if [offset, tail, line].count(None) < 2:
        raise Invalid("A piece of a log begins at an offset, at a line or so many lines before the end: give one.")

    def look(session: Session) -> dict[str, Any]:
        row = reading.seen(session, principal, run_id)
        over, of = is_over(row.state), attempt or row.attempt
        if tail is not None:
            return logs.read_tail(session, run_id, of, stream, tail, limit, over=over)
        if line is not None:
            return logs.read_line(session, run_id, of, stream, line, limit, over=over)
        return logs.read(session, run_id, of, stream, offset or 0, limit, over=over)

    seconds = server.settings.wait_ms(wait) / 1000
    return await until(server, f"run:{run_id}", seconds, look, lambda piece: bool(piece["text"]) or piece["ended"])


@router.get("/remote-runs/{run_id}/logs/find", rule=READS, response_model=FoundLines)
async def find_in_logs(
    run_id: RunId,
    principal: PrincipalDep,
    server: ServerDep,
    text: Annotated[str, Query(min_length=1, max_length=200)],
    stream: Stream = "stdout",
    after: Annotated[int, Query(ge=0, lt=2**31, description="Behind this line.")] = 0,
    limit: Annotated[int, Query(ge=1, le=MOST_FOUND)] = MOST_FOUND,
    attempt: Attempt = None,
) -> dict[str, Any]:
    """The lines of what a run printed that have a text in them, in whatever case."""

    def look(session: Session) -> dict[str, Any]:
        row = reading.seen(session, principal, run_id)
        return logs.find(session, run_id, attempt or row.attempt, stream, text, after=after, limit=limit)

    return await server.db.read(look)


@router.get(
    "/remote-runs/{run_id}/events",
    rule=READS,
    response_model=EventPage,
    responses={200: {"content": {"text/event-stream": {"schema": {"type": "string"}}}}},
)
async def follow_run(
    run_id: RunId,
    request: Request,
    principal: PrincipalDep,
    server: ServerDep,
    after: Annotated[int, Query(ge=0, lt=2**31)] = 0,
    limit: Annotated[int, Query(ge=1, le=EVENTS_AT_ONCE)] = 100,
    wait: Wait = 0.0,
) -> Any:
    """The events of a run in their order, without a gap: a page of them, or all that follow as an event stream."""
    if "text/event-stream" in request.headers.get("accept", ""):
        server.streams.check(principal.user_id, server.settings.max_streams)
        await server.db.read(lambda session: reading.seen(session, principal, run_id))
        last = request.headers.get("last-event-id", "")
        begin = int(last) if last.isdecimal() and len(last) < 10 else after
        headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
        return StreamingResponse(
            _told(server, principal, run_id, begin), media_type="text/event-stream", headers=headers
        )

    def look(session: Session) -> dict[str, Any]:
        row = reading.seen(session, principal, run_id)
        items = reading.events(session, run_id, after, limit)
        following = items[-1]["seq"] if items else after
        return {"items": items, "next": following, "ended": is_over(row.state) and following >= row.event_seq}

    seconds = server.settings.wait_ms(wait) / 1000
    return await until(server, f"run:{run_id}", seconds, look, lambda page: bool(page["items"]) or page["ended"])


async def _told(server: ServerDep, principal: Principal, run_id: str, after: int) -> AsyncIterator[bytes]:
    """The run's events and its output as server-sent events, until it has ended."""
    offsets: dict[Stream, int] = dict.fromkeys(STREAMS, 0)
    attempt = 0

    def look(session: Session) -> tuple[Any, list[dict[str, Any]], list[dict[str, Any]]]:
        row = reading.seen(session, principal, run_id)
        begin = offsets if row.attempt == attempt else dict.fromkeys(STREAMS, 0)
        over = is_over(row.state)
        pieces = [
            logs.read(session, run_id, row.attempt, stream, begin[stream], OUTPUT_BYTES, over=over)
            for stream in STREAMS
        ]
        return row, reading.events(session, run_id, after, EVENTS_AT_ONCE), pieces

    async with server.streams.open(principal.user_id), server.topics.subscribe(f"run:{run_id}") as subscription:
        while True:
            row, events, pieces = await server.db.read(look)
            attempt = row.attempt
            last = [event for event in events if event["kind"] == "ended"]
            for event in events:
                after = event["seq"]
                if event not in last:
                    yield _event(event)
            printed = [piece for piece in pieces if piece["text"]]
            for piece in pieces:
                offsets[piece["stream"]] = piece["next_offset"]
            for piece in printed:
                told = {"stream": piece["stream"], "offset": piece["offset"], "text": piece["text"]}
                yield f"event: log\ndata: {_json(told)}\n\n".encode()
            if printed and is_over(row.state):
                after = min(
                    [after, *(event["seq"] - 1 for event in last)]
                )  # the end comes after the last of the output
                continue
            for event in last:
                yield _event(event)
            if is_over(row.state) and after >= row.event_seq:
                return
            if len(events) < EVENTS_AT_ONCE and not printed and not await subscription.wait(KEEP_ALIVE_SECONDS):
                if server.stopping.is_set():
                    return
                yield b": still here\n\n"


def _event(event: dict[str, Any]) -> bytes:
    kind = event["kind"] if event["kind"] in _AS_THEY_ARE else "state"
    return f"id: {event['seq']}\nevent: {kind}\ndata: {_json(event['data'])}\n\n".encode()


def _json(value: object) -> str:
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False)
