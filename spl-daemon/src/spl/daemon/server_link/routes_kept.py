"""Calls for a server that may be away, over the daemon's HTTP: keeping one, and asking for one by its id."""

from __future__ import annotations

import asyncio
import json
from typing import Annotated, Any, Literal
from urllib.parse import parse_qsl, urlencode

from fastapi import Query, Request, Response
from pydantic import BaseModel, Field
from starlette.responses import JSONResponse

from spl.core.errors import NotFound, ResultNotReady, RunFailed, SPLError
from spl.daemon.http.dependencies import DaemonDep
from spl.daemon.http.routing import Router, StrictModel
from spl.daemon.server_link import kept_views
from spl.daemon.server_link.service import ServerLink

router = Router(tags=["server"])

# A server that is there has answered by then; whoever asked of one that is not goes on at once.
AT_ONCE_SECONDS = 3.0
# A stream of a call that waits says so this often, and is asked for anew.
STREAM_SECONDS = 20.0
LONGEST_TEXT = 500
MOST_LABELS = 50

Text = Annotated[str, Field(min_length=1, max_length=LONGEST_TEXT)]
Wait = Annotated[float, Query(ge=0, le=3600)]


class KeptCallRequest(StrictModel):
    """A call as the server takes it, with the key that makes it one run. Secrets are not kept, so none may be in it."""

    object: Text
    owner: Text | None = None
    library: Text | None = None
    version: int | Text | None = None
    function: Text | None = None
    output: Text | None = None
    timeout_seconds: Annotated[float | None, Field(gt=0)] = None
    isolation: Literal["auto", "fork", "spare", "reuse", "fresh"] | None = None
    priority: Annotated[int, Field(ge=-1_000, le=1_000)] = 0
    idempotency_key: Annotated[str, Field(min_length=1, max_length=200)]
    allow_pickle: bool = False
    target_machine: Text | None = None
    labels: Annotated[list[Text], Field(max_length=MOST_LABELS)] = Field(default_factory=list)
    delivery: dict[str, Any] | None = None
    queue: bool = True
    offline_policy: Literal["queue"] = "queue"
    lost_after_seconds: Annotated[float | None, Field(gt=0)] = None
    correlation_id: Text | None = None
    context: dict[str, Any] | None = None
    args: list[Any] = Field(default_factory=list)
    kwargs: dict[str, Any] = Field(default_factory=dict)


class KeptPage(BaseModel):
    """Calls that wait here, and those that ended here, newest first; each in the form of a server's run."""

    items: list[dict[str, Any]]
    next: str | None = None


@router.post("/server/kept-runs", response_model=None)
async def keep_run(body: KeptCallRequest, daemon: DaemonDep, wait: Wait = AT_ONCE_SECONDS) -> dict[str, Any]:
    """Run something on the server, which may be away: the call is on this machine's disk before this answers.

    The answer is the server's run where the server has it within `wait` seconds, and else a run of this machine that
    waits. Asked again with the same key, it is the same run.
    """
    link = daemon.link
    call = await link.kept.keep(link.identity(), body.model_dump(exclude_unset=True))
    if link.status()["status"] in ("connected", "connecting"):
        call = await link.kept.answered(call.id, min(wait, daemon.settings.max_wait_seconds, AT_ONCE_SECONDS))
    refusal = await link.kept.withdrawn(call)
    if refusal is not None:
        raise refusal
    if call.run_id is not None:
        try:
            found: dict[str, Any] = await link.request("GET", f"/remote-runs/{call.run_id}")
            return found
        except SPLError:  # it has it; what became of it is asked for by the id that was kept
            return {**kept_views.view(call, ""), "state": "queued", "status": "queued"}
    return kept_views.view(call, link.why_kept(call))


@router.get("/server/kept-runs", response_model=KeptPage)
async def list_kept_runs(daemon: DaemonDep) -> dict[str, Any]:
    """Calls that wait here for their server, and those that ended without it."""
    calls = await daemon.link.kept.shown()
    return {"items": [kept_views.view(call, daemon.link.why_kept(call)) for call in calls], "next": None}


async def of_kept(link: ServerLink, request: Request, call_id: str, rest: str, *, longest: float) -> str | Response:
    """What a path about a kept call is answered with; a path of the server, where the server has it."""
    began = asyncio.get_running_loop().time()
    stream = "text/event-stream" in request.headers.get("accept", "")
    wait = STREAM_SECONDS if rest == "/events" and stream else _seconds(request, longest)
    if (request.method, rest) == ("POST", "/cancel"):
        await link.kept.cancel(call_id)
        wait = 0.0
    call = await link.kept.answered(call_id, wait)
    if call.run_id is not None:
        left = max(0.0, wait - (asyncio.get_running_loop().time() - began))
        query = [(name, f"{left:g}" if name == "wait" else value) for name, value in parse_qsl(request.url.query)]
        return f"remote-runs/{call.run_id}{rest}" + (f"?{urlencode(query)}" if query else "")
    run = kept_views.view(call, link.why_kept(call))
    match (request.method, rest):
        case ("GET", "") | ("POST", "/cancel"):
            return JSONResponse(run)
        case ("GET", "/detail"):
            return JSONResponse(kept_views.detail(run))
        case ("GET", "/logs"):
            return JSONResponse(_no_log(request, ended=call.over))
        case ("GET", "/artifacts"):
            return JSONResponse({"items": [], "next": None})
        case ("GET", "/events") if stream:
            told = json.dumps({"state": run["state"], "reason": run["reason"]})
            return Response(f"id: 0\nevent: state\ndata: {told}\n\n", media_type="text/event-stream")
        case ("GET", "/events"):
            return JSONResponse({"items": [], "next": 0, "ended": call.over})
        case ("GET", "/result") if call.over:
            raise RunFailed(f"The call {call_id} has no result: it {run['state']}.")
        case ("GET", "/result") | ("POST", "/retry"):
            raise ResultNotReady(f"The call {call_id} waits on this machine for its server.")
        case _:
            raise NotFound(f"The call {call_id} is not with its server, which alone could answer that.")


def _seconds(request: Request, longest: float) -> float:
    try:
        return max(0.0, min(float(request.query_params.get("wait") or 0.0), longest))
    except ValueError:
        return 0.0


def _no_log(request: Request, *, ended: bool) -> dict[str, Any]:
    stream = "stderr" if request.query_params.get("stream") == "stderr" else "stdout"
    return {"stream": stream, "offset": 0, "next_offset": 0, "size": 0, "text": "", "dropped_bytes": 0, "ended": ended}
