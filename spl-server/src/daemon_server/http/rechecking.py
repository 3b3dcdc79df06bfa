"""Whoever waits in a long request waits no longer than the credential is good that let it in."""

from __future__ import annotations

import asyncio
import time
from typing import Protocol

from starlette.datastructures import Headers

from daemon_server.errors import Refusal
from daemon_server.http.context import Server
from daemon_server.http.problems import ServerProblem, Unauthorized

# What is woken when a credential ends.
CREDENTIALS_TOPIC = "credentials"
# Who ends its own credential gets its answer in this time; what still goes on after it is a wait or a stream.
PATIENCE_SECONDS = 1.0


class Passage(Protocol):
    """A request that was let in."""

    began: float
    ip: str

    @property
    def method(self) -> str: ...

    @property
    def headers(self) -> Headers: ...

    def end(self, reason: Unauthorized) -> None:
        """Answer at once, with a no."""
        ...


class Rechecking:
    """The requests of one server process that go on, looked at again when a credential has ended somewhere."""

    def __init__(self, server: Server) -> None:
        self._server = server
        self._open: set[Passage] = set()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._task: asyncio.Task[None] | None = None
        self._woken_at = 0.0

    def enter(self, passage: Passage) -> None:
        """It was let in."""
        if self._loop is None:
            self._loop = asyncio.get_running_loop()
            self._server.topics.listen(CREDENTIALS_TOPIC, self._heard)
        self._open.add(passage)

    def leave(self, passage: Passage) -> None:
        self._open.discard(passage)

    def _heard(self, topic: str) -> None:
        assert self._loop is not None
        if not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._wake)

    def _wake(self) -> None:
        self._woken_at = time.perf_counter()
        if self._open and (self._task is None or self._task.done()):
            self._task = asyncio.create_task(self._run(), name="credentials of waiting requests")

    async def _run(self) -> None:
        looked_at = 0.0
        while looked_at < self._woken_at:
            looked_at = time.perf_counter()
            await asyncio.sleep(PATIENCE_SECONDS)
            for passage in [one for one in self._open if one.began < looked_at]:
                try:
                    await self._server.credentials.of_request(passage.method, passage.headers, passage.ip)
                except Unauthorized as reason:
                    if passage in self._open:
                        passage.end(reason)
                except (ServerProblem, Refusal):
                    continue  # the database is away: nobody is refused for that
