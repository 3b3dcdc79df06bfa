"""Remote runs: accepted, waiting, claimed, started, ended. Each is one row, and each write of an attempt is fenced."""

from __future__ import annotations

from daemon_server.runs import guards as guards  # whoever makes the tables makes what guards them
