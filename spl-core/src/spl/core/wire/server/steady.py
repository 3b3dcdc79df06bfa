"""Asking again when a server is busy or away for a moment: only what may be asked twice, and not all at once."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from spl.core.errors import ServerUnreachable, SPLError
from spl.core.wire.base import Flow, Pause, Request, Response, Step
from spl.core.wire.waiting import retry_delay

TRIES = 4
"""Requests for one answer: with full jitter they span some seconds, which is a restart behind a proxy."""

LONGEST_PAUSE = 15.0
"""Seconds of `Retry-After` that are waited for; whoever is to stay away longer is told so."""

_ASK_AGAIN = frozenset({429, 503})


def steadily[T](flow: Flow[T], tries: int = TRIES) -> Flow[T]:
    """The flow, each of its requests asked again where that is harmless and may help."""
    return _mapped(flow, lambda request: _asked(request, tries))


def beneath[T](prefix: str, flow: Flow[T]) -> Flow[T]:
    """The flow, with all its requests below `prefix`."""

    def asked(request: Request) -> Flow[Response]:
        response: Response = yield replace(request, path=prefix + request.path)
        return response

    return _mapped(flow, asked)


def _asked(request: Request, tries: int) -> Flow[Response]:
    attempt, sent = 0, False
    while True:
        try:
            response: Response = yield request
            return response
        except SPLError as error:
            attempt += 1
            if isinstance(error, ServerUnreachable):
                sent = error.details["sent"] = sent or bool(error.details.get("sent"))
            pause = _pause(error, attempt)
            if pause is None or attempt >= tries or not request.repeatable or request.into is not None:
                raise  # what goes into a file is taken up where it broke off, by whoever asked for it
        yield Pause(pause)


def _pause(error: SPLError, attempt: int) -> float | None:
    """Seconds until it may be asked again; None where that would not help."""
    if isinstance(error, ServerUnreachable):
        return retry_delay(attempt) if error.details["sent"] else None
    if error.status not in _ASK_AGAIN or error.details.get("retry_after") is None:
        return None
    asked = float(error.details["retry_after"])
    return asked + retry_delay(0) if asked <= LONGEST_PAUSE else None


def _mapped[T](flow: Flow[T], ask: Callable[[Request], Flow[Any]]) -> Flow[T]:
    try:
        step: Step = next(flow)
        while True:
            try:
                answer = (yield from ask(step)) if isinstance(step, Request) else (yield step)
            except SPLError as error:
                step = flow.throw(error)
            else:
                step = flow.send(answer)
    except StopIteration as end:
        result: T = end.value
        return result
    finally:
        flow.close()
