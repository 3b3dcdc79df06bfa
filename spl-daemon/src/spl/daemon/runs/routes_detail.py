"""A run with its nodes and what it waits for; and waiting for many at once."""

from __future__ import annotations

import json
from typing import Annotated, Any

from fastapi import Path, Response

from spl.daemon.http.dependencies import DaemonDep
from spl.daemon.http.routing import Router
from spl.daemon.runs import store
from spl.daemon.runs.schemas import RunDetail, RunsEnded, RunsWait
from spl.daemon.runs.waiting import any_of

router = Router()


@router.post("/runs/wait", response_model=RunsEnded)
async def wait_for_runs(body: RunsWait, daemon: DaemonDep) -> Response:
    """Those of these runs that have ended, once there is one; a part of them where there are many."""
    found = await any_of(daemon.runs, body.ids, min(body.wait, daemon.settings.max_wait_seconds))
    unknown = json.dumps(found.unknown).encode()
    items = b",".join(found.documents)
    return Response(b'{"items":[' + items + b'],"unknown":' + unknown + b"}", media_type="application/json")


@router.get("/runs/{run_id}/detail", response_model=RunDetail)
async def show_detail(run_id: Annotated[str, Path(max_length=64)], daemon: DaemonDep) -> Response:
    """A run with how far its nodes are, and the runs of its remote nodes on this machine."""
    runs = daemon.runs
    _, document = await runs.document(run_id)
    view: dict[str, Any] = json.loads(document)
    live = runs.live(run_id)
    view["nodes"] = live.nodes.to_json() if live is not None and live.nodes is not None else []
    ended = view["finished_at"]
    records = await runs.db.read(
        lambda connection: store.children(connection, run_id, since=view["created_at"], until=ended)
    )
    view["children"] = [
        child.view() if (child := runs.live(record.id)) is not None else record.to_json() for record in records
    ]
    return Response(json.dumps(view, separators=(",", ":")).encode(), media_type="application/json")
