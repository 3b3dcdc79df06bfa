"""One process that takes commands, however it came to be."""

from __future__ import annotations

import asyncio
import signal
from collections import deque
from collections.abc import Callable, Sequence
from typing import Any, Protocol

from spl.daemon.runs.workers.command import Command, Crash, Mode, Question, Report
from spl.daemon.runs.workers.line import Line

# After its last word a process has this long for its exit functions.
LEAVE_SECONDS = 5.0

# A worker whose line is closed is ending; this long later it is not, and is ended.
LOST_SECONDS = 1.0

# The last runs of a worker, for what they may have left behind; it can't have been sent more ahead.
RUNS_REMEMBERED = 100

SIGKILL = getattr(signal, "SIGKILL", signal.SIGTERM)


class Sink(Protocol):
    """Who wants to hear of one run."""

    def on_progress(self, done: float | None, total: float | None, text: str) -> None: ...
    def on_nodes(self, started: Sequence[str], ended: Sequence[tuple[str, float]]) -> None: ...
    def on_question(self, question: Question) -> None: ...
    def on_forget(self) -> None: ...
    def on_end(self, end: Report | Crash) -> None: ...


class Worker:
    """The daemon's view of one worker process.

    Commands may be sent ahead; the process works on them one after the other. `gone` is called once, when the process
    has ended and everything it said was heard.
    """

    pid: int | None = None

    def __init__(self, mode: Mode, line: Line, gone: Callable[[Worker], None]) -> None:
        self.mode = mode
        self.ended = False
        self.retired = False
        self.dismissed = False
        self.status: int | None = None
        self.runs: deque[str] = deque(maxlen=RUNS_REMEMBERED)
        self._line = line
        self._gone = gone
        self._tasks: deque[tuple[str, Sink]] = deque()
        self._timer: asyncio.TimerHandle | None = None
        line.open(self._on_frame, self._on_lost)

    @property
    def single_use(self) -> bool:
        return self.mode != "reuse"

    @property
    def outstanding(self) -> int:
        """How many commands it has not finished."""
        return len(self._tasks)

    def is_at(self, run: str) -> bool:
        """Whether this is the run it works on now."""
        return bool(self._tasks) and self._tasks[0][0] == run

    def start(self, command: Command, sink: Sink) -> None:
        self._tasks.append((command.run, sink))
        self.runs.append(command.run)
        self._line.send(command.frame())

    def answer(self, frame: bytes) -> None:
        """Answer a question of the run it works on."""
        if not self.ended and not self.dismissed:
            self._line.send(frame)

    def stop(self, grace: float) -> None:
        """Ask the process to end, and end it when it has not after `grace` seconds."""
        if not self.ended:
            self.signal(signal.SIGTERM)
            self._end_in(grace)

    def kill(self) -> None:
        """End the process and its group now."""
        if not self.ended:
            self.signal(SIGKILL)

    def dismiss(self) -> None:
        """Let an idle worker go: it ends by itself when its line closes."""
        self.retired = self.dismissed = True
        self._line.close()
        self._end_in(LOST_SECONDS)

    def signal(self, number: int) -> None:
        """Send a signal to the process and its group."""
        raise NotImplementedError

    def on_exit(self, status: int | None) -> None:
        """The process has ended: take in its last words, then tell whoever still waits."""
        if self.ended:
            return
        self._line.drain()
        self.ended = self.retired = True
        self.status = status
        self._cancel_timer()
        self._line.close()
        # The last command is the one it did not read; with others before it, it may have begun with the first of those.
        self._fail_all(Crash(status, began=not self._line.undelivered or len(self._tasks) > 1))
        self._gone(self)

    def refuse(self, reason: str) -> None:
        """There will be no such process: what was sent to it can be given to another."""
        self._fail_all(Crash(began=False, hint=reason))
        self.on_exit(None)

    def _fail_all(self, first: Crash) -> None:
        """It may have begun with the first of its commands, and certainly with no other."""
        end = first
        while self._tasks:
            _, sink = self._tasks.popleft()
            sink.on_end(end)
            end = Crash(first.status, began=False)

    def _on_frame(self, header: dict[str, Any], body: bytes) -> None:
        match header["op"]:
            case "result":
                self._on_result(header, body)
            case "progress" if self._tasks:
                self._tasks[0][1].on_progress(header["done"], header["total"], header["text"])
            case "node" if self._about_the_present_run(header):
                self._tasks[0][1].on_nodes(header["started"], [(node, seconds) for node, seconds in header["ended"]])
            case "remote" if self._about_the_present_run(header):
                self._tasks[0][1].on_question(Question(header["run"], header["n"], header["step"], body))
            case "forget" if self._about_the_present_run(header):
                self._tasks[0][1].on_forget()
            case "retire":
                self.retired = True
                self._fail_all(Crash(began=False, hint=header["reason"]))
                self._end_in(LEAVE_SECONDS)
            case _:
                self._on_other(header)

    def _about_the_present_run(self, header: dict[str, Any]) -> bool:
        return self.is_at(header["run"])

    def _on_result(self, header: dict[str, Any], body: bytes) -> None:
        if not self.is_at(header["run"]):
            return
        _, sink = self._tasks.popleft()
        if self.single_use:
            self.retired = True
            self._end_in(LEAVE_SECONDS)
        sink.on_end(Report.read(header, body))

    def _on_other(self, header: dict[str, Any]) -> None:
        """A frame that only some kinds of workers send."""

    def _on_lost(self) -> None:
        self._end_in(LEAVE_SECONDS if self.retired else LOST_SECONDS)

    def _cancel_timer(self) -> None:
        if self._timer:
            self._timer.cancel()
            self._timer = None

    def _end_in(self, seconds: float) -> None:
        self._cancel_timer()
        self._timer = asyncio.get_running_loop().call_later(seconds, self.kill)
