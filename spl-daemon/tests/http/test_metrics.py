"""`/metrics` of the daemon."""

from __future__ import annotations

import subprocess
import sys
from typing import Any


def test_numbers_say_what_the_daemon_does(shared_daemon: Any) -> None:
    answer = shared_daemon.request("GET", "/metrics")

    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/plain")
    pairs = [line.rpartition(" ") for line in answer.text.splitlines() if not line.startswith("#")]
    found = {name: float(value) for name, _, value in pairs}
    assert found["spl_daemon_workers_max"] >= 1
    assert found["spl_daemon_runs_waiting"] == 0
    assert found["spl_daemon_open_requests"] == 1  # the scrape itself
    assert found["spl_daemon_draining"] == 0
    assert (
        found["spl_daemon_server_connected"] == found["spl_daemon_kept_calls"] == found["spl_daemon_outbox_dead"] == 0
    )
    assert found["process_resident_memory_bytes"] > 1_000_000


def test_a_daemon_starts_without_the_means_to_tell_them() -> None:
    code = "import sys, spl.daemon.composition; sys.exit('prometheus_client' in sys.modules)"

    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
