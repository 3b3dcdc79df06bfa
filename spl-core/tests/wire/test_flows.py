from __future__ import annotations

import asyncio
import random
from collections.abc import Callable
from typing import Any

import pytest

from spl.core.errors import DaemonUnreachable, ObjectNotFound, WaitTimedOut
from spl.core.wire import runs, waiting
from spl.core.wire.base import Flow, Pause, Request, Response, drive, drive_async, encode_json, get, segment
from spl.core.wire.waiting import patiently, until_ended

type Answers = list[Response | Exception]


class Scripted:
    """A transport with its answers written down."""

    def __init__(self, *answers: Response | Exception) -> None:
        self.answers = list(answers)
        self.heard: list[Request] = []

    def send(self, request: Request) -> Response:
        self.heard.append(request)
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    def stream(self, request: Request) -> Any:
        raise NotImplementedError

    def close(self) -> None:
        pass


class ScriptedAsync(Scripted):
    async def send(self, request: Request) -> Response:  # type: ignore[override]
        return super().send(request)


def over_both[T](flow: Callable[[], Flow[T]], *answers: Response | Exception) -> T:
    """What a flow comes to, the same over both kinds of transport."""
    outcomes = []
    for run in (
        lambda: drive(flow(), Scripted(*answers)),
        lambda: asyncio.run(drive_async(flow(), ScriptedAsync(*answers))),
    ):
        try:
            outcomes.append(run())
        except Exception as error:
            outcomes.append((type(error), str(error)))
    assert outcomes[0] == outcomes[1]
    return outcomes[0]  # type: ignore[return-value]


def ok(document: Any) -> Response:
    return Response(200, {}, encode_json(document))


def gone(sent: bool = True) -> DaemonUnreachable:
    return DaemonUnreachable("gone", sent=sent)


real_delay = waiting.retry_delay


@pytest.fixture(autouse=True)
def no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(waiting, "retry_delay", lambda attempt: 0.0)


def test_a_flow_is_sent_its_answers():
    def flow() -> Flow[int]:
        first = (yield get("/a")).json()
        second = (yield get("/b")).json()
        return int(first + second)

    assert over_both(flow, ok(1), ok(2)) == 3


def test_an_error_answer_is_raised_inside_the_flow():
    def flow() -> Flow[str]:
        try:
            yield get("/a")
        except ObjectNotFound:
            return str((yield get("/b")).json())
        return "no error"

    assert over_both(flow, Response(404, {}, encode_json(ObjectNotFound().problem())), ok("b")) == "b"


def test_what_a_flow_does_not_catch_is_raised_to_its_driver():
    def flow() -> Flow[None]:
        yield get("/a")

    kind, _ = over_both(flow, Response(404, {}, encode_json(ObjectNotFound().problem())))  # type: ignore[misc]
    assert kind is ObjectNotFound


def test_a_pause_is_no_request():
    def flow() -> Flow[str]:
        yield Pause(0.0)
        return str((yield get("/a")).json())

    assert over_both(flow, ok("a")) == "a"


def test_patience_outlasts_a_restart():
    assert over_both(lambda: patiently(get("/a")), gone(), gone(sent=False), ok(1)).json() == 1


def test_patience_ends(monkeypatch: pytest.MonkeyPatch):
    clock = iter(range(0, 10_000, 30))
    monkeypatch.setattr(waiting.time, "monotonic", lambda: float(next(clock)) + 1.0)

    with pytest.raises(DaemonUnreachable):
        drive(patiently(get("/a"), patience=60.0), Scripted(*[gone() for _ in range(9)]))


def test_patience_never_repeats_what_may_not_be_repeated():
    transport = Scripted(gone(), ok(1))

    with pytest.raises(DaemonUnreachable):
        drive(patiently(Request("POST", "/batches")), transport)

    assert len(transport.heard) == 1


def test_waiting_goes_on_until_the_run_has_ended():
    queued, ended = {"id": "r", "object": "f", "state": "queued"}, {"id": "r", "object": "f", "state": "failed"}

    assert over_both(lambda: until_ended(queued), ok(queued), gone(), ok(ended)) == ended


def test_an_ended_run_is_not_asked_about():
    ended = {"id": "r", "object": "f", "state": "succeeded"}

    assert over_both(lambda: until_ended(ended)) == ended


def test_a_deadline_says_that_the_run_goes_on():
    queued = {"id": "r7", "object": "f", "state": "queued"}

    with pytest.raises(WaitTimedOut, match="goes on") as caught:
        drive(until_ended(queued, deadline=0.0), Scripted())

    assert 'client.run("r7").result()' in str(caught.value)
    assert isinstance(caught.value, TimeoutError)


def test_an_observer_sees_each_look_and_says_how_long_the_next_may_wait():
    queued, ended = {"id": "r", "object": "f", "state": "queued"}, {"id": "r", "object": "f", "state": "succeeded"}
    seen: list[str] = []
    transport = Scripted(ok(queued), ok(ended))

    drive(until_ended(queued, observe=lambda run: seen.append(run["state"]) or 0.5), transport)

    assert seen == ["queued", "queued"]
    assert [request.path for request in transport.heard] == ["/runs/r?wait=0.5"] * 2


def test_retries_are_spread_and_bounded():
    random.seed(7)
    delays = [[real_delay(attempt) for _ in range(200)] for attempt in (0, 3, 30)]

    assert all(0 <= delay <= bound for bound, many in zip((0.5, 4.0, 30.0), delays, strict=True) for delay in many)
    assert max(delays[2]) > 20
    assert min(delays[2]) < 5


@pytest.mark.parametrize(
    ("name", "path"),
    [("demo_add", "demo_add"), ("p::f", "p%3A%3Af"), ("a/../b", "a%2F..%2Fb"), ("é", "%C3%A9"), ("a?b#c", "a%3Fb%23c")],
)
def test_a_name_is_one_segment_of_a_path(name: str, path: str):
    assert segment(name) == path


def test_what_is_not_said_is_not_in_the_query():
    assert runs.list_runs(state="failed", limit=5).path == "/runs?state=failed&limit=5"


def test_a_long_wait_gets_a_longer_timeout():
    assert runs.read_run("r", 1.0).timeout == 35.0
    assert get("/x", wait=100.0).timeout == 110.0


def test_nan_is_no_json():
    with pytest.raises(ValueError, match="not JSON compliant"):
        encode_json(float("nan"))
