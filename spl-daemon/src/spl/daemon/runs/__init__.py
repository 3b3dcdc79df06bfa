"""Runs: accepted, brought to an end, and kept."""

from __future__ import annotations

from spl.daemon.runs.live import RunRequest
from spl.daemon.runs.records import RunRecord
from spl.daemon.runs.service import Runs

__all__ = ["RunRecord", "RunRequest", "Runs"]
