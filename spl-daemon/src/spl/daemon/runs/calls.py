"""Calls as they arrive: read, checked against what they call, and brought into the form in which they are kept."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, ValidationError
from starlette.requests import Request

from spl.core.entities.signature import Signature
from spl.core.errors import InvalidArguments, InvalidRequest
from spl.daemon.http.context import Daemon
from spl.daemon.objects import ObjectVersion, Ref
from spl.daemon.objects.naming import parse_version
from spl.daemon.runs.live import RunRequest
from spl.daemon.runs.schemas import BatchCreate, Call, CallOptions, RunCreate
from spl.runtime.values import dumps

if TYPE_CHECKING:
    from collections.abc import Mapping


async def read[Body: BaseModel](request: Request, model: type[Body]) -> Body:
    """The body, checked. Here and not in a parameter, because these are the routes that every call goes through.

    Raises:
        RequestValidationError: it does not fit the model.
    """
    try:
        document = await request.json()
    except ValueError as error:
        raise RequestValidationError(
            [{"type": "json_invalid", "loc": ("body",), "msg": "JSON decode error", "ctx": {"error": str(error)}}]
        ) from None
    try:
        return model.model_validate(document)
    except ValidationError as error:
        found = [{**entry, "loc": ("body", *entry["loc"])} for entry in error.errors(include_url=False)]
        raise RequestValidationError(found) from None


async def run_request(daemon: Daemon, body: RunCreate) -> RunRequest:
    """The run that is asked for.

    Raises:
        ObjectNotFound, VersionNotFound, FunctionNotFound, OutputNotFound, InvalidArguments
    """
    version, function, signature = await _called(daemon, body)
    arguments = dumps(signature.bind(body.args, body.kwargs, body.output))
    return _request(body, version, function, arguments)


async def batch_request(daemon: Daemon, body: BatchCreate) -> tuple[RunRequest, list[bytes]]:
    """What the runs of a batch have in common, and the arguments of each.

    Raises:
        ObjectNotFound, VersionNotFound, FunctionNotFound, OutputNotFound, InvalidArguments
        InvalidRequest: there are too many calls.
    """
    limit = daemon.settings.max_batch_calls
    if len(body.calls) > limit:
        raise InvalidRequest(f"{len(body.calls)} calls are too many for one batch of at most {limit}.", limit=limit)
    version, function, signature = await _called(daemon, body)
    arguments = list(_bound(signature, body.calls, body.output))
    return _request(body, version, function, b"{}"), arguments


def wait_of(request: Request, longest: float) -> float:
    """The `wait` of the query, in seconds.

    Raises:
        InvalidRequest: it is no number of seconds.
    """
    text = request.query_params.get("wait")
    if text is None:
        return 0.0
    try:
        seconds = float(text)
    except ValueError:
        seconds = -1.0
    if not seconds >= 0.0:
        raise InvalidRequest(f"wait is a number of seconds from 0 on, not {text[:80]!r}.")
    return min(seconds, longest)


async def _called(daemon: Daemon, body: CallOptions) -> tuple[ObjectVersion, str | None, Signature]:
    ref = Ref.parse(body.object, body.function)
    version = await daemon.objects.load(ref.name, parse_version(body.version))
    signature = version.signature(ref.function)
    signature.check_output(body.output)
    return version, ref.function, signature


def _bound(signature: Signature, calls: Iterable[Call], output: str | None) -> Iterable[bytes]:
    for index, call in enumerate(calls):
        try:
            yield dumps(signature.bind(call.args, call.kwargs, output))
        except InvalidArguments as error:
            details: Mapping[str, Any] = {**error.details, "call": index}
            raise InvalidArguments(f"Call {index}: {error.message}", hint=error.hint, **details) from None


def _request(body: CallOptions, version: ObjectVersion, function: str | None, arguments: bytes) -> RunRequest:
    timeout = body.timeout_seconds
    return RunRequest(
        version=version,
        arguments=arguments,
        function=function,
        output=body.output,
        timeout_ms=None if timeout is None else max(1, int(timeout * 1000)),
        isolation=None if body.isolation == "auto" else body.isolation,
        priority=body.priority,
        idempotency_key=body.idempotency_key,
        allow_pickle=body.allow_pickle,
    )
