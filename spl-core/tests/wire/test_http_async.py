from __future__ import annotations

import asyncio
import os
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from spl.core.errors import DaemonUnreachable
from spl.core.wire.base import Request, get, post
from spl.core.wire.http_async import AsyncHttpTransport

from .server import Answer, Handler, Server, serving

type Talk[T] = Callable[[AsyncHttpTransport, Server], Awaitable[T]]


def talk[T](answer: Answer, conversation: Talk[T]) -> T:
    async def run(server: Server) -> T:
        transport = AsyncHttpTransport(server.url, "spld_token")
        try:
            return await conversation(transport, server)
        finally:
            await transport.close()

    with serving(answer) as server:
        return asyncio.run(run(server))


def test_a_request_carries_the_token_and_its_json():
    async def conversation(transport: AsyncHttpTransport, server: Server) -> None:
        answer = await transport.send(post("/runs", {"a": 1}))
        assert answer.json() == {}
        assert server.heard[0][:3] == ("POST", "/runs", b'{"a":1}')
        assert server.headers[0]["authorization"] == "Bearer spld_token"

    talk(Handler.reply, conversation)


def test_a_repeatable_request_is_sent_again_when_its_kept_connection_breaks():
    async def conversation(transport: AsyncHttpTransport, server: Server) -> int:
        await transport.send(get("/health"))
        pending: list[Answer] = [Handler.hang_up]
        server.answer = lambda handler: (pending.pop() if pending else Handler.reply)(handler)
        return (await transport.send(get("/status"))).status

    assert talk(Handler.reply, conversation) == 200


def test_an_unkeyed_change_is_not_sent_twice():
    async def conversation(transport: AsyncHttpTransport, server: Server) -> None:
        with pytest.raises(DaemonUnreachable) as caught:
            await transport.send(post("/batches", {}))
        assert caught.value.details["sent"]
        assert len(server.heard) == 1

    talk(Handler.hang_up, conversation)


def test_nobody_listening_was_not_sent():
    async def conversation(transport: AsyncHttpTransport, server: Server) -> None:
        nobody = AsyncHttpTransport("http://127.0.0.1:9")
        with pytest.raises(DaemonUnreachable, match="not reachable") as caught:
            await nobody.send(get("/health"))
        await nobody.close()
        assert caught.value.details["sent"] is False

    talk(Handler.reply, conversation)


def test_a_file_is_sent_and_an_answer_is_written_to_one(tmp_path: Path):
    content = os.urandom(3_000_000)
    (tmp_path / "out").write_bytes(content)

    async def conversation(transport: AsyncHttpTransport, server: Server) -> None:
        await transport.send(Request("PUT", "/blobs/x", body=tmp_path / "out", into=tmp_path / "in"))
        assert "transfer-encoding" not in server.headers[0]

    talk(lambda handler: handler.reply(handler.body), conversation)

    assert (tmp_path / "in").read_bytes() == content


def test_many_requests_wait_at_the_same_time():
    async def conversation(transport: AsyncHttpTransport, server: Server) -> list[int]:
        answers = await asyncio.gather(*(transport.send(get("/status")) for _ in range(20)))
        return [answer.status for answer in answers]

    assert talk(Handler.reply, conversation) == [200] * 20


def test_a_stream_gives_its_lines():
    def answer(handler: Handler) -> None:
        handler.reply(b"one\n\ntwo\n")

    async def conversation(transport: AsyncHttpTransport, server: Server) -> list[bytes]:
        async with transport.stream(get("/events")) as lines:
            return [line async for line in lines]

    assert talk(answer, conversation) == [b"one", b"", b"two"]
