"""One thread that waits for any number of runs, so that handles can be futures.

Of the daemon's own runs it asks for all at once. Of those elsewhere it asks for the oldest with a wait, and looks at
others in passing. It begins with the first run that is watched and ends with the last.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import Any

from spl.core.errors import SPLError
from spl.core.wire import runs
from spl.core.wire.base import Flow
from spl.core.wire.waiting import patiently

STEP = 0.2
"""Seconds to wait for the oldest run before looking at the others: how late an end is noticed, while few run."""

MOST = 1_000
"""Runs asked for in one request: as many as a daemon takes. The oldest ones: runs end roughly in that order."""

LOOKS = 32
"""Runs looked at in one round, among the oldest and again among the rest: runs end roughly in the order they began."""

type RunDocument = dict[str, Any]
type Watched = tuple[str, str]


class Waiter:
    def __init__(self, do: Callable[[Flow[RunDocument]], RunDocument]) -> None:
        self._do = do
        self._watched: dict[Watched, Future[RunDocument]] = {}
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None
        self._next = 0

    def watch(self, run_id: str, at: str = runs.HERE) -> Future[RunDocument]:
        """A future of the run as it is when it has ended; `at` is where runs of its kind are."""
        with self._lock:
            future = self._watched.get((at, run_id))
            if future is None:
                future = self._watched[at, run_id] = Future()
            if self._thread is None:
                self._thread = threading.Thread(target=self._serve, name="spl-waiter", daemon=True)
                self._thread.start()
        return future

    def close(self, seconds: float = 5.0) -> None:
        """Stop watching; what was watched stays unresolved."""
        with self._lock:
            self._watched.clear()
            thread = self._thread
        if thread is not None and thread is not threading.current_thread():
            thread.join(seconds)

    def _serve(self) -> None:
        while True:
            with self._lock:
                waiting = list(self._watched)
                if not waiting:
                    self._thread = None
                    return
            here = [watched for watched in waiting if watched[0] == runs.HERE]
            elsewhere = [watched for watched in waiting if watched[0] != runs.HERE]
            if here:
                self._look_at_all(here[:MOST], STEP)
            if elsewhere:
                self._look(elsewhere[0], 0.0 if here else STEP)
                for watched in self._others(elsewhere):
                    self._look(watched, 0.0)

    def _look_at_all(self, watched: list[Watched], wait: float) -> None:
        try:
            found = self._do(_read_all([run_id for _, run_id in watched], wait))
        except SPLError:  # for each by itself it is told what is wrong
            for one in watched:
                self._look(one, 0.0)
            return
        for run in found["items"]:
            future = self._taken((runs.HERE, run["id"]))
            if future is not None:
                future.set_result(run)
        for run_id in found["unknown"]:
            self._look((runs.HERE, run_id), 0.0)

    def _others(self, waiting: list[Watched]) -> list[Watched]:
        """The oldest ones, and by turns some of the rest."""
        oldest, rest = waiting[1 : 1 + LOOKS], waiting[1 + LOOKS :]
        if self._next >= len(rest):
            self._next = 0
        begin, self._next = self._next, self._next + LOOKS
        return oldest + rest[begin : begin + LOOKS]

    def _look(self, watched: Watched, wait: float) -> None:
        try:
            run = self._do(_read(watched, wait))
        except SPLError as error:
            future = self._taken(watched)
            if future is not None:
                future.set_exception(error)
            return
        if run["state"] not in runs.ENDED:
            return
        future = self._taken(watched)
        if future is not None:
            future.set_result(run)

    def _taken(self, watched: Watched) -> Future[RunDocument] | None:
        with self._lock:
            future = self._watched.pop(watched, None)
        return future if future is not None and future.set_running_or_notify_cancel() else None


def _read_all(run_ids: list[str], wait: float) -> Flow[RunDocument]:
    response = yield from patiently(runs.wait_for(run_ids, wait))
    document: RunDocument = response.json()
    return document


def _read(watched: Watched, wait: float) -> Flow[RunDocument]:
    at, run_id = watched
    response = yield from patiently(runs.read_run(run_id, wait, at=at))
    document: RunDocument = response.json()
    return document
