"""The console's first request, and its stream of hints."""

from __future__ import annotations

import asyncio
import hashlib
import json
from collections.abc import AsyncIterator
from typing import Annotated

from fastapi import Header, Query, Response
from pydantic import TypeAdapter
from starlette.responses import StreamingResponse

from daemon_server import __version__
from daemon_server.console import overview
from daemon_server.console.hints import Hint, Hints, hints_of
from daemon_server.console.schemas import OverviewView
from daemon_server.db.session import Session
from daemon_server.http.context import Server
from daemon_server.http.dependencies import PrincipalDep, ServerDep
from daemon_server.http.principal import Principal
from daemon_server.http.problems import ServerProblem
from daemon_server.http.routing import Router
from daemon_server.http.rules import Rule
from daemon_server.identity.telling import ANY_ACCESS
from daemon_server.identity.tokens import CREDENTIALS_TOPIC
from daemon_server.libraries.telling import ANY_LIBRARY
from daemon_server.machines.service import ANY_MACHINE
from daemon_server.runs.schemas import RunSummary

router = Router(tags=["console"])

LOOKS = Rule(user="console:read")

# Proxies give up on silence after a minute; the console calls a stream stale after 40 s.
PING_SECONDS = 15.0
# Hints that come within this time are told together: a page need not draw more often.
GATHER_SECONDS = 0.2
LONGEST_CURSOR = 60
STREAMED = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}

_TAGGED = TypeAdapter(overview.Overview)

IfNoneMatch = Annotated[str | None, Header(alias="If-None-Match", max_length=500)]
LastEventId = Annotated[str | None, Header(alias="Last-Event-ID", max_length=LONGEST_CURSOR)]


@router.get("/console/overview", rule=LOOKS, response_model=OverviewView, responses={304: {"description": "As before"}})
async def show_overview(
    principal: PrincipalDep, server: ServerDep, response: Response, if_none_match: IfNoneMatch = None
) -> OverviewView | Response:
    """Everything the console shows first. With `If-None-Match`, 304 where nothing of it has changed."""
    cursor = hints_of(server.topics).cursor()  # taken first: what changes meanwhile is told again, not lost
    found, now = await server.db.read(
        lambda session: (overview.read(session, principal, server.machines_busy), session.now)
    )
    tag = f'"{hashlib.sha256(_TAGGED.dump_json(found)).hexdigest()[:32]}"'
    headers = {"ETag": tag, "Cache-Control": "private, no-cache"}
    if if_none_match is not None and tag in if_none_match:
        return Response(status_code=304, headers=headers)
    response.headers.update(headers)
    return OverviewView(
        server_time=now,
        server_version=__version__,
        event_cursor=cursor,
        me=found.me,
        tiles=found.tiles,
        recent_runs=[RunSummary.model_validate(run) for run in found.recent_runs],
        machines=found.machines,
        expiring_tokens=found.expiring_tokens,
        setup=found.setup,
    )


@router.get(
    "/console/events",
    rule=LOOKS,
    response_class=StreamingResponse,
    responses={200: {"content": {"text/event-stream": {"schema": {"type": "string"}}}}},
)
async def follow(
    principal: PrincipalDep,
    server: ServerDep,
    after: Annotated[str | None, Query(max_length=LONGEST_CURSOR)] = None,
    last_event_id: LastEventId = None,
) -> StreamingResponse:
    """Hints of what to look at again, from a cursor on: `run`, `machine` and `library`, each with its id.

    `access` is said when the caller may do other things than before, `token` when credentials of theirs changed.

    `reset` says that some were missed: load everything anew. `ping` comes every 15 seconds. The stream ends with the
    credential it was opened with.
    """
    hints = hints_of(server.topics)
    server.streams.check(principal.user_id, server.settings.max_streams)
    events = told(server, principal, hints, last_event_id or after or hints.cursor())
    return StreamingResponse(events, media_type="text/event-stream", headers=STREAMED)


async def told(server: Server, principal: Principal, hints: Hints, cursor: str) -> AsyncIterator[bytes]:
    """The events behind a cursor, until the credential or the server ends."""
    topics = (f"user:{principal.user_id}", ANY_MACHINE, ANY_LIBRARY, ANY_ACCESS, CREDENTIALS_TOPIC)
    async with server.streams.open(principal.user_id):
        async for event in _following(server, principal, hints, cursor, topics):
            yield event


async def _following(
    server: Server, principal: Principal, hints: Hints, cursor: str, topics: tuple[str, ...]
) -> AsyncIterator[bytes]:
    async with server.topics.subscribe(*topics) as subscription:
        yield _ping(server, cursor)
        while True:
            found = hints.after(cursor)
            if found is None:
                cursor = hints.cursor()
                yield _event("reset", cursor, {})
            else:
                fresh, cursor = found

                def look(session: Session, fresh: list[Hint] = fresh) -> list[Hint]:
                    overview.check_live(session, principal)
                    return overview.visible_hints(session, principal, fresh)

                try:
                    seen = await server.db.read(look)
                except ServerProblem:
                    return
                for hint in seen:
                    yield _event(hint.kind, hints.cursor(hint.seq), {"kind": hint.kind, "id": hint.id})
            if await subscription.wait(PING_SECONDS):
                await asyncio.sleep(GATHER_SECONDS)
            elif server.stopping.is_set() or server.topics.closed:
                return
            else:
                yield _ping(server, cursor)


def _ping(server: Server, cursor: str) -> bytes:
    return _event("ping", cursor, {"server_time": server.clock.wall_ms()})


def _event(kind: str, cursor: str, data: dict[str, object]) -> bytes:
    return f"event: {kind}\nid: {cursor}\ndata: {json.dumps(data, separators=(',', ':'))}\n\n".encode()
