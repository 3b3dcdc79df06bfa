from __future__ import annotations

import os
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from spl.core.errors import DaemonUnreachable
from spl.core.wire.base import Request, get, post
from spl.core.wire.http import HttpTransport

from .server import Answer, Handler, Server, serving


@contextmanager
def talking(answer: Answer) -> Iterator[tuple[HttpTransport, Server]]:
    with serving(answer) as server:
        transport = HttpTransport(server.url, "spld_token")
        try:
            yield transport, server
        finally:
            transport.close()


def once(first: Answer) -> Answer:
    """Answers the first request so, and all others plainly."""
    pending = [first]

    def answer(handler: Handler) -> None:
        (pending.pop() if pending else Handler.reply)(handler)

    return answer


def test_a_request_carries_the_token_and_nothing_that_a_browser_sends():
    with talking(Handler.reply) as (transport, server):
        transport.send(post("/runs", {"object": "é"}))

    method, path, body, _ = server.heard[0]
    sent = server.headers[0]
    assert (method, path, body) == ("POST", "/runs", '{"object":"é"}'.encode())
    assert sent["authorization"] == "Bearer spld_token"
    assert sent["content-type"] == "application/json"
    assert sent["host"] == server.url.removeprefix("http://")
    assert not {"origin", "cookie", "referer"} & sent.keys()


def test_one_connection_serves_one_request_after_the_other():
    with talking(Handler.reply) as (transport, server):
        for _ in range(3):
            transport.send(get("/status"))

    assert len({port for *_, port in server.heard}) == 1


