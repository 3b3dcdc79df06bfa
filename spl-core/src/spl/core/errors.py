"""Everything that can go wrong, as one tree.

Each error has a stable `code` (what programs look at), an HTTP `status` (what it is on the wire) and a `hint` (what to
do next). The first line of a class's docstring is its default message.

    SPLError
    ├── CaptureError                 capture_refused
    ├── PipelineError                invalid_pipeline
    │   ├── UnknownPort              unknown_port
    │   ├── UnknownAlias             unknown_alias
    │   └── PipelineCycle            pipeline_cycle
    ├── InvalidBundle                invalid_bundle
    ├── NodeFailed                   node_failed
    ├── ValueNotEncodable            value_not_encodable
    ├── ValueNotDecodable            value_not_decodable
    ├── ValueTooLarge                value_too_large
    ├── InvalidRequest               invalid_request
    │   ├── InvalidArguments         invalid_arguments
    │   ├── InvalidName              invalid_name
    │   ├── NotAPython               not_a_python
    │   ├── WrongHash                wrong_hash
    │   ├── BodyTooLarge             body_too_large
    │   ├── BodyTooSlow              body_too_slow
    │   ├── RangeNotSatisfiable      range_not_satisfiable
    │   └── MethodNotAllowed         method_not_allowed
    ├── Refused
    │   ├── Unauthorized             unauthorized
    │   ├── HostNotAllowed           host_not_allowed
    │   ├── BrowserRefused           browser_refused
    │   └── Forbidden                permission_denied
    │       ├── WrongCredentialKind  wrong_credential_kind
    │       └── ScopeMissing         scope_missing
    ├── NotFound                     not_found
    │   ├── ObjectNotFound           object_not_found
    │   ├── VersionNotFound          version_not_found
    │   ├── FunctionNotFound         function_not_found
    │   ├── OutputNotFound           output_not_found
    │   ├── EnvironmentNotFound      environment_not_found
    │   ├── BuildNotFound            env_build_not_found
    │   ├── RunNotFound              run_not_found
    │   ├── BatchNotFound            batch_not_found
    │   ├── ArtifactNotFound         artifact_not_found
    │   ├── BlobNotFound             blob_not_found
    │   ├── LibraryNotFound          library_not_found
    │   └── MachineNotFound          machine_not_found
    ├── Conflict                     conflict
    │   ├── ResultNotReady           result_not_ready
    │   ├── BuildInUse               env_build_in_use
    │   ├── HomeLocked               home_locked
    │   ├── WrongOwner               wrong_owner
    │   ├── LibraryExists            library_exists
    │   ├── MachineOffline           machine_offline
    │   ├── MachineRefuses           machine_refuses
    │   └── StaleClaim               stale_claim
    ├── Gone                         gone
    ├── Unavailable
    │   ├── DaemonUnreachable        daemon_unreachable
    │   ├── Draining                 draining
    │   ├── QueueFull                queue_full
    │   ├── RateLimited              rate_limited
    │   ├── DiskFull                 disk_full
    │   ├── ServerNotConnected       server_not_connected
    │   ├── ServerUnreachable        central_server_unreachable
    │   ├── ServerRefused            server_refused
    │   └── SchemaMismatch           schema_mismatch
    ├── RunFailed                    user_exception, worker_crashed, env_build_failed, ... (the run's reason)
    │   ├── EnvironmentBuildFailed   env_build_failed
    │   ├── RunCancelled             cancelled
    │   ├── RunTimedOut              timed_out
    │   ├── RunLost                  lost
    │   └── RunExpired               expired
    ├── WaitTimedOut                 wait_timed_out
    └── InternalError                internal_error

What only a server says is drawn in `spl.core.server_errors`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, ClassVar


class SPLError(Exception):
    """Something went wrong in SPLime."""

    code: ClassVar[str] = "spl_error"
    status: ClassVar[int] = 500
    hint: str | None = None

    def __init__(self, message: str | None = None, *, hint: str | None = None, **details: Any) -> None:
        self.message = message or default_message(type(self))
        if hint is not None:
            self.hint = hint
        self.details: dict[str, Any] = details
        super().__init__(self.message)

    def __str__(self) -> str:
        return f"{self.message} {self.hint}" if self.hint else self.message

    def problem(self) -> dict[str, Any]:
        """This error as an RFC 9457 problem document."""
        document: dict[str, Any] = {
            "type": "about:blank",
            "title": default_message(type(self)),
            "status": self.status,
            "code": self.code,
            "detail": self.message,
        }
        if self.hint:
            document["hint"] = self.hint
        if self.details:
            document["details"] = self.details
        return document


def default_message(kind: type[SPLError]) -> str:
    """The first line of the class's docstring."""
    return (kind.__doc__ or "").strip().splitlines()[0]


# --- what is published ------------------------------------------------------------------------------------------------


class CaptureError(SPLError):
    """This callable can't be published as it stands."""

    code = "capture_refused"
    status = 422


