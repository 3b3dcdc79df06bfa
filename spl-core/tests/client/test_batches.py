from __future__ import annotations

import itertools
import json
import threading
from typing import Any

import numpy as np
import pytest

from spl.client import RunFailed, SPLClient
from spl.core.errors import DaemonUnreachable, InvalidArguments, InvalidRequest, ServerNotConnected

from .daemon import FakeDaemon


@pytest.fixture(autouse=True)
def objects(daemon: FakeDaemon) -> None:
    daemon.add(lambda a, b=0: a + b, "add")
    daemon.add(lambda x: 10 // x, "divide")
    daemon.add(len, "len")


def sent(daemon: FakeDaemon) -> list[dict[str, Any]]:
    return [
        json.loads(request.body) for request in daemon.heard if (request.method, request.path) == ("POST", "/batches")
    ]


def test_a_thousand_calls_are_two_requests_and_come_in_order(client: SPLClient, daemon: FakeDaemon):
    assert list(client.map("add", range(1_000))) == list(range(1_000))
    assert [len(body["calls"]) for body in sent(daemon)] == [500, 500]


def test_dicts_are_arguments_by_name(client: SPLClient):
    assert list(client.map("add", [{"a": 1, "b": 2}, {"a": 3}])) == [3, 3]


def test_what_all_calls_have_is_said_once(client: SPLClient):
    assert list(client.map("add", [1, 2], kwargs={"b": 10})) == [11, 12]
    assert list(client.map("add", [{"a": 1}, {"a": 1, "b": 5}], kwargs={"b": 10})) == [11, 6]


def test_several_iterables_give_one_argument_each(client: SPLClient):
    assert list(client.map("add", [1, 2, 3], [10, 20])) == [11, 22]


def test_arguments_can_be_said_plainly(client: SPLClient):
    assert list(client.map("len", args_list=[({"a": 1},), ([1, 2],)])) == [1, 2]
    assert list(client.map("add", kwargs_list=({"a": n} for n in range(3)))) == [0, 1, 2]


@pytest.mark.parametrize(
    ("iterables", "options"),
    [((), {}), (([1],), {"kwargs_list": []}), ((), {"args_list": [], "kwargs_list": []})],
)
def test_the_calls_are_said_in_one_way(client: SPLClient, iterables: tuple[Any, ...], options: dict[str, Any]):
    with pytest.raises(InvalidRequest, match="one of them"):
        client.map("add", *iterables, **options)


@pytest.mark.parametrize("options", [{"chunk": 0}, {"window": 0}])
def test_a_chunk_has_at_least_one_call(client: SPLClient, options: dict[str, Any]):
    with pytest.raises(InvalidRequest, match="at least 1"):
        client.map("add", [1], **options)


def test_nothing_to_call_is_nothing(client: SPLClient, daemon: FakeDaemon):
    assert list(client.map("add", [])) == []
    assert daemon.heard == []


def test_an_endless_iterable_is_taken_as_far_as_the_window(client: SPLClient, daemon: FakeDaemon):
    taken = itertools.count()
    results = client.map("add", (next(taken) for _ in itertools.repeat(None)), chunk=10, window=30)

    assert [next(results) for _ in range(100)] == list(range(100))
    assert next(taken) <= 100 + 30
    results.cancel()


def test_no_more_than_the_window_is_under_way(client: SPLClient, daemon: FakeDaemon):
    daemon.held = True
    results = client.map("add", range(1_000), chunk=10, window=25)
    reader = results._reader
    releasing = threading.Timer(0.1, daemon.release)
    releasing.start()

    first = next(results)
    releasing.join()

    assert first == 0
    assert reader.progress.sent <= 35
    daemon.held = False
    assert list(results) == list(range(1, 1_000))


def test_results_come_as_they_are_done_where_order_does_not_matter(client: SPLClient, daemon: FakeDaemon):
    gate = threading.Event()

    def slow_first(a: int) -> int:
        if a == 0:
            assert gate.wait(10)
        return a

    daemon.add(slow_first)
    results = client.map("slow_first", range(6), ordered=False, chunk=2)

    early = [next(results) for _ in range(5)]
    gate.set()

    assert sorted(early) == [1, 2, 3, 4, 5]
    assert list(results) == [0]


def test_each_value_can_be_had_with_its_position(client: SPLClient):
    assert sorted(client.map("add", [5, 6, 7], ordered=False).items()) == [(0, 5), (1, 6), (2, 7)]


def test_a_failure_is_raised_and_the_rest_is_stopped(client: SPLClient, daemon: FakeDaemon):
    results = client.map("divide", [5, 0, 1], chunk=1, window=2)

    assert next(results) == 2
    with pytest.raises(RunFailed, match="ZeroDivisionError") as caught:
        next(results)

    assert caught.value.run_id == "run-2"
    assert caught.value.message.startswith("divide v4: ")
    assert isinstance(caught.value.__cause__, ZeroDivisionError)
    assert list(results) == []
    assert any(path.endswith("/cancel") for path in daemon.paths("POST"))


def test_failures_can_be_values(client: SPLClient):
    values = list(client.map("divide", [5, 0, 1], return_exceptions=True))

    assert (values[0], values[2]) == (2, 10)
    assert isinstance(values[1], RunFailed)


def test_the_sources_of_many_failures_are_asked_for_once(client: SPLClient, daemon: FakeDaemon):
    list(client.map("divide", [0] * 20, return_exceptions=True))

    assert daemon.paths().count("/objects/divide") == 1


def test_a_batch_whose_answer_was_lost_is_not_sent_as_another(
    client: SPLClient, daemon: FakeDaemon, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("spl.core.wire.waiting.retry_delay", lambda attempt: 0.0)
    real = daemon.send

    def lossy(request: Any) -> Any:
        answer = real(request)
        if len(daemon.heard) == 1:
            raise DaemonUnreachable("It broke.", sent=True)
        return answer

    daemon.send = lossy  # type: ignore[method-assign]

    assert list(client.map("add", range(5))) == list(range(5))
    assert len(daemon.runs) == 5


def test_a_wrong_call_is_numbered_among_all_of_them(client: SPLClient, daemon: FakeDaemon):
    results = client.map("add", kwargs_list=[{"a": 1}, {"a": 2}, {"a": 3}, {"zz": 4}], chunk=2)
    real = daemon.send

    def checking(request: Any) -> Any:
        if request.path == "/batches" and b"zz" in request.body:
            raise InvalidArguments("Call 1: unexpected argument 'zz'.", call=1)
        return real(request)

    daemon.send = checking  # type: ignore[method-assign]

    with pytest.raises(InvalidArguments, match=r"^Call 3: unexpected argument 'zz'") as caught:
        list(results)

    assert caught.value.details["call"] == 3


def test_a_full_queue_is_waited_for(client: SPLClient, daemon: FakeDaemon, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("spl.client.batches.retry_delay", lambda attempt: 0.0)
    daemon.room = 7

    assert list(client.map("add", range(50), chunk=5)) == list(range(50))


def test_large_arguments_do_not_travel_in_the_request(client: SPLClient, daemon: FakeDaemon):
    arrays = [np.full(100_000, number) for number in range(3)]
    daemon.add(lambda array: int(array[0]), "first")

    assert list(client.map("first", arrays)) == [0, 1, 2]
    assert max(len(request.body) for request in daemon.heard if isinstance(request.body, bytes)) < 10_000


def test_a_request_is_not_larger_than_it_should_be(client: SPLClient, daemon: FakeDaemon):
    texts = ["x" * 200_000 for _ in range(60)]

    assert list(client.map("len", texts)) == [200_000] * 60
    assert [len(body["calls"]) for body in sent(daemon)] == [11, 11, 11, 11, 11, 5]


def test_ctrl_c_leaves_the_batch_and_says_how_to_stop_it(
    client: SPLClient, daemon: FakeDaemon, capsys: pytest.CaptureFixture[str]
):
    daemon.held = True
    results = client.map("add", range(3))
    real = daemon.send

    def interrupting(request: Any) -> Any:
        if request.method == "GET":
            raise KeyboardInterrupt
        return real(request)

    daemon.send = interrupting  # type: ignore[method-assign]
    with pytest.raises(KeyboardInterrupt):
        next(results)

    assert 'client.cancel_batch("batch-1")' in capsys.readouterr().err
    assert {run["state"] for run in daemon.runs.values()} == {"queued"}
    daemon.send = real  # type: ignore[method-assign]
    assert client.cancel_batch("batch-1")["total"] == 3


def test_another_machine_needs_a_server(client: SPLClient):
    with pytest.raises(ServerNotConnected):
        next(client.map("add", [1], owner="alice"))


def test_it_says_how_far_it_is(client: SPLClient):
    results = client.map("add", [1, 2, 3])

    assert results.__length_hint__() == 3
    next(results)
    assert repr(results) == "<map of add: 3/3 done, 0 failed>"
    assert results.__length_hint__() == 2
