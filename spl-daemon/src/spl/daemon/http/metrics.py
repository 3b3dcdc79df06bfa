"""Numbers for Prometheus: what the daemon does at the moment it is asked."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import Connection

if TYPE_CHECKING:
    from spl.daemon.http.context import Daemon

MEDIA_TYPE = "text/plain; version=0.0.4; charset=utf-8"

# Runs that ended stay in the history for a while, so this is no count since ever.
_RUNS = "SELECT state, count(*) FROM runs GROUP BY state"


async def page(daemon: Daemon) -> bytes:
    """Everything, as Prometheus reads it."""
    # Only scrapes need it, and it would be a good part of the daemon's start.
    from prometheus_client import CollectorRegistry, Gauge, generate_latest
    from prometheus_client.platform_collector import PlatformCollector
    from prometheus_client.process_collector import ProcessCollector

    def states(connection: Connection) -> list[tuple[str, int]]:
        return [(str(row[0]), int(row[1])) for row in connection.exec_driver_sql(_RUNS)]

    registry = CollectorRegistry()
    PlatformCollector(registry=registry)
    ProcessCollector(registry=registry)
    runs = Gauge("spl_daemon_runs", "Runs in the history, by state.", ("state",), registry=registry)
    for state, count in await daemon.db.read(states):
        runs.labels(state).set(count)
    doing = daemon.runs.status()
    told = await daemon.link.doctor()
    numbers = {
        "workers_max": ("How many runs may execute at a time.", doing["workers"]["max"]),
        "workers_busy": ("Workers that execute a run.", doing["workers"]["busy"]),
        "workers_idle": ("Workers that wait warm.", len(doing["workers"]["idle"])),
        "runs_waiting": ("Runs that wait for a worker.", doing["queue"]["waiting"]),
        "open_requests": ("Requests being answered.", daemon.traffic.requests),
        "disk_free_bytes": ("Room on the disk of the home.", daemon.home.free_bytes()),
        "server_connected": ("Whether its server is there.", int(daemon.link.status()["connected"])),
        "outbox_waiting": ("Events that wait to be told to a server.", told["waiting"]),
        "outbox_dead": ("Events that a server will never take.", len(told["dead"])),
        "kept_calls": ("Calls that are kept until their server is there.", told["calls"]),
        "draining": ("Whether it was asked to stop.", int(daemon.stopping.is_set())),
    }
    for name, (sentence, value) in numbers.items():
        Gauge(f"spl_daemon_{name}", sentence, registry=registry).set(value)
    return generate_latest(registry)
