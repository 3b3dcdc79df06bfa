from __future__ import annotations

from pathlib import Path

import pytest

from spl.client.connection import Connection
from spl.client.discovery import Wanted
from spl.core.errors import DaemonUnreachable
from spl.core.wire.base import Request, Response, get
from spl.core.wire.endpoint import Endpoint, write_endpoint


class Place:
    """Daemons by URL; those that are away refuse."""

    def __init__(self, home: Path) -> None:
        self.file = home / "daemon-endpoint.json"
        self.answering: dict[str, str] = {}
        self.heard: list[str] = []
        self.closed: list[str] = []
        self.connection = Connection(Wanted(home=home), self.open)

    def move(self, url: str, token: str = "t") -> None:
        self.answering = {url: token}
        write_endpoint(self.file, Endpoint(url, token))

    def open(self, endpoint: Endpoint) -> Carrier:
        return Carrier(self, endpoint)


class Carrier:
    def __init__(self, place: Place, endpoint: Endpoint) -> None:
        self.place, self.endpoint = place, endpoint

    def send(self, request: Request) -> Response:
        url = self.endpoint.url
        if url not in self.place.answering:
            raise DaemonUnreachable(f"not reachable at {url}", sent=False)
        if self.place.answering[url] != self.endpoint.token:
            return Response(401)
        self.place.heard.append(url)
        return Response(200)

    def stream(self, request: Request) -> None:
        raise NotImplementedError

    def close(self) -> None:
        self.place.closed.append(self.endpoint.url)


@pytest.fixture
def place(tmp_path: Path) -> Place:
    place = Place(tmp_path)
    place.move("http://127.0.0.1:1")
    place.connection.send(get("/health"))
    return place


def test_a_daemon_that_came_back_on_another_port_is_found_again(place: Place):
    place.move("http://127.0.0.1:2")

    assert place.connection.send(Request("POST", "/batches")).status == 200
    assert place.heard == ["http://127.0.0.1:1", "http://127.0.0.1:2"]
    assert place.closed == ["http://127.0.0.1:1"]


def test_a_daemon_with_another_token_is_found_again(place: Place):
    place.move("http://127.0.0.1:1", "new")

    assert place.connection.send(get("/status")).status == 200


def test_a_daemon_that_went_away_is_said_with_where_it_was_read(place: Place):
    place.answering = {}

    with pytest.raises(DaemonUnreachable, match=r"It was read from .*daemon-endpoint\.json"):
        place.connection.send(get("/status"))


def test_a_token_that_stays_wrong_is_answered_as_such(place: Place):
    place.answering = {"http://127.0.0.1:1": "another"}

    assert place.connection.send(get("/status")).status == 401


def test_a_change_that_may_have_arrived_is_not_sent_elsewhere(place: Place):
    def broken(self: Carrier, request: Request) -> Response:
        place.move("http://127.0.0.1:2")
        raise DaemonUnreachable("broke", sent=True)

    real = Carrier.send
    Carrier.send = broken  # type: ignore[method-assign]
    try:
        with pytest.raises(DaemonUnreachable):
            place.connection.send(Request("POST", "/batches"))
    finally:
        Carrier.send = real  # type: ignore[method-assign]

    assert place.heard == ["http://127.0.0.1:1"]
