"""Answers the workers that ask for remote nodes.

    worker ── question ──> is it a node of this very pipeline? ──> here, or on a machine of the server ──> answer

A run can ask for nothing but the remote nodes of its own pipeline, whatever its code sends over the line.
"""

from __future__ import annotations

import asyncio
import functools
import logging
from collections.abc import Mapping
from typing import TYPE_CHECKING

from spl.core.errors import InvalidRequest, ServerNotConnected, SPLError
from spl.daemon.runs.ends import error_text
from spl.daemon.runs.live import LiveRun
from spl.daemon.runs.remote_nodes import nodes
from spl.daemon.runs.remote_nodes.addresses import check_same_server
from spl.daemon.runs.remote_nodes.local import run_here
from spl.daemon.runs.remote_nodes.nodes import RemoteNode
from spl.daemon.runs.remote_nodes.port import NotConnected, OnKnown, RemoteCall, RemoteOutcome, RemoteRuns
from spl.daemon.runs.workers import Question, Worker

if TYPE_CHECKING:
    from pathlib import Path

    from spl.daemon.runs.service import Runs

log = logging.getLogger(__name__)

# A pipeline that calls itself would go on until memory ends; nobody builds a tower of this height on purpose.
MOST_DEPTH = 16

# Each run that waits for a node holds a process.
MOST_WAITING = 256

# Pipelines whose nodes are remembered; reading them again costs a small file.
PLANS_REMEMBERED = 256

STOPPED = RemoteOutcome("cancelled", error_text("RunCancelled", "The run that waited for it was stopped.").encode())


class RemoteNodes:
    """The remote nodes under way, by the run that waits for them. `server` is set by whoever connects the daemon."""

    def __init__(self, runs: Runs) -> None:
        self.server: RemoteRuns = NotConnected()
        self._runs = runs
        self._open: dict[str, dict[int, asyncio.Task[RemoteOutcome]]] = {}
        self._plans: dict[Path, dict[str, RemoteNode]] = {}

    def ask(self, run: LiveRun, worker: Worker, question: Question) -> None:
        """Run a node; its worker is answered when that has ended, however it did."""
        task = asyncio.create_task(self._told(run, question), name=f"node {question.step} of {run.id}")
        self._open.setdefault(run.id, {})[question.number] = task
        self._runs.supervisor.away(run, True)
        task.add_done_callback(functools.partial(self._answer, run, worker, question))

    def forget(self, run: LiveRun) -> None:
        """Nobody waits for the run's nodes any more: end them. Its worker is answered all the same."""
        for task in self._open.get(run.id, {}).values():
            task.cancel()

    def of(self, run: LiveRun) -> dict[str, RemoteNode]:
        """What a run may ask for."""
        if run.record.function is not None or run.version.kind != "pipeline":
            return {}
        folder = run.version.bundle_folder
        known = self._plans.get(folder)
        if known is None:
            if len(self._plans) >= PLANS_REMEMBERED:
                self._plans.clear()
            known = self._plans[folder] = nodes.of_folder(folder)
        return known

    def _answer(self, run: LiveRun, worker: Worker, question: Question, task: asyncio.Task[RemoteOutcome]) -> None:
        under_way = self._open.get(run.id, {})
        under_way.pop(question.number, None)
        if not under_way:
            self._open.pop(run.id, None)
            self._runs.supervisor.away(run, False)
        outcome = STOPPED if task.cancelled() else task.result()
        about = dict(outcome.about)
        if about:
            run.note_elsewhere(question.step, about)
        worker.answer(question.answered(outcome.state, outcome.body, kind=outcome.kind, remote=about))

    async def _told(self, run: LiveRun, question: Question) -> RemoteOutcome:
        """How the node ended; what went wrong on the way is an end, too."""
        try:
            return await self._outcome(run, question)
        except SPLError as error:
            told = error_text(type(error).__name__, error.message, hint=error.hint, code=error.code)
        except Exception:
            log.exception("node %s of run %s could not be run", question.step, run.id)
            told = error_text("InternalError", "The node could not be run; the daemon's log says more.")
        return RemoteOutcome("failed", told.encode())

    async def _outcome(self, run: LiveRun, question: Question) -> RemoteOutcome:
        node = self.of(run).get(question.step)
        if node is None:
            raise InvalidRequest(
                f"{question.step[:200]!r} is not a remote node of {run.version}.",
                hint="A run may ask for the remote nodes of its own pipeline, and for nothing else.",
            )
        if node.url is not None:
            check_same_server(node.url, self.server.server_url)
        self._check_room(run)
        on_known = functools.partial(_note, run, node.id)
        here_first = run.remote is None and not node.names_a_place
        if self.server.server_url is None or (here_first and await self._is_published(node)):
            return await self._here(run, node, question, on_known)
        asked = RemoteCall(
            node=node,
            arguments=question.arguments,
            key=f"{run.id}:{run.record.attempt}:{question.number}",
            parent=run.id,
            origin=run.remote,
            allow_pickle=run.allow_pickle,
        )
        return await self.server.call(asked, on_known)

    async def _here(self, run: LiveRun, node: RemoteNode, question: Question, on_known: OnKnown) -> RemoteOutcome:
        """Run a node that names nothing but an object on this machine.

        Raises:
            ServerNotConnected: it names a place that only a server knows.
        """
        if node.names_a_place:
            raise ServerNotConnected(
                f"The node {node.id!r} runs {node.reference} elsewhere, and this daemon is not connected to a server.",
                hint="Connect it: `spl-daemon join URL CODE`, or client.connect_server(...).",
            )
        depth = run.parent.depth + 1 if run.parent is not None else 1
        return await run_here(self._runs, run, node, question.arguments, depth=depth, on_known=on_known)

    async def _is_published(self, node: RemoteNode) -> bool:
        try:
            await self._runs.objects.load(node.name)
        except SPLError:
            return False
        return True

    def _check_room(self, run: LiveRun) -> None:
        if run.parent is not None and run.parent.depth >= MOST_DEPTH:
            raise InvalidRequest(
                f"{MOST_DEPTH} runs stand above this one, each a remote node of the other.",
                hint="Does the pipeline call itself?",
            )
        if self._runs.supervisor.away_count > MOST_WAITING:
            raise InvalidRequest(
                f"{MOST_WAITING} runs of this machine wait for remote nodes already.", hint="Call again later."
            )


def _note(run: LiveRun, node: str, about: Mapping[str, object]) -> None:
    run.note_elsewhere(node, dict(about))
