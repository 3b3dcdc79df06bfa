"""Processes that run user code: started, kept warm, spoken to, and brought to an end."""

from __future__ import annotations

from spl.daemon.runs.workers.command import Command, Crash, Mode, Question, Report
from spl.daemon.runs.workers.pool import ImportFailed, Pool
from spl.daemon.runs.workers.worker import Sink, Worker

__all__ = ["Command", "Crash", "ImportFailed", "Mode", "Pool", "Question", "Report", "Sink", "Worker"]
