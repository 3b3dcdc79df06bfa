from __future__ import annotations

import asyncio
import inspect
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from spl.client import AsyncSPLClient, RunFailed, SPLClient
from spl.core.errors import DaemonUnreachable, ObjectNotFound, ServerNotConnected, WaitTimedOut
from spl.core.wire.base import Request, Response

from .daemon import FakeDaemon

BLOCKING_ONLY = {
    "executor",  # concurrent.futures is not for asyncio
    "run_node",  # called by executors of pipelines, which block
    "resolve_remote_signature",
    "base_url",
    "endpoint",
    "mode",
    "object",
    "forget_version",
    "environment_build",
    "remove_environment_build",
    "prune_environment_builds",
    "prune_runs",
    "cancel_batch",
    "stop_daemon",
}


class Carrier:
    """The fake daemon, for asyncio: its waits are threads."""

    def __init__(self, daemon: FakeDaemon) -> None:
        self.daemon = daemon

    async def send(self, request: Request) -> Response:
        return await asyncio.to_thread(self.daemon.send, request)

    @asynccontextmanager
    async def stream(self, request: Request) -> AsyncIterator[AsyncIterator[bytes]]:
        async def lines() -> AsyncIterator[bytes]:
            for line in (b"event: state", b'data: {"state": "succeeded"}', b""):
                yield line

        yield lines()

    async def close(self) -> None:
        pass


@pytest.fixture
def talk(daemon: FakeDaemon) -> Callable[[Callable[[AsyncSPLClient], Awaitable[Any]]], Any]:
    daemon.add(lambda a, b=1: a + b, "add")
    daemon.add(lambda: 1 / 0, "broken")
    daemon.add(lambda value: value, "same")
    daemon.add(lambda: {"default": 3}, "pipe", kind="pipeline")

    def run(conversation: Callable[[AsyncSPLClient], Awaitable[Any]]) -> Any:
        async def main() -> Any:
            async with AsyncSPLClient("http://127.0.0.1:8765", transport=lambda endpoint: Carrier(daemon)) as client:
                return await conversation(client)

        return asyncio.run(main())

    return run


type Talk = Callable[[Callable[[AsyncSPLClient], Awaitable[Any]]], Any]


def test_it_has_the_verbs_of_the_blocking_client():
    verbs = {name for name in dir(SPLClient) if not name.startswith("_")}

    assert verbs - BLOCKING_ONLY <= set(dir(AsyncSPLClient))


@pytest.mark.parametrize(
    "verb", ["call", "start", "map", "publish", "publish_yaml", "register_env", "objects", "describe"]
)
def test_a_verb_takes_what_the_blocking_one_takes(verb: str):
    blocking = inspect.signature(getattr(SPLClient, verb)).parameters
    asynchronous = inspect.signature(getattr(AsyncSPLClient, verb)).parameters

    assert set(blocking) - set(asynchronous) <= {"progress", "owner", "library", "target_machine"}


def test_a_call_gives_its_value(talk: Talk):
    result = talk(lambda client: client.call("add", kwargs={"a": 2, "b": 3}))

    assert (result.value, result.mode, result.output) == (5, "local", 5)


def test_the_output_of_a_pipeline_needs_no_waiting(talk: Talk):
    assert talk(lambda client: client.call("pipe")).output == 3


def test_large_values_travel_too(talk: Talk):
    array = np.arange(100_000.0)

    assert np.array_equal(talk(lambda client: client.call("same", args=[array])).value, array)


def test_a_failure_is_raised_with_its_cause(talk: Talk):
    with pytest.raises(RunFailed) as caught:
        talk(lambda client: client.call("broken"))

    assert isinstance(caught.value.__cause__, ZeroDivisionError)


def test_an_unknown_object_is_raised(talk: Talk):
    with pytest.raises(ObjectNotFound):
        talk(lambda client: client.call("nope"))


def test_another_machine_needs_a_server(talk: Talk):
    with pytest.raises(ServerNotConnected):
        talk(lambda client: client.call("add", owner="alice"))


