"""Remote nodes that name an object of this machine: ordinary runs, with a parent."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING

from spl.daemon.objects.naming import parse_version
from spl.daemon.runs.live import LiveRun, RunRequest
from spl.daemon.runs.origin import Parent
from spl.daemon.runs.remote_nodes.nodes import RemoteNode
from spl.daemon.runs.remote_nodes.port import OnKnown, RemoteOutcome
from spl.runtime.values import dumps

if TYPE_CHECKING:
    from spl.daemon.runs.service import Runs

# Whoever waits is woken by the end; this only bounds one wait.
WAIT_SECONDS = 3600.0


async def run_here(
    runs: Runs, parent: LiveRun, node: RemoteNode, arguments: bytes, *, depth: int, on_known: OnKnown
) -> RemoteOutcome:
    """Run a node on this machine; cancelling this cancels its run.

    Raises:
        ObjectNotFound, VersionNotFound, FunctionNotFound, InvalidArguments, Draining, QueueFull
    """
    version = await runs.objects.load(node.name, parse_version(node.version))
    signature = version.signature(node.function)
    bound = dumps(signature.bind([], json.loads(arguments)))
    request = RunRequest(
        version=version,
        arguments=bound,
        function=node.function,
        priority=parent.record.priority,
        allow_pickle=parent.allow_pickle,
        parent=Parent(parent.id, node.id, depth),
    )
    run = await _submitted(runs, request)
    on_known({"run_id": run.id, "machine": None, "state": run.state})
    try:
        while not run.ended:
            await run.wait(WAIT_SECONDS)
    except asyncio.CancelledError:
        runs.supervisor.cancel(run)
        raise
    outcome = run.outcome
    assert outcome is not None
    about = {
        "run_id": run.id,
        "machine": None,
        "object": version.object,
        "version": version.version,
        "state": outcome.state,
        "reason": outcome.reason,
    }
    body = outcome.result if outcome.state == "succeeded" else outcome.error
    return RemoteOutcome(outcome.state, (body or "null").encode(), signature.kind, about)


async def _submitted(runs: Runs, request: RunRequest) -> LiveRun:
    """The accepted run; where this is cancelled meanwhile, the run is."""

    def stop(done: asyncio.Task[LiveRun | str]) -> None:
        if not done.cancelled() and done.exception() is None and isinstance(run := done.result(), LiveRun):
            runs.supervisor.cancel(run)

    accepting = asyncio.create_task(runs.submit(request), name=f"accept {request.version}")
    try:
        run = await asyncio.shield(accepting)
    except asyncio.CancelledError:
        accepting.add_done_callback(stop)
        raise
    assert isinstance(run, LiveRun)  # it has no key that could be another run's
    return run
