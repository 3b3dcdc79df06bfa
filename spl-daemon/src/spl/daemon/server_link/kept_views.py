"""A call that is kept here, as a run of its server would be told. Pure."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from spl.core.wire.paths import KEPT_RUN
from spl.daemon.outbox.kept import KeptCall

_KEPT = re.compile(rf"remote-runs/({KEPT_RUN}[^/]+)((?:/.*)?)\Z")

AWAY = "The server at {url} is away. The call is kept on this machine, and sent when the server is back."
REFUSED = "The server at {url} does not accept this machine. The call is sent once it does: `spl-daemon join URL CODE`."
GOING = "The call is on its way to the server at {url}."
ELSEWHERE = "The daemon is not connected to {origin} as {owner}. The call is sent once it is."
STOPPING = "It may have reached the server already, and is cancelled there as soon as that answers."


def address(path: str) -> tuple[str, str] | None:
    """The kept call that a path on the server is about, and what follows; None where it is another one."""
    found = _KEPT.match(path)
    return None if found is None else (found[1], found[2])


def view(call: KeptCall, why: str) -> dict[str, Any]:
    """The call as a run; `why` says what it waits for."""
    asked = json.loads(call.body)
    state, reason = _standing(call)
    waiting = None if call.over else {"code": "waiting_for_server", "text": STOPPING if call.cancel else why}
    return {
        "id": call.id,
        "object": asked["object"],
        "owner": asked.get("owner") or call.owner,
        "library": asked.get("library") or "default",
        "version": asked.get("version"),
        "function": asked.get("function"),
        "output": asked.get("output"),
        "mode": "server",
        "state": state,
        "status": state,
        "reason": reason,
        "phase": None if call.over else "waiting",
        "isolation": asked.get("isolation"),
        "priority": asked.get("priority") or 0,
        "batch_id": None,
        "batch_index": None,
        "caller": call.owner,
        "target_machine": asked.get("target_machine"),
        "machine": None,
        "attempt": 0,
        "waiting": waiting,
        "retry_of": None,
        "parent_run_id": None,
        "correlation_id": asked.get("correlation_id"),
        "delivery": asked.get("delivery") or {},
        "timeout_seconds": asked.get("timeout_seconds"),
        "queue_expires_at": call.expires_at,
        "created_at": call.created_at,
        "started_at": None,
        "finished_at": call.ended_at,
        "timings": {},
        "progress": None,
        "can": [] if call.over else ["cancel"],
        "error": _error(call),
        "artifacts": [],
    }


def detail(run: Mapping[str, Any]) -> dict[str, Any]:
    """The same, as a server tells all it knows of a run."""
    kept = {"seq": 0, "kind": "kept", "at": run["created_at"], "data": {}}
    return {"run": dict(run), "attempts": [], "events": [kept], "artifacts": [], "placement": {}}


def _standing(call: KeptCall) -> tuple[str, str | None]:
    match call.state:
        case "refused":
            return "failed", "refused_by_server"
        case "cancelled" | "expired":
            return call.state, call.state
        case _:
            return ("cancelling" if call.cancel else "waiting_for_server"), None


def _error(call: KeptCall) -> dict[str, Any] | None:
    if call.error is not None:
        found: dict[str, Any] = json.loads(call.error)
        return found
    words = {"cancelled": ("RunCancelled", "The call was cancelled before the server had it."),
             "expired": ("RunExpired", "The server was away for longer than the call may wait.")}  # fmt: skip
    if call.state not in words:
        return None
    kind, message = words[call.state]
    return {"type": kind, "message": message, "frames": []}