def test_a_handle_is_awaited_for_its_value(talk: Talk):
    async def conversation(client: AsyncSPLClient) -> Any:
        run = await client.start("add", kwargs={"a": 1})
        return await run, await run.done(), (await client.run(run.id)).status

    assert talk(conversation) == (2, True, "succeeded")


def test_calls_run_at_the_same_time(talk: Talk, daemon: FakeDaemon):
    daemon.held = True

    async def conversation(client: AsyncSPLClient) -> list[Any]:
        runs = [await client.start("add", kwargs={"a": number}) for number in range(5)]
        waiting = asyncio.gather(*runs)
        await asyncio.to_thread(daemon.release)
        return [await waiting, await client.gather(*runs)]

    assert talk(conversation) == [[1, 2, 3, 4, 5]] * 2


def test_waiting_no_longer_than_asked_leaves_the_run(talk: Talk, daemon: FakeDaemon):
    daemon.held = True

    async def conversation(client: AsyncSPLClient) -> Any:
        run = await client.start("add", kwargs={"a": 1})
        with pytest.raises(WaitTimedOut):
            await run.result(timeout=0.01)
        assert await run.cancel()
        return (await run.refresh()).status

    assert talk(conversation) == "cancelled"


def test_a_map_is_iterated_over(talk: Talk):
    async def conversation(client: AsyncSPLClient) -> Any:
        values = [value async for value in client.map("add", range(1_000), chunk=300)]
        indexed = [pair async for pair in client.map("add", [5], ordered=False).items()]
        return values, indexed

    assert talk(conversation) == ([number + 1 for number in range(1_000)], [(0, 6)])


def test_a_failing_map_is_stopped(talk: Talk, daemon: FakeDaemon):
    async def conversation(client: AsyncSPLClient) -> Any:
        with pytest.raises(RunFailed):
            [value async for value in client.map("broken", args_list=[()] * 20)]
        return [value async for value in client.map("broken", args_list=[()], return_exceptions=True)]

    assert isinstance(talk(conversation)[0], RunFailed)
    assert any(path.endswith("/cancel") for path in daemon.paths("POST"))


def test_logs_and_events_are_read(talk: Talk, daemon: FakeDaemon):
    async def conversation(client: AsyncSPLClient) -> Any:
        run = await client.start("add", kwargs={"a": 1})
        await run.wait()
        daemon.runs[run.id]["printed"] = {"stdout": "hello\n", "stderr": "oh\n"}
        pieces = [piece async for piece in run.follow()]
        return await run.logs(), "".join(pieces), [event.kind async for event in run.events()]

    whole, followed, kinds = talk(conversation)
    assert whole == "hello\noh\n"
    assert sorted(followed) == sorted(whole)
    assert kinds == ["state"]


def test_artifacts_are_downloaded(talk: Talk, daemon: FakeDaemon, tmp_path: Path):
    daemon.files = {"a.txt": b"a"}

    result = talk(lambda client: client.call("add", args=[1], artifacts_dir=tmp_path))

    assert result.downloaded_artifacts["a.txt"].read_bytes() == b"a"
    with pytest.raises(TypeError, match="download_artifacts"):
        result.artifacts["a.txt"].read()


def test_reading_verbs_give_the_same_views(talk: Talk, client: SPLClient):
    async def conversation(other: AsyncSPLClient) -> Any:
        return [
            await other.health(),
            await other.status(),
            await other.objects(compact=True),
            await other.signature("add"),
            await other.inputs("add"),
            await other.outputs("add"),
            await other.describe("add"),
            await other.versions("add"),
            await other.runs(),
            await other.register_env("here"),
            await other.envs(),
        ]

    views = talk(conversation)
    same = [
        client.health(),
        client.status(),
        client.objects(compact=True),
        client.signature("add"),
        client.inputs("add"),
        client.outputs("add"),
        client.describe("add"),
        client.versions("add"),
        client.runs(),
        client.register_env("here"),
        client.envs(),
    ]
    assert views == same
    assert [type(view) for view in views] == [type(view) for view in same]


def test_no_daemon_is_told(talk: Talk, daemon: FakeDaemon):
    daemon.away = [DaemonUnreachable(sent=False)]

    with pytest.raises(DaemonUnreachable):
        talk(lambda client: client.call("add"))
