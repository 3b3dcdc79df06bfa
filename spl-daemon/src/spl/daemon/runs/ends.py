"""What becomes of a run when its worker has spoken, or has ended without a word."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from spl.daemon.runs.lifecycle import State
from spl.daemon.runs.workers import Crash, Report
from spl.daemon.runs.workers.process import exit_words

# What is shown of a crashed worker's stderr: a faulthandler's dump and the lines before it.
STDERR_SHOWN = 4_000

# The kernel counts here how often it ended a process for want of memory.
OOM_COUNTER = Path("/proc/vmstat")


@dataclass(frozen=True, slots=True)
class End:
    """State, reason, and what goes with them."""

    state: State
    reason: str
    result: str | None = None
    error: str | None = None
    artifacts: Sequence[Any] = ()


def of_report(report: Report) -> End:
    body = report.body.decode("utf-8")
    if report.succeeded:
        return End("succeeded", "ok", result=body, artifacts=report.artifacts)
    return End("failed", report.reason, error=body, artifacts=report.artifacts)


def of_crash(crash: Crash, stderr: str, *, out_of_memory: bool) -> End:
    said = f" {crash.hint}" if crash.hint else ""
    if out_of_memory:
        message = "The system ran out of memory and ended the worker."
        return End("failed", "worker_oom", error=error_text("OutOfMemory", message, [stderr] if stderr else []))
    message = f"The worker process {exit_words(crash.status)} before the function returned.{said}"
    return End("failed", "worker_crashed", error=error_text("WorkerCrashed", message, [stderr] if stderr else []))


def of_stop(state: State, reason: str, message: str, report: Report | Crash | None) -> End:
    """An end that was brought about from outside; where the function stood then is kept."""
    kind = {"cancelled": "RunCancelled", "timed_out": "RunTimedOut"}[state]
    document: dict[str, Any] = {"type": kind, "message": message, "frames": [], "notes": [], "cause": None}
    if isinstance(report, Report) and not report.succeeded:
        with suppress(ValueError):
            told = json.loads(report.body)
            document["frames"] = told.get("frames", [])
            document["node"] = told.get("node")
    artifacts = report.artifacts if isinstance(report, Report) else ()
    return End(state, reason, error=as_text(document), artifacts=artifacts)


def error_text(kind: str, message: str, notes: Sequence[str] = (), **more: Any) -> str:
    """An error document as it is stored."""
    return as_text({"type": kind, "message": message, "frames": [], "notes": list(notes), "cause": None, **more})


def as_text(value: object) -> str:
    return json.dumps(value, separators=(",", ":"))


class OomWatch:
    """Notices when the kernel ended a process for want of memory since it was asked last (Linux)."""

    def __init__(self) -> None:
        self._seen = self._count()

    def killed(self, crash: Crash) -> bool:
        """Whether that is why a worker was killed: somebody killed it, and the kernel has done so to somebody."""
        if crash.status != -9:
            return False
        before, self._seen = self._seen, self._count()
        return self._seen > before

    def _count(self) -> int:
        try:
            found = re.search(r"^oom_kill (\d+)$", OOM_COUNTER.read_text(), re.MULTILINE)
        except OSError:
            return 0
        return int(found[1]) if found else 0
