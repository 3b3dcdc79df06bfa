"""Requests about runs."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import quote

from spl.core.wire.base import Json, Query, Request, delete, get, post, segment

ENDED = frozenset({"succeeded", "failed", "cancelled", "timed_out"})
ACTIVE = ("queued", "running", "cancelling")
PAGE = 500


def start(body: Json, wait: float) -> Request:
    """Start a run and wait for its end. It carries an idempotency key, so it may be repeated."""
    path = f"/runs?wait={wait:g}" if wait else "/runs"
    return post(path, body, wait=wait, keyed="idempotency_key" in body)


def list_runs(
    *,
    state: str | None = None,
    object: str | None = None,
    batch: str | None = None,
    limit: int = PAGE,
    cursor: str | None = None,
) -> Request:
    return get("/runs", {"state": state, "object": object, "batch": batch, "limit": limit, "cursor": cursor})


def read_run(run_id: str, wait: float = 0.0) -> Request:
    path = f"/runs/{segment(run_id)}"
    return get(f"{path}?wait={wait:g}" if wait else path, wait=wait)


def read_result(run_id: str) -> Request:
    return get(f"/runs/{segment(run_id)}/result")


def cancel(run_id: str) -> Request:
    """Cancelling twice is cancelling once."""
    return post(f"/runs/{segment(run_id)}/cancel", keyed=True)


def remove(run_id: str) -> Request:
    return delete(f"/runs/{segment(run_id)}")


def prune(older_than_days: float | None, states: list[str] | None, dry_run: bool) -> Request:
    asked = {"older_than_days": older_than_days, "states": states, "dry_run": dry_run}
    return post("/runs/prune", {name: value for name, value in asked.items() if value is not None})


def logs(run_id: str, stream: str, offset: int, wait: float = 0.0, limit: int | None = None) -> Request:
    query: Query = {"stream": stream, "offset": offset, "limit": limit, "wait": f"{wait:g}" if wait else None}
    return get(f"/runs/{segment(run_id)}/logs", query, wait=wait)


def events(run_id: str) -> Request:
    return get(f"/runs/{segment(run_id)}/events")


def list_artifacts(run_id: str) -> Request:
    return get(f"/runs/{segment(run_id)}/artifacts")


def artifact(run_id: str, name: str, into: Path) -> Request:
    return Request("GET", f"/runs/{segment(run_id)}/artifacts/{quote(name)}", into=into)
