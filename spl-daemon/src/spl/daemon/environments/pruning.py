"""Which builds have outlived their use. Pure."""

from __future__ import annotations

from collections.abc import Iterable

from spl.daemon.environments.store import BuildRow

DAY_MS = 24 * 60 * 60 * 1000


def superfluous(
    idle: Iterable[BuildRow],
    *,
    now: int,
    kept_bytes: int = 0,
    older_than_days: float | None = None,
    max_bytes: int | None = None,
) -> list[BuildRow]:
    """Of the `idle` builds those unused for so many days; then, longest unused first, as many more as bring all
    builds below `max_bytes`, `kept_bytes` of which are taken by builds in use."""
    by_use = sorted(idle, key=lambda row: row.last_used_at)
    oldest = now - older_than_days * DAY_MS if older_than_days is not None else None
    too_old = [row for row in by_use if oldest is not None and row.last_used_at < oldest]
    going = list(too_old)
    remaining = by_use[len(too_old) :]
    total = kept_bytes + sum(row.size_bytes or 0 for row in remaining)
    for row in remaining:
        if max_bytes is None or total <= max_bytes:
            break
        going.append(row)
        total -= row.size_bytes or 0
    return going
