"""The asyncio clients say the same, and take the same."""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from spl.core.errors import ObjectNotFound, RunFailed, WaitTimedOut
from spl.core.wire.base import Request, Response
from spl.server_client import AsyncExternalClient, AsyncSPLServerClient, ExternalClient, SPLServerClient
from spl.server_client import desk as desks

from .conftest import TOKEN, URL
from .server import FakeServer

PAIRS = [(SPLServerClient, AsyncSPLServerClient), (ExternalClient, AsyncExternalClient)]
SHOWN = {"progress"}
"""Parameters of the blocking verbs alone: nobody looks at an event loop."""


class Carrier:
    def __init__(self, server: FakeServer) -> None:
        self.server = server

    async def send(self, request: Request) -> Response:
        return await asyncio.to_thread(self.server.send, request)

    @asynccontextmanager
    async def stream(self, request: Request) -> AsyncIterator[AsyncIterator[bytes]]:
        async def lines() -> AsyncIterator[bytes]:
            for line in (b"event: state", b'data: {"state": "succeeded"}', b""):
                yield line

        yield lines()

    async def close(self) -> None:
        pass


def verbs(kind: type) -> set[str]:
    return {name for name in dir(kind) if not name.startswith("_")}


@pytest.mark.parametrize(("blocking", "awaiting"), PAIRS)
def test_it_has_the_verbs_of_the_blocking_client(blocking: type, awaiting: type):
    assert verbs(blocking) <= verbs(awaiting)
    assert verbs(awaiting) - verbs(blocking) == {"follow"}


@pytest.mark.parametrize(
    ("blocking", "awaiting", "verb"),
    [(*pair, verb) for pair in PAIRS for verb in sorted(verbs(pair[0])) if callable(getattr(pair[0], verb))],
)
def test_its_verbs_take_what_the_blocking_ones_take(blocking: type, awaiting: type, verb: str):
    def parameters(kind: type) -> list[tuple[str, Any]]:
        found = inspect.signature(getattr(kind, verb)).parameters.values()
        return [(one.name, one.default) for one in found if one.name not in SHOWN]

    if verb == "logs":
        assert ("stream", "all") in parameters(awaiting)
        return
    assert parameters(awaiting) == parameters(blocking)


@pytest.mark.parametrize("name", [name for name in dir(desks) if hasattr(desks, f"Async{name}")])
def test_administration_is_the_same(name: str):
    assert verbs(getattr(desks, name)) == verbs(getattr(desks, f"Async{name}"))


def talk(fake: FakeServer, conversation: Any, kind: Any = AsyncSPLServerClient) -> Any:
    async def main() -> Any:
        async with kind(TOKEN, base_url=URL, transport=lambda url, token: Carrier(fake)) as client:
            return await conversation(client)

    return asyncio.run(main())


def test_it_calls_lists_and_administers(fake: FakeServer, tmp_path: Path):
    fake.files = {"a.txt": b"hello"}

    async def conversation(server: AsyncSPLServerClient) -> None:
        result = await server.call("add", owner="alice", library="risk", kwargs={"a": 1}, artifacts_dir=tmp_path / "o")
        assert (result.value, result.mode) == (3, "server")
        assert result.downloaded_artifacts["a.txt"].read_bytes() == b"hello"
        run = await server.queue("add", kwargs={"a": 5})
        assert await run == 7
        assert (await (await run.retry())) == 7
        assert [event.kind async for event in run.events()] == ["state"]
        assert [row["name"] for row in await server.objects()] == ["add"]
        assert [value async for value in server.map("add", [1, 2])] == [3, 4]
        assert await server.gather(run) == [7]
        assert len(await server.runs()) == 5
        await server.libraries.create("risk")
        with pytest.raises(ObjectNotFound):
            await server.call("nothing")

    talk(fake, conversation)
    assert fake.documents["POST /libraries"] == [{"name": "risk"}]


def test_large_values_and_failures_travel(fake: FakeServer):
    def fails(values: Any) -> None:
        raise ValueError(float(values.sum()))

    fake.add(fails)

    async def conversation(server: AsyncSPLServerClient) -> None:
        with pytest.raises(RunFailed, match="ValueError: 100000"):
            await server.call("fails", args=[np.ones(100_000)])

    talk(fake, conversation)


def test_waiting_ends_when_it_was_asked_to(fake: FakeServer):
    fake.held = True

    async def conversation(server: AsyncSPLServerClient) -> None:
        with pytest.raises(WaitTimedOut):
            await server.call("add", kwargs={"a": 1}, wait_timeout_seconds=0.05)

    talk(fake, conversation)


def test_an_external_client_calls(fake: FakeServer):
    async def conversation(external: AsyncExternalClient) -> None:
        assert (await external.call("add", library="risk", kwargs={"a": 1})).value == 3
        assert not hasattr(await external.start("add", kwargs={"a": 1}), "cancel")

    talk(fake, conversation, AsyncExternalClient)