class PipelineError(SPLError):
    """The pipeline is not well formed."""

    code = "invalid_pipeline"
    status = 422


class UnknownPort(PipelineError, ValueError):
    """There is no input port by this name."""

    code = "unknown_port"


class UnknownAlias(PipelineError, KeyError):
    """The pipeline has no output by this alias."""

    code = "unknown_alias"

    __str__ = SPLError.__str__


class PipelineCycle(PipelineError, ValueError):
    """A pipeline's links may not form a circle."""

    code = "pipeline_cycle"


class InvalidBundle(SPLError, ValueError):
    """The SPL/YAML document is not a valid bundle."""

    code = "invalid_bundle"
    status = 422


class NodeFailed(SPLError):
    """A node of the pipeline raised; `node` names it, `run` holds what was computed before it."""

    code = "node_failed"
    status = 422

    def __init__(self, message: str | None = None, *, node: str = "", run: Any = None, **details: Any) -> None:
        super().__init__(message, node=node, **details)
        self.node = node
        self.run = run


# --- values -----------------------------------------------------------------------------------------------------------


class ValueNotEncodable(SPLError, TypeError):
    """A value of this type can't travel between processes."""

    code = "value_not_encodable"
    status = 422
    hint = (
        "Return JSON-like data, a dataframe or an array, or write it as an artifact; "
        "allow_pickle=True is the last resort."
    )


class ValueNotDecodable(SPLError, ValueError):
    """The encoded value is damaged or of an unknown kind."""

    code = "value_not_decodable"
    status = 422


class ValueTooLarge(SPLError, ValueError):
    """The value is larger than the limit."""

    code = "value_too_large"
    status = 413


# --- requests ---------------------------------------------------------------------------------------------------------


class InvalidRequest(SPLError, ValueError):
    """The request is not valid."""

    code = "invalid_request"
    status = 422


class InvalidArguments(InvalidRequest, TypeError):
    """The arguments don't fit the signature."""

    code = "invalid_arguments"


class InvalidName(InvalidRequest):
    """A name has 1 to 200 letters, digits, `_`, `-` or `.`, and begins with a letter or `_`."""

    code = "invalid_name"


class NotAPython(InvalidRequest):
    """The path is not a Python interpreter."""

    code = "not_a_python"


class WrongHash(InvalidRequest):
    """The body does not have the hash it is sent under."""

    code = "wrong_hash"


class BodyTooLarge(InvalidRequest):
    """The request's body is larger than the limit."""

    code = "body_too_large"
    status = 413


class BodyTooSlow(InvalidRequest):
    """The request's body did not arrive in time."""

    code = "body_too_slow"
    status = 408


class RangeNotSatisfiable(InvalidRequest):
    """The part that was asked for is not there."""

    code = "range_not_satisfiable"
    status = 416


class MethodNotAllowed(InvalidRequest):
    """This route does not answer this method."""

    code = "method_not_allowed"
    status = 405


class Refused(SPLError):
    """The request was refused before it was read."""

    code = "refused"
    status = 403


class Unauthorized(Refused):
    """The daemon's token is missing or wrong."""

    code = "unauthorized"
    status = 401


class HostNotAllowed(Refused):
    """The Host header does not name this daemon."""

    code = "host_not_allowed"
    status = 421


class BrowserRefused(Refused):
    """The daemon does not answer web pages."""

    code = "browser_refused"
    status = 403


class Forbidden(Refused, PermissionError):
    """This credential may not do that."""

    code = "permission_denied"
    status = 403


class WrongCredentialKind(Forbidden):
    """This kind of credential is not for this."""

    code = "wrong_credential_kind"


class ScopeMissing(Forbidden):
    """This credential lacks a scope."""

    code = "scope_missing"


class NotFound(SPLError, LookupError):
    """There is no such thing."""

    code = "not_found"
    status = 404


class ObjectNotFound(NotFound):
    """No object by this name is published here."""

    code = "object_not_found"


class VersionNotFound(NotFound):
    """The object has no such version."""

    code = "version_not_found"


class FunctionNotFound(NotFound):
    """The object has no function by this name."""

    code = "function_not_found"


class OutputNotFound(NotFound):
    """The object has no output by this name."""

    code = "output_not_found"


class EnvironmentNotFound(NotFound):
    """No environment by this name is registered."""

    code = "environment_not_found"


class BuildNotFound(NotFound):
    """There is no environment build with this spec hash."""

    code = "env_build_not_found"


class RunNotFound(NotFound):
    """There is no run with this id."""

    code = "run_not_found"


class BatchNotFound(NotFound):
    """There is no batch with this id."""

    code = "batch_not_found"


class ArtifactNotFound(NotFound):
    """The run has no artifact by this name."""

    code = "artifact_not_found"


class BlobNotFound(NotFound):
    """There is no blob with this hash."""

    code = "blob_not_found"


class LibraryNotFound(NotFound):
    """There is no such library, or it is not shown to this credential."""

    code = "library_not_found"


