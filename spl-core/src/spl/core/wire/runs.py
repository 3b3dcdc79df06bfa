"""Requests about runs."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import quote

from spl.core.wire.base import Json, Query, Request, delete, get, post, segment

ENDED = frozenset({"succeeded", "failed", "cancelled", "timed_out", "lost", "expired"})
"""States that a run stays in; `lost` and `expired` are those of runs on other machines alone."""

ACTIVE = ("queued", "running", "cancelling")
PAGE = 500
HERE = "/runs"
"""Where the daemon has its own runs; those of its server are elsewhere, and otherwise the same."""


def start(body: Json, wait: float, *, at: str = HERE) -> Request:
    """Start a run and wait for its end. It carries an idempotency key, so it may be repeated."""
    path = f"{at}?wait={wait:g}" if wait else at
    return post(path, body, wait=wait, keyed="idempotency_key" in body)


def list_runs(*, limit: int = PAGE, cursor: str | None = None, at: str = HERE, **filters: str | None) -> Request:
    """Runs by `state`, `object`, `batch`; on a server also by `owner`, `library`, `machine`, `caller`."""
    return get(at, {**filters, "limit": limit, "cursor": cursor})


def read_run(run_id: str, wait: float = 0.0, *, at: str = HERE) -> Request:
    path = f"{at}/{segment(run_id)}"
    return get(f"{path}?wait={wait:g}" if wait else path, wait=wait)


def wait_for(run_ids: list[str], wait: float) -> Request:
    """Those of the daemon's own runs that have ended, once one has."""
    return post("/runs/wait", {"ids": run_ids, "wait": wait}, wait=wait, keyed=True)


def read_result(run_id: str, *, at: str = HERE) -> Request:
    return get(f"{at}/{segment(run_id)}/result")


def cancel(run_id: str, *, at: str = HERE) -> Request:
    """Cancelling twice is cancelling once."""
    return post(f"{at}/{segment(run_id)}/cancel", keyed=True)


def remove(run_id: str) -> Request:
    return delete(f"/runs/{segment(run_id)}")


def prune(older_than_days: float | None, states: list[str] | None, dry_run: bool) -> Request:
    asked = {"older_than_days": older_than_days, "states": states, "dry_run": dry_run}
    return post("/runs/prune", {name: value for name, value in asked.items() if value is not None})


def logs(
    run_id: str, stream: str, offset: int, wait: float = 0.0, limit: int | None = None, *, at: str = HERE
) -> Request:
    query: Query = {"stream": stream, "offset": offset, "limit": limit, "wait": f"{wait:g}" if wait else None}
    return get(f"{at}/{segment(run_id)}/logs", query, wait=wait)


def events(run_id: str, last: str = "", *, at: str = HERE) -> Request:
    """What happens to a run as a stream, from behind the event `last` on."""
    return Request("GET", f"{at}/{segment(run_id)}/events", headers=_after(last))


def list_artifacts(run_id: str, *, at: str = HERE) -> Request:
    return get(f"{at}/{segment(run_id)}/artifacts")


def artifact(run_id: str, name: str, into: Path, offset: int = 0, *, at: str = HERE) -> Request:
    """Fetch a file, or what of it `into` does not have yet."""
    return Request("GET", f"{at}/{segment(run_id)}/artifacts/{quote(name)}", into=into, offset=offset)


def retry(run_id: str, key: str, *, at: str) -> Request:
    """A new run of the same; the key makes asking twice the same as asking once."""
    return post(f"{at}/{segment(run_id)}/retry", {"idempotency_key": key}, keyed=True)


def detail(run_id: str, *, at: str) -> Request:
    """A run with its attempts, its timeline, its placement and its files."""
    return get(f"{at}/{segment(run_id)}/detail")


def _after(last: str) -> dict[str, str]:
    headers = {"Accept": "text/event-stream"}
    if last:
        headers["Last-Event-ID"] = last
    return headers
