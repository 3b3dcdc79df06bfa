"""Runs commands: one and then the end, or one after the other.

command  {"op": "run", "run", "attempt", "folder", "object", "function", "output", "env", "limits", "artifacts",
         "result_bytes", "allow_pickle"}: all but run, attempt and folder may be missing;
         body: the arguments' documents by name
progress {"op": "progress", "run", "done", "total", "text"}
node, remote, answer, forget: see `spl.runtime.nodes` and `spl.runtime.remote`
result   {"op": "result", "run", "state": "succeeded" | "failed", "reason", "artifacts", "output", "run_ms"};
         body: the result's document, or the error's
retire   {"op": "retire", "reason"}: what else was sent has not been begun, and will not be
"""

from __future__ import annotations

import json
import os
import signal
import time

from spl.runtime import artifacts, context, launch, values
from spl.runtime.blobs import Blobs
from spl.runtime.channel import Channel
from spl.runtime.execute import RemoteFailed, StepFailed, call
from spl.runtime.nodes import Nodes
from spl.runtime.traceback import describe

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any

    from spl.runtime.loader import Bundle
    from spl.runtime.remote import Remotes

# Larger results belong into artifacts; a daemon that thinks otherwise says so in its commands.
RESULT_BYTES = 2 * 1024**3

# What a run with remote steps would import, in each forked child anew.
FOR_REMOTE_STEPS = ("queue", "concurrent.futures.thread", "spl.runtime.remote")


def main(bundle_folder: str, blobs: str, parent: int, *, once: bool, cold: bool) -> None:
    """Serve over standard input and output, which are moved out of the way of user code first.

    `once`: one run and no more. `cold`: import nothing that the run may turn out not to need.
    """
    channel = Channel(launch.private(0), launch.private(1))
    launch.die_with_parent(parent)
    launch.settle()
    marker = launch.Marker()
    try:
        bundle = load(bundle_folder, cold=cold)
    except BaseException as error:
        channel.send({"op": "ready", "pid": os.getpid(), "error": describe(error)})
        launch.leave(1)
        return
    launch.flush()
    launch.adopt_orphans()
    channel.send({"op": "ready", "pid": os.getpid()})
    worker = Worker(bundle, blobs, channel, marker)
    if once:
        worker.serve_one()
    else:
        worker.serve_many()


def load(folder: str, *, cold: bool = False) -> Bundle:
    """Import the bundle, and prepare what its first run would otherwise pay for."""
    from spl.runtime import loader

    bundle = loader.load(folder)
    if not cold:
        loader.import_ahead(bundle)
        values.prepare()
    if bundle.is_pipeline(bundle.entrypoint):
        program = bundle.program(bundle.entrypoint)
        if program.select().remote and not cold:
            for name in FOR_REMOTE_STEPS:
                __import__(name)
    return bundle


class Run(context.RunContext):
    """The current run, which remembers whether its function looks at `cancelled()`."""

    looks = False

    def cancelled(self) -> bool:
        self.looks = True
        return super().cancelled()

    def on_terminate(self, number: int, frame: object) -> None:
        """SIGTERM: a function that looks at `cancelled()` ends in its own way; any other is interrupted.

        An interrupt lets `finally` and `with` clean up, as Ctrl-C does in a notebook.
        """
        self.cancel()
        if not self.looks:
            raise KeyboardInterrupt("The run was stopped.")


