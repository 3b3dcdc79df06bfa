"""Methods made of flows: what is said is written once, for the blocking and for the asyncio client."""

from __future__ import annotations

import inspect
from collections.abc import Awaitable, Callable
from functools import wraps
from typing import Any, Concatenate, Protocol

from spl.core.wire.base import Flow


class Blocking(Protocol):
    def _do[T](self, flow: Flow[T]) -> T: ...


class Awaiting(Protocol):
    async def _do[T](self, flow: Flow[T]) -> T: ...


class Desk:
    """A part of a client's verbs, by a name of their own: `server.libraries`."""

    def __init__(self, client: Blocking) -> None:
        self._client = client

    def _do[T](self, flow: Flow[T]) -> T:
        return self._client._do(flow)

    def __repr__(self) -> str:
        return f"<{type(self).__name__} of {self._client!r}>"


class AsyncDesk:
    """The same, for asyncio."""

    def __init__(self, client: Awaiting) -> None:
        self._client = client

    async def _do[T](self, flow: Flow[T]) -> T:
        return await self._client._do(flow)

    def __repr__(self) -> str:
        return f"<{type(self).__name__} of {self._client!r}>"


def blocking[**P, T](flow: Callable[P, Flow[T]]) -> Callable[Concatenate[Any, P], T]:
    """A method that drives this flow to its end."""

    @wraps(flow)
    def method(self: Any, /, *args: P.args, **kwargs: P.kwargs) -> T:
        value: T = self._do(flow(*args, **kwargs))
        return value

    _describe(method, flow)
    return method


def awaiting[**P, T](flow: Callable[P, Flow[T]]) -> Callable[Concatenate[Any, P], Awaitable[T]]:
    """A coroutine method that drives this flow to its end."""

    @wraps(flow)
    async def method(self: Any, /, *args: P.args, **kwargs: P.kwargs) -> T:
        value: T = await self._do(flow(*args, **kwargs))
        return value

    _describe(method, flow)
    return method


def _describe(method: Any, flow: Callable[..., Any]) -> None:
    """Let help() and signature() show the flow's parameters, behind `self`, and what it comes to."""
    signature = inspect.signature(flow)
    own = inspect.Parameter("self", inspect.Parameter.POSITIONAL_OR_KEYWORD)
    gives = str(signature.return_annotation).removeprefix("Flow[").removesuffix("]")
    method.__signature__ = signature.replace(parameters=[own, *signature.parameters.values()], return_annotation=gives)
