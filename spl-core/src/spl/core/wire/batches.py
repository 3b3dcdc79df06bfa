"""Requests about batches: many calls of one object, submitted together."""

from __future__ import annotations

from spl.core.wire.base import Json, Query, Request, get, post, segment

HERE = "/batches"
"""Where the daemon has its own batches; those of its server are elsewhere, and otherwise the same."""


def start(body: Json, *, at: str = HERE) -> Request:
    return post(at, body, keyed="idempotency_key" in body)


def read_batch(batch_id: str, *, at: str = HERE) -> Request:
    return get(f"{at}/{segment(batch_id)}")


def results(batch_id: str, after: int, wait: float, *, order: str, at: str = HERE) -> Request:
    """The results after position `after`: by `index`, as far as there is no gap, or as they are `done`."""
    query: Query = {"after": after, "wait": f"{wait:g}", "order": order}
    return get(f"{at}/{segment(batch_id)}/results", query, wait=wait)


def cancel(batch_id: str, *, at: str = HERE) -> Request:
    """Cancelling twice is cancelling once."""
    return post(f"{at}/{segment(batch_id)}/cancel", keyed=True)