class Failure(Exception):
    """The run did not come to a value: its reason, its error document, and the artifacts it keeps."""

    def __init__(self, reason: str, error: Mapping[str, Any], artifacts: list[dict[str, Any]] | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.error = error
        self.artifacts = artifacts


class Worker:
    def __init__(self, bundle: Bundle, blobs: str, channel: Channel, marker: launch.Marker) -> None:
        self._bundle = bundle
        self._blobs = Blobs(blobs)
        self._channel = channel
        self._marker = marker

    def serve_one(self) -> None:
        frame = self._channel.receive("run")
        if frame is None:
            os._exit(0)
        self._run(*frame)
        self._end_children()
        launch.leave(0)

    def serve_many(self) -> None:
        from spl.runtime.launch_restore import Baseline

        baseline = Baseline()
        while True:
            frame = self._channel.receive("run")
            if frame is None:
                break
            self._run(*frame)
            leftover = baseline.restore()
            if leftover:
                self._channel.send({"op": "retire", "reason": leftover})
                self._end_children()
                break
        launch.leave(0)

    def _run(self, command: Mapping[str, Any], arguments: bytes) -> None:
        """One command from its frame to its result frame."""
        own_pid, began = os.getpid(), time.perf_counter()
        header: dict[str, Any] = {"op": "result", "run": command["run"], "state": "succeeded", "reason": "ok"}
        try:
            self._enter(command)
            body, header["artifacts"] = self._perform(command, arguments)
        except BaseException as error:
            failure = error if isinstance(error, Failure) else explain(error)
            kept = _collected(command) if failure.artifacts is None else failure.artifacts
            header.update(state="failed", reason=failure.reason, artifacts=kept)
            body = json.dumps(failure.error, separators=(",", ":")).encode()
        if os.getpid() != own_pid:
            # A child that the function forked came back out of it; the result is its parent's to tell.
            launch.flush()
            os._exit(0)
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        launch.flush()
        header["output"] = launch.output_sizes()
        header["run_ms"] = round((time.perf_counter() - began) * 1000, 3)
        try:
            self._channel.send(header, body)
        except OSError:
            os._exit(0)  # nobody is left to tell it to
        launch.keep(command["folder"], arguments, body, command.get("object"))

    def _enter(self, command: Mapping[str, Any]) -> None:
        """Put the process in the run's place."""
        run = command["run"]
        self._marker.write(run)
        environment = command.get("env")
        if environment:
            os.environ.update(environment)
        os.environ[launch.RUN_ID] = run
        os.environ[launch.ATTEMPT] = str(command["attempt"])
        launch.limit(command.get("limits") or {})
        launch.enter(command["folder"])

    def _perform(self, command: Mapping[str, Any], arguments: bytes) -> tuple[bytes, list[dict[str, Any]]]:
        """The result's document, and the artifacts."""
        run = Run(command["run"], command["attempt"], command["folder"], self._reporter(command["run"]))
        signal.signal(signal.SIGTERM, run.on_terminate)
        with context.bind(run):
            value = self._call(command, self._decode(command, arguments))
        run.flush()
        value = artifacts.adopt(value, command["folder"])
        found = artifacts.collect(command["folder"], **(command.get("artifacts") or {}))
        return self._encode(command, value, found), found

    def _call(self, command: Mapping[str, Any], arguments: dict[str, Any]) -> Any:
        bundle, function = self._bundle, command.get("function")
        if function is not None or not bundle.is_pipeline(bundle.entrypoint):
            return call(bundle.functions[function or bundle.entrypoint], arguments)
        program, output = bundle.program(bundle.entrypoint), command.get("output")
        nodes = Nodes(command["run"], program.ids, self._channel.send)
        remotes = self._remotes(command) if program.select(output).remote else None
        try:
            return program.run(arguments, output, remote=remotes, nodes=nodes).result
        except StepFailed as failed:
            failure = explain(failed.__cause__ or failed)
            raise Failure(failure.reason, {**failure.error, "node": failed.step_id}) from None
        finally:
            if remotes is not None:
                remotes.close()

    def _remotes(self, command: Mapping[str, Any]) -> Remotes:
        from spl.runtime.remote import Remotes

        allow_pickle = bool(command.get("allow_pickle"))
        return Remotes(command["run"], self._channel, self._blobs, self._bundle.find_type, allow_pickle=allow_pickle)

    def _decode(self, command: Mapping[str, Any], arguments: bytes) -> dict[str, Any]:
        blobs, find, pickled = self._blobs, self._bundle.find_type, bool(command.get("allow_pickle"))
        docs = values.loads(arguments)
        return {name: values.decode(doc, blobs, allow_pickle=pickled, types=find) for name, doc in docs.items()}

    def _encode(self, command: Mapping[str, Any], value: Any, found: list[dict[str, Any]]) -> bytes:
        limit = int(command.get("result_bytes") or RESULT_BYTES)
        try:
            doc = values.encode(value, self._blobs, allow_pickle=bool(command.get("allow_pickle")))
            body = values.pack(doc, self._blobs)
        except values.NotEncodable as error:
            raise Failure("result_not_encodable", {"type": error.type_name, "message": str(error)}, found) from None
        except RecursionError:
            message = "The result is nested too deeply to travel."
            raise Failure("result_not_encodable", {"type": type(value).__name__, "message": message}, found) from None
        size = len(body) + _blob_bytes(doc)
        if size > limit:
            message = f"The result has {size} bytes, and a result has at most {limit}."
            raise Failure("result_too_large", {"type": type(value).__name__, "message": message}, found)
        return body

    def _reporter(self, run: str) -> Callable[[float | None, float | None, str], None]:
        def report(done: float | None, total: float | None, text: str) -> None:
            try:
                self._channel.send({"op": "progress", "run": run, "done": done, "total": total, "text": text})
            except OSError:
                pass  # the daemon is gone, and this process will be

        return report

    def _end_children(self) -> None:
        """End what the run left behind: it has come back to this process, as far as it ever left it."""
        for pid in launch.children():
            try:
                os.kill(pid, signal.SIGKILL)
            except OSError:
                pass


def explain(error: BaseException) -> Failure:
    """Why a run failed, by what came out of the function."""
    if isinstance(error, RemoteFailed):
        return Failure("user_exception", {**error.document, "remote": error.remote})
    document = describe(error)
    if isinstance(error, MemoryError):
        return Failure("worker_oom", document)
    if isinstance(error, artifacts.ArtifactRejected):
        return Failure("artifact_rejected", document, error.accepted)
    if isinstance(error, SystemExit):
        code = "" if error.code is None else repr(error.code)
        return Failure(
            "worker_crashed", {**document, "message": f"The function ended its process by sys.exit({code})."}
        )
    return Failure("user_exception", document)


def _collected(command: Mapping[str, Any]) -> list[dict[str, Any]]:
    """What a failed run left, as far as it can be kept."""
    try:
        return artifacts.collect(command["folder"], **(command.get("artifacts") or {}))
    except artifacts.ArtifactRejected as rejected:
        return rejected.accepted
    except Exception:  # the failure is what counts
        return []


def _blob_bytes(doc: Any) -> int:
    """How much of a document lies in blobs."""
    if isinstance(doc, dict):
        blob = doc.get("blob") if "$spl" in doc else None
        return int(blob["size"]) if isinstance(blob, dict) else sum(map(_blob_bytes, doc.values()))
    return sum(map(_blob_bytes, doc)) if isinstance(doc, list) else 0
