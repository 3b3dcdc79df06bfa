"""The server's settings as the services of runs take them."""

from __future__ import annotations

from daemon_server.runs.records import Limits, Times
from daemon_server.settings import Settings


def times_of(settings: Settings) -> Times:
    return Times(
        claim_lease_ms=_ms(settings.claim_lease_seconds),
        run_lease_ms=_ms(settings.run_lease_seconds),
        requeue_grace_ms=_ms(settings.retry_grace_seconds),
        cancel_ms=_ms(settings.cancel_seconds),
    )


def limits_of(settings: Settings) -> Limits:
    return Limits(
        events_per_run=settings.max_run_events,
        queued_per_machine=settings.max_queued_per_machine,
        active_per_owner=settings.max_active_per_owner,
        log_bytes=settings.run_log_bytes,
    )


def _ms(seconds: float) -> int:
    return max(1, int(seconds * 1000))
