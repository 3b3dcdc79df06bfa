"""The port, and what a daemon on it is called."""

from __future__ import annotations

import socket

import pytest

from spl.core.errors import Unavailable
from spl.daemon.http.listening import Listener, url_of
from spl.daemon.settings import Settings


@pytest.mark.parametrize(
    ("host", "url"),
    [
        ("127.0.0.1", "http://127.0.0.1:1"),
        ("0.0.0.0", "http://127.0.0.1:1"),
        ("::1", "http://[::1]:1"),
        ("::", "http://[::1]:1"),
        ("127.0.0.9", "http://127.0.0.9:1"),
    ],
)
def test_clients_on_this_machine_have_a_url(host: str, url: str) -> None:
    assert url_of(host, 1) == url


def test_port_0_takes_a_free_one() -> None:
    with Listener.bound(Settings.load({}, port=0)) as first, Listener.bound(Settings.load({}, port=0)) as second:
        assert first.port
        assert second.port
        assert first.port != second.port


def test_a_taken_port_is_named_with_the_way_out() -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        with (
            pytest.raises(Unavailable, match=f"127.0.0.1:{port} can't be listened on") as refused,
            Listener.bound(Settings.load({}, port=port)),
        ):
            raise AssertionError("two listen on one port")

    assert "--port 0" in str(refused.value.hint)


def test_a_freed_port_can_be_taken_again_at_once() -> None:
    with Listener.bound(Settings.load({}, port=0)) as first:
        port = first.port
    with Listener.bound(Settings.load({}, port=port)) as again:
        assert again.port == port
