"""Starting runs and waiting for what they come to."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from spl.client.catalog import split_reference, version_number
from spl.client.handles import Run, say_detached
from spl.client.payloads import INLINE_LIMIT, spilled
from spl.client.results import CallResult
from spl.client.runs import Runs
from spl.client.server import refuse_server
from spl.core.errors import DaemonUnreachable, InvalidRequest, RunFailed, SPLError
from spl.core.wire import runs as wire
from spl.core.wire.base import LONG_POLL, Flow, Request, Response
from spl.core.wire.waiting import patiently

if TYPE_CHECKING:
    from spl.client.context import Context
    from spl.core.entities.node_remote import NodeRemote

DETACH_SECONDS = 2.0
"""Seconds that Ctrl-C may take to find out which run goes on: whoever presses it wants out."""


def new_key() -> str:
    """A key by which the daemon knows a request again."""
    return os.urandom(16).hex()


@dataclass(slots=True)
class Ask:
    """What is to be run. `key` makes asking twice the same as asking once."""

    object: str
    args: Sequence[Any] = ()
    kwargs: Mapping[str, Any] = field(default_factory=dict)
    version: int | str | None = None
    function: str | None = None
    output: str | None = None
    timeout_seconds: float | None = None
    isolation: str | None = None
    priority: int | None = None
    key: str = field(default_factory=new_key)
    body: dict[str, Any] | None = None
    run: dict[str, Any] | None = None

    def request(self, context: Context, wait: float) -> Flow[Request]:
        """The request, its large values delivered."""
        name, function = split_reference(self.object, self.function)
        if not isinstance(self.kwargs, Mapping):
            raise InvalidRequest(f"kwargs= is a dict of arguments by name, not a {type(self.kwargs).__name__}.")
        if isinstance(self.args, str | bytes | Mapping):
            raise InvalidRequest(f"args= is a list of arguments, not a {type(self.args).__name__}.")
        args, kwargs, blobs = context.payloads.encoded(self.args, self.kwargs, allow_pickle=context.allow_pickle)
        body: dict[str, Any] = {"object": name, "args": args, "kwargs": kwargs, "idempotency_key": self.key}
        options = {
            "version": version_number(self.version),
            "function": function,
            "output": self.output,
            "timeout_seconds": self.timeout_seconds,
            "isolation": self.isolation,
            "priority": self.priority,
            "allow_pickle": context.allow_pickle or None,
        }
        body.update({option: value for option, value in options.items() if value is not None})
        request = wire.start(body, wait)
        if len(request.body or b"") > INLINE_LIMIT:  # type: ignore[arg-type]  # a start has bytes
            body["args"] = spilled(args, blobs, len(args) + len(kwargs))
            body["kwargs"] = spilled(kwargs, blobs, len(args) + len(kwargs))
            request = wire.start(body, wait)
        yield from context.payloads.delivered([body["args"], body["kwargs"]], blobs)
        self.body = body
        return request

    def started(self, context: Context, wait: float = 0.0) -> Flow[dict[str, Any]]:
        """The run, as far as it is after `wait` seconds."""
        request = yield from self.request(context, wait)
        self.run = (yield from when_sent(request)).json()
        return self.run


class Calling(Runs):
    """The verbs that start runs."""

    def call(
        self,
        name: str,
        *,
        args: Sequence[Any] | None = None,
        kwargs: Mapping[str, Any] | None = None,
        output: str | None = None,
        timeout_seconds: float | None = None,
        version: int | str | None = None,
        artifacts_dir: str | Path | None = None,
        target_machine: str | None = None,
        owner: str | None = None,
        library: str | None = None,
        function: str | None = None,
        isolation: str | None = None,
        priority: int | None = None,
        progress: bool = True,
    ) -> CallResult:
        """Run an object and wait for its value.

        Ctrl-C stops the waiting, not the run, and says how to stop that.

        Args:
            name: the object, or `"object::function"`.
            args, kwargs: its arguments.
            output: of a pipeline: the alias or node whose value is wanted; only what it needs is run.
            timeout_seconds: after so many seconds the run is stopped.
            version: a number; the latest if not given.
            artifacts_dir: where to put the files that the run leaves.
            function: a function inside the object, to be run instead of it.
            isolation: overrides how the object's runs are kept apart.
            progress: whether a terminal or a notebook shows how it goes, once it takes longer than a moment.

        Raises:
            ObjectNotFound, VersionNotFound, FunctionNotFound, OutputNotFound: there is no such thing.
            InvalidArguments: they don't fit the signature; nothing was started.
            RunFailed: it raised, with the author's own source lines; RunTimedOut: it took too long.
        """
        refuse_server(f"Running {name!r}", target_machine=target_machine, owner=owner, library=library)
        ask = Ask(name, args or (), kwargs or {}, version, function, output, timeout_seconds, isolation, priority)
        try:
            with self._watching(progress) as observe:
                first = LONG_POLL if observe is None else observe({"object": name, "state": "queued"})
                run = Run(self._do(ask.started(self._context, first)), self)
                return self._result_of(run, run._collected(None, artifacts_dir, observe, self._do))
        except RunFailed as error:
            raise error.with_traceback(None) from error.__cause__  # what is ours in it says nothing to a caller
        except KeyboardInterrupt:
            self._detach(ask)
            raise

    def start(
        self,
        name: str,
        *,
        args: Sequence[Any] | None = None,
        kwargs: Mapping[str, Any] | None = None,
        output: str | None = None,
        timeout_seconds: float | None = None,
        version: int | str | None = None,
        target_machine: str | None = None,
        owner: str | None = None,
        library: str | None = None,
        function: str | None = None,
        isolation: str | None = None,
        priority: int | None = None,
    ) -> Run:
        """Run an object without waiting; a handle that is awaitable and like a future. Arguments as for `call`."""
        refuse_server(f"Running {name!r}", target_machine=target_machine, owner=owner, library=library)
        ask = Ask(name, args or (), kwargs or {}, version, function, output, timeout_seconds, isolation, priority)
        return self._handle(self._do(ask.started(self._context)))

    submit = start

    def queue(
        self,
        name: str,
        *,
        args: Sequence[Any] | None = None,
        kwargs: Mapping[str, Any] | None = None,
        output: str | None = None,
        timeout_seconds: float | None = None,
        version: int | str | None = None,
        target_machine: str | None = None,
        owner: str | None = None,
        library: str | None = None,
        function: str | None = None,
    ) -> Run:
        """Run an object when its machine is there and has room; on this machine that is `start`.

        Raises:
            ServerNotConnected: another machine was named.
        """
        refuse_server(f"Queueing {name!r}", target_machine=target_machine, owner=owner, library=library)
        ask = Ask(name, args or (), kwargs or {}, version, function, output, timeout_seconds)
        return self._handle(self._do(ask.started(self._context)))

    def run_node(self, node: NodeRemote, kwargs: Mapping[str, Any], *, timeout_seconds: float | None = None) -> Any:
        """The value of a remote node: what a pipeline's executor calls.

        A node without url, owner, library and target machine that names an object published here runs here.
        """
        refuse_server(
            f"Running the remote node {node.reference!r}",
            url=node.url,
            owner=node.owner,
            library=node.library,
            target_machine=getattr(node, "target_machine", None),
        )
        version = getattr(node, "version", None)
        called = self.call(
            node.name,
            function=node.function,
            kwargs=kwargs,
            version=version,
            timeout_seconds=timeout_seconds,
            progress=False,
        )
        return called.value

    def _detach(self, ask: Ask) -> None:
        """Say what goes on after Ctrl-C, and how to stop it."""
        run_id = ask.run["id"] if ask.run is not None else None
        if run_id is None and ask.body is not None:
            with suppress(SPLError, KeyboardInterrupt):  # the same key again: the run that began, and not another one
                request = wire.start(ask.body, 0.0)
                found = self._json(
                    Request(request.method, request.path, request.body, timeout=DETACH_SECONDS, keyed=True)
                )
                run_id = found["id"]
        if run_id is None:
            sys.stderr.write(f"\nStopped waiting. If {ask.object!r} had begun, it goes on: see client.runs().\n")
            return
        say_detached(run_id, ask.object)


def when_sent(request: Request) -> Flow[Response]:
    """The answer to a keyed request: asked again if it may have arrived; a daemon that isn't there is told at once."""
    try:
        response: Response = yield request
    except DaemonUnreachable as error:
        if not error.details.get("sent"):
            raise
        response = yield from patiently(request)
    return response