def test_threads_do_not_share_a_connection_at_the_same_time():
    together = threading.Barrier(4, timeout=10)

    def answer(handler: Handler) -> None:
        together.wait()
        handler.reply()

    with talking(answer) as (transport, server):
        threads = [threading.Thread(target=transport.send, args=(get("/status"),)) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    assert len({port for *_, port in server.heard}) == 4


def test_a_connection_closed_while_idle_is_replaced_unnoticed():
    def answer(handler: Handler) -> None:
        handler.reply()
        handler.close_connection = True  # without having said so

    with talking(answer) as (transport, server):
        for _ in range(3):
            assert transport.send(post("/batches", {})).status == 200
            assert server.closed.acquire(timeout=10)

    assert len({port for *_, port in server.heard}) == 3


@pytest.mark.parametrize("request_", [get("/status"), post("/runs", {}, keyed=True)])
def test_a_repeatable_request_is_sent_again_when_its_kept_connection_breaks(request_: Request):
    with talking(Handler.reply) as (transport, server):
        transport.send(get("/health"))
        server.answer = once(Handler.hang_up)

        assert transport.send(request_).status == 200


def test_an_unkeyed_change_is_not_sent_twice():
    with talking(Handler.reply) as (transport, server):
        transport.send(get("/health"))
        server.answer = once(Handler.hang_up)

        with pytest.raises(DaemonUnreachable, match="broke") as caught:
            transport.send(post("/batches", {}))

    assert caught.value.details["sent"]
    assert [path for _, path, *_ in server.heard] == ["/health", "/batches"]


def test_a_fresh_connection_that_breaks_is_not_tried_for_ever():
    with talking(Handler.hang_up) as (transport, server), pytest.raises(DaemonUnreachable):
        transport.send(get("/status"))

    assert len(server.heard) == 1


def test_nobody_listening_is_told_with_the_url_and_was_not_sent(free_port: int):
    transport = HttpTransport(f"http://127.0.0.1:{free_port}")

    with pytest.raises(DaemonUnreachable, match=f"not reachable at http://127.0.0.1:{free_port}") as caught:
        transport.send(get("/health"))

    assert caught.value.details["sent"] is False
    assert "spl-daemon serve" in str(caught.value)


def test_an_answer_that_does_not_come_is_given_up(release: threading.Event):
    def answer(handler: Handler) -> None:
        release.wait(10)
        handler.hang_up()

    with talking(answer) as (transport, _):
        try:
            with pytest.raises(DaemonUnreachable, match=r"did not answer GET /status in 0\.05 s"):
                transport.send(Request("GET", "/status", timeout=0.05))
        finally:
            release.set()


def test_an_answer_cut_short_is_no_answer():
    def answer(handler: Handler) -> None:
        handler.send_response(200)
        handler.send_header("Content-Length", "100")
        handler.end_headers()
        handler.wfile.write(b"half")
        handler.hang_up()

    with talking(answer) as (transport, _), pytest.raises(DaemonUnreachable, match="broke"):
        transport.send(get("/status"))


def test_a_file_is_sent_and_an_answer_is_written_to_one(tmp_path: Path):
    content = os.urandom(3_000_000)
    (tmp_path / "out").write_bytes(content)

    with talking(lambda handler: handler.reply(handler.body)) as (transport, server):
        answer = transport.send(Request("PUT", "/blobs/x", body=tmp_path / "out", into=tmp_path / "in"))

    assert answer.body == b""
    assert (tmp_path / "in").read_bytes() == content
    assert "transfer-encoding" not in server.headers[0]


def test_a_refusal_is_not_written_to_the_file(tmp_path: Path):
    with talking(lambda handler: handler.reply(b"no", status=404)) as (transport, _):
        answer = transport.send(Request("GET", "/blobs/x", into=tmp_path / "in"))

    assert (answer.status, answer.body) == (404, b"no")
    assert not (tmp_path / "in").exists()


def test_a_missing_file_is_told_as_such(tmp_path: Path):
    with talking(Handler.reply) as (transport, _), pytest.raises(FileNotFoundError):
        transport.send(Request("PUT", "/blobs/x", body=tmp_path / "nothing"))


def test_redirects_are_not_followed():
    with talking(lambda handler: handler.reply(status=302, Location="http://example.com/")) as (transport, _):
        assert transport.send(get("/status")).status == 302


def test_a_proxy_of_the_environment_is_not_used(monkeypatch: pytest.MonkeyPatch, free_port: int):
    monkeypatch.setenv("HTTP_PROXY", f"http://127.0.0.1:{free_port}")
    monkeypatch.setenv("http_proxy", f"http://127.0.0.1:{free_port}")

    with talking(Handler.reply) as (transport, _):
        assert transport.send(get("/status")).status == 200


def test_a_stream_gives_lines_as_they_come(release: threading.Event):
    def answer(handler: Handler) -> None:
        handler.send_response(200)
        handler.send_header("Connection", "close")
        handler.end_headers()
        handler.wfile.write(b"one\n")
        release.wait(10)
        handler.wfile.write(b"two\n")
        handler.close_connection = True

    with talking(answer) as (transport, _), transport.stream(get("/events")) as lines:
        assert next(lines) == b"one\n"
        release.set()
        assert list(lines) == [b"two\n"]


def test_a_child_process_does_not_speak_over_its_parents_connection(fork: Callable[[Callable[[], bool]], bool]):
    with talking(Handler.reply) as (transport, server):
        transport.send(get("/parent"))

        assert fork(lambda: transport.send(get("/child")).status == 200)
        transport.send(get("/parent"))

    ports = {path: port for _, path, _, port in server.heard}
    assert ports["/child"] != ports["/parent"]


def test_something_that_is_no_url_is_refused():
    with pytest.raises(DaemonUnreachable, match="not an http URL"):
        HttpTransport("127.0.0.1:8765")


@pytest.fixture
def release() -> Iterator[threading.Event]:
    event = threading.Event()
    yield event
    event.set()


@pytest.fixture
def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture
def fork() -> Callable[[Callable[[], bool]], bool]:
    """Whether something holds in a forked child."""
    if not hasattr(os, "fork"):
        pytest.skip("this system has no fork")

    def run(check: Callable[[], bool]) -> bool:
        import warnings

        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)  # the server's thread is not forked, and not needed
            child = os.fork()
        if child == 0:
            os._exit(0 if check() else 1)
        return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0

    return run