class MachineNotFound(NotFound):
    """There is no such machine, or it is not shown to this credential."""

    code = "machine_not_found"


class Conflict(SPLError):
    """The request does not fit the present state."""

    code = "conflict"
    status = 409


class ResultNotReady(Conflict):
    """The run has not ended yet, so it has no result."""

    code = "result_not_ready"


class BuildInUse(Conflict):
    """Runs are using this environment build."""

    code = "env_build_in_use"


class HomeLocked(Conflict):
    """Another daemon is using this home."""

    code = "home_locked"


class WrongOwner(Conflict):
    """The machine belongs to somebody else than the user token."""

    code = "wrong_owner"


class LibraryExists(Conflict):
    """There is a library by this name already."""

    code = "library_exists"


class MachineOffline(Conflict):
    """The only machine that could run this is away."""

    code = "machine_offline"


class MachineRefuses(Conflict):
    """The machine does not allow this object."""

    code = "machine_refuses"


class StaleClaim(Conflict):
    """The run was given to another attempt."""

    code = "stale_claim"


class Gone(SPLError):
    """It was there, and is no more."""

    code = "gone"
    status = 410


class Unavailable(SPLError):
    """Not possible right now."""

    code = "unavailable"
    status = 503


class DaemonUnreachable(Unavailable, ConnectionError):
    """The local daemon is not reachable."""

    code = "daemon_unreachable"
    hint = "Start it with `spl-daemon serve`, or pass base_url."


class Draining(Unavailable):
    """The daemon is shutting down and takes no new runs."""

    code = "draining"


class QueueFull(Unavailable):
    """Too many runs are waiting."""

    code = "queue_full"


class RateLimited(Unavailable):
    """Too many requests in a short time."""

    code = "rate_limited"
    status = 429


class DiskFull(Unavailable):
    """The disk of the daemon's home is full."""

    code = "disk_full"
    status = 507


class ServerNotConnected(Unavailable):
    """The local daemon is not connected to a server."""

    code = "server_not_connected"


class ServerUnreachable(Unavailable, ConnectionError):
    """The server can't be reached at present."""

    code = "central_server_unreachable"


class ServerRefused(Unavailable):
    """The server does not accept this machine."""

    code = "server_refused"


class SchemaMismatch(Unavailable):
    """The home's database was written by another version of the daemon."""

    code = "schema_mismatch"


# --- runs -------------------------------------------------------------------------------------------------------------


class RunFailed(SPLError):
    """The run failed.

    Attributes:
        run_id: the run's id.
        reason: why it ended: `user_exception`, `worker_crashed`, `worker_oom`, `import_failed`, `env_build_failed`,
            `result_not_encodable`, `result_too_large`, `artifact_rejected`, `interrupted`, `cancelled`, `timed_out`.
        type: the qualified name of the user's exception, where there was one.
        frames: the remote traceback, outermost call first: `{"file", "line", "function", "source"}` each.
        node: the pipeline node that raised, if any.
    """

    code = "run_failed"
    status = 422

    def __init__(
        self,
        message: str | None = None,
        *,
        run_id: str = "",
        reason: str = "user_exception",
        type: str | None = None,
        frames: Sequence[Mapping[str, Any]] = (),
        node: str | None = None,
        hint: str | None = None,
        **details: Any,
    ) -> None:
        super().__init__(message, hint=hint, run_id=run_id, reason=reason, **details)
        self.run_id = run_id
        self.reason = reason
        self.type = type
        self.frames = tuple(frames)
        self.node = node


class EnvironmentBuildFailed(RunFailed):
    """The environment could not be built."""

    code = "env_build_failed"


class RunCancelled(RunFailed):
    """The run was cancelled."""

    code = "cancelled"


class RunTimedOut(RunFailed, TimeoutError):
    """The run took longer than its timeout and was stopped."""

    code = "timed_out"


class RunLost(RunFailed):
    """The machine that ran it was not heard of again."""

    code = "lost"


class RunExpired(RunFailed):
    """No machine took the run in time."""

    code = "expired"


class WaitTimedOut(SPLError, TimeoutError):
    """Waiting took longer than asked; the run goes on."""

    code = "wait_timed_out"
    status = 504


class InternalError(SPLError):
    """The daemon met an error of its own."""

    code = "internal_error"
    status = 500


def every_error() -> Iterator[type[SPLError]]:
    """All classes of the tree, parents first, also those that only a server raises."""
    import spl.core.server_errors  # noqa: F401 (known from then on)

    yield from _known()


def by_code(code: str) -> type[SPLError]:
    """The class that carries `code`; `SPLError` where none does."""
    kinds = _known if any(kind.code == code for kind in _known()) else every_error
    return next((kind for kind in kinds() if kind.code == code), SPLError)


def _known() -> Iterator[type[SPLError]]:
    waiting: list[type[SPLError]] = [SPLError]
    while waiting:
        kind = waiting.pop(0)
        yield kind
        waiting.extend(kind.__subclasses__())
