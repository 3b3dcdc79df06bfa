"""Starting runs and waiting for what they come to."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from spl.client.catalog import split_reference, version_number, version_or_tag
from spl.client.handles import Run, say_detached
from spl.client.payloads import INLINE_LIMIT, spilled
from spl.client.results import CallResult
from spl.client.runs import RunReading, Runs
from spl.client.server import ServerLink, check_origin, needs_server, nowhere
from spl.core.errors import (
    DaemonUnreachable,
    InvalidRequest,
    ObjectNotFound,
    RunFailed,
    ServerNotConnected,
    ServerUnreachable,
    SPLError,
)
from spl.core.wire import runs as wire
from spl.core.wire.base import LONG_POLL, Flow, Request, Response
from spl.core.wire.paths import KEPT
from spl.core.wire.server.target import OfflinePolicy, Remote
from spl.core.wire.waiting import patiently

if TYPE_CHECKING:
    from spl.client.context import Context
    from spl.core.entities.node_remote import NodeRemote

DETACH_SECONDS = 2.0
"""Seconds that Ctrl-C may take to find out which run goes on: whoever presses it wants out."""

AT_ONCE = 1.0
"""Seconds within which a daemon says that its server is away; a request that took longer was on its way there."""


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
    remote: Remote | None = None
    key: str = field(default_factory=new_key)
    body: dict[str, Any] | None = None
    run: dict[str, Any] | None = None

    def request(self, context: Context, wait: float, at: str | None = None) -> Flow[Request]:
        """The request, its large values delivered to where `context` has them; `at` is where it goes itself."""
        at = at or context.paths.runs
        name, function = split_reference(self.object, self.function)
        if not isinstance(self.kwargs, Mapping):
            raise InvalidRequest(f"kwargs= is a dict of arguments by name, not a {type(self.kwargs).__name__}.")
        if isinstance(self.args, str | bytes | Mapping):
            raise InvalidRequest(f"args= is a list of arguments, not a {type(self.args).__name__}.")
        args, kwargs, blobs = context.payloads.encoded(self.args, self.kwargs, allow_pickle=context.allow_pickle)
        body: dict[str, Any] = {"object": name, "args": args, "kwargs": kwargs, "idempotency_key": self.key}
        options = {
            "version": version_number(self.version) if self.remote is None else version_or_tag(self.version),
            "function": function,
            "output": self.output,
            "timeout_seconds": self.timeout_seconds,
            "isolation": self.isolation,
            "priority": self.priority,
            "allow_pickle": context.allow_pickle or None,
            **(self.remote.body() if self.remote is not None else {}),
        }
        body.update({option: value for option, value in options.items() if value is not None})
        request = wire.start(body, wait, at=at)
        if len(request.body or b"") > INLINE_LIMIT:  # type: ignore[arg-type]  # a start has bytes
            body["args"] = spilled(args, blobs, len(args) + len(kwargs))
            body["kwargs"] = spilled(kwargs, blobs, len(args) + len(kwargs))
            request = wire.start(body, wait, at=at)
        yield from context.payloads.delivered([body["args"], body["kwargs"]], blobs)
        self.body = body
        return request

    def started(self, context: Context, wait: float = 0.0) -> Flow[dict[str, Any]]:
        """The run, as far as it is after `wait` seconds."""
        try:
            request = yield from self.request(context, wait)
            self.run = (yield from when_sent(request)).json()
        except ServerNotConnected as error:
            raise self._alone(error) from None
        return self.run

    def kept(self, context: Context) -> Flow[dict[str, Any]]:
        """The run where the server is there, and else the call that the daemon keeps for it; `context` is the daemon's.

        Raises:
            ServerNotConnected: there is no server that it could wait for.
            InvalidRequest: it holds a secret.
        """
        if self.remote is not None and self.remote.machine_subtoken is not None:
            raise InvalidRequest(
                "A call with a machine_subtoken can't wait for the server: secrets are not kept.",
                hint="Ask its owner for a grant on the machine, or leave offline_policy out.",
            )
        try:
            request = yield from self.request(context, AT_ONCE, KEPT)
            self.run = (yield from when_sent(request)).json()
        except ServerNotConnected as error:
            raise self._alone(error) from None
        return self.run

    def _alone(self, error: ServerNotConnected) -> ServerNotConnected:
        said = self.remote.said if self.remote is not None else ""
        return needs_server(f"Running {self.object!r}{said}", error)


class Starting(RunReading):
    """Starts what was asked, and waits for what comes of it."""

    def _called(
        self, ask: Ask, context: Context, artifacts_dir: str | Path | None, progress: bool, wait: float | None = None
    ) -> CallResult:
        try:
            with self._watching(progress) as observe:
                first = LONG_POLL if observe is None else observe({"object": ask.object, "state": "queued"})
                deadline = None if wait is None else time.monotonic() + wait
                document = self._do(ask.started(context, first if wait is None else min(first, wait)))
                run = self._handle(document, context)
                left = None if deadline is None else max(0.0, deadline - time.monotonic())
                return self._result_of(run, run._collected(left, artifacts_dir, observe, self._do))
        except RunFailed as error:
            raise error.with_traceback(None) from error.__cause__  # what is ours in it says nothing to a caller
        except KeyboardInterrupt:
            self._detach(ask, context)
            raise

    def _detach(self, ask: Ask, context: Context) -> None:
        """Say what goes on after Ctrl-C, and how to stop it."""
        run_id = ask.run["id"] if ask.run is not None else None
        if run_id is None and ask.body is not None:
            with suppress(SPLError, KeyboardInterrupt):  # the same key again: the run that began, and not another one
                request = wire.start(ask.body, 0.0, at=context.paths.runs)
                found = self._json(
                    Request(request.method, request.path, request.body, timeout=DETACH_SECONDS, keyed=True)
                )
                run_id = found["id"]
        if run_id is None:
            sys.stderr.write(f"\nStopped waiting. If {ask.object!r} had begun, it goes on: see client.runs().\n")
            return
        say_detached(run_id, ask.object)


class Calling(Starting, Runs, ServerLink):
    """The verbs that start runs."""

    def _place_of(self, remote: Remote) -> tuple[Context, Remote | None]:
        """Where this runs: elsewhere as soon as anything is said that only a server knows."""
        return (self._remote, remote) if remote.named else (self._context, None)

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
        offline_policy: OfflinePolicy | None = None,
        delivery: Mapping[str, Any] | None = None,
        machine_subtoken: str | None = None,
        progress: bool = True,
    ) -> CallResult:
        """Run an object and wait for its value: here, or where `owner`, `library` or `target_machine` say.

        Ctrl-C stops the waiting, not the run, and says how to stop that.

        Args:
            name: the object, or `"object::function"`.
            args, kwargs: its arguments.
            output: of a pipeline: the alias or node whose value is wanted; only what it needs is run.
            timeout_seconds: after so many seconds the run is stopped.
            version: a number; the latest if not given. Of a server's object also a tag.
            artifacts_dir: where to put the files that the run leaves.
            owner, library: an object of this library on the server; it runs on a machine there.
            target_machine: the machine it is to run on.
            offline_policy: if that machine is away, `queue` waits for it and `fail` does not.
            delivery: `{"mode": "at_least_once", "max_attempts": 3}` lets it begin again when its machine dies.
            machine_subtoken: lends access to another user's machine.
            function: a function inside the object, to be run instead of it.
            isolation: overrides how the object's runs are kept apart.
            progress: whether a terminal or a notebook shows how it goes, once it takes longer than a moment.

        Raises:
            ObjectNotFound, VersionNotFound, FunctionNotFound, OutputNotFound: there is no such thing.
            InvalidArguments: they don't fit the signature; nothing was started.
            RunFailed: it raised, with the author's own source lines; RunTimedOut: it took too long.
            ServerNotConnected, ServerUnreachable: it is to run elsewhere, and the daemon has no server to ask.
        """
        asked = Remote(
            owner, library, target_machine, offline_policy, delivery=delivery, machine_subtoken=machine_subtoken
        )
        context, remote = self._place_of(asked)
        ask = Ask(
            name, args or (), kwargs or {}, version, function, output, timeout_seconds, isolation, priority, remote
        )
        return self._called(ask, context, artifacts_dir, progress)

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
        offline_policy: OfflinePolicy | None = None,
        delivery: Mapping[str, Any] | None = None,
        machine_subtoken: str | None = None,
    ) -> Run:
        """Run an object without waiting; a handle that is awaitable and like a future. Arguments as for `call`."""
        asked = Remote(
            owner, library, target_machine, offline_policy, delivery=delivery, machine_subtoken=machine_subtoken
        )
        context, remote = self._place_of(asked)
        ask = Ask(
            name, args or (), kwargs or {}, version, function, output, timeout_seconds, isolation, priority, remote
        )
        return self._handle(self._do(ask.started(context)), context)

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
        offline_policy: OfflinePolicy | None = None,
        delivery: Mapping[str, Any] | None = None,
        machine_subtoken: str | None = None,
    ) -> Run:
        """Run an object when its machine is there and has room; on this machine that is `start`.

        Another machine may be away for days: the server keeps the run for it.

        Args:
            offline_policy: with `queue` the server itself may be away: the daemon keeps the call on its disk, sends it
                when the server is back, and the state of the run is `waiting_for_server` until then. `fail` refuses a
                machine that is away. Without it a machine may be away, and a server may not.

        Raises:
            ServerNotConnected: another machine was named, and the daemon has no server to ask.
            ServerUnreachable: the server is away, and `offline_policy` is not `queue`.
        """
        asked = Remote(
            owner,
            library,
            target_machine,
            offline_policy,
            queue=True,
            delivery=delivery,
            machine_subtoken=machine_subtoken,
        )
        context, remote = self._place_of(asked)
        ask = Ask(name, args or (), kwargs or {}, version, function, output, timeout_seconds, remote=remote)
        begun = ask.kept(self._context) if offline_policy == "queue" else ask.started(context)
        return self._handle(self._do(begun), context)

    def run_node(self, node: NodeRemote, kwargs: Mapping[str, Any], *, timeout_seconds: float | None = None) -> Any:
        """The value of a remote node: what a pipeline's executor calls.

        A node that names nothing but an object published here runs here; every other one on the server.

        Raises:
            InvalidRequest: its url is not that of the server that the daemon is connected to.
        """
        remote = Remote(node.owner, node.library, getattr(node, "target_machine", None))
        if node.url is not None:
            check_origin(self._server_url(), node.url, node.reference)
        elif not remote.named:
            try:
                called = self._called(self._of_node(node, kwargs, timeout_seconds), self._context, None, False)
                return value_for(node, called)
            except ObjectNotFound as error:
                if not self._server_url():
                    raise nowhere(node.reference) from error
        called = self._called(self._of_node(node, kwargs, timeout_seconds, remote), self._remote, None, False)
        return value_for(node, called)

    @staticmethod
    def _of_node(
        node: NodeRemote, kwargs: Mapping[str, Any], timeout_seconds: float | None, remote: Remote | None = None
    ) -> Ask:
        version = getattr(node, "version", None)
        return Ask(node.name, (), kwargs, version, node.function, timeout_seconds=timeout_seconds, remote=remote)


def value_for(node: NodeRemote, called: CallResult) -> Any:
    """What a call gave as the node takes it: a node without ports by name takes no port names of a pipeline either."""
    return called.output if [port.name for port in node.outputs] == ["default"] else called.value


def when_sent(request: Request) -> Flow[Response]:
    """The answer to a keyed request: asked again if it may have arrived; whoever isn't there is told at once."""
    began = time.monotonic()
    try:
        response: Response = yield request
    except (DaemonUnreachable, ServerUnreachable) as error:
        if not error.details.get("sent", time.monotonic() - began > AT_ONCE):
            raise
        response = yield from patiently(request)
    return response
