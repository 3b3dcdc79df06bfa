from __future__ import annotations

import threading
from concurrent.futures import CancelledError, Executor, as_completed, wait
from typing import Any

import pytest

from spl.client import PublishedObject, RunFailed, SPLClient, SPLExecutor
from spl.client import publishing as publishing_module
from spl.core.errors import DaemonUnreachable, InvalidArguments

from .daemon import FakeDaemon


def add(a: int, b: int = 1) -> int:
    return a + b


@pytest.fixture(autouse=True)
def objects(daemon: FakeDaemon) -> None:
    daemon.add(add)
    daemon.add(lambda: 1 / 0, "broken")


@pytest.fixture
def published(client: SPLClient, daemon: FakeDaemon, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Publishing without capturing: what is named so is there from now on."""
    names: list[str] = []

    def publish(function: Any, name: str, env: str, **options: Any) -> PublishedObject:
        names.append(name)
        daemon.add(function, name)
        return PublishedObject(name, len(names), "function", name, env, True)

    monkeypatch.setattr(client, "publish", publish)
    return names


def test_it_is_an_executor(client: SPLClient):
    with client.executor() as pool:
        assert isinstance(pool, Executor)
        assert isinstance(pool, SPLExecutor)
        assert pool.submit("add", 1, b=2).result(timeout=10) == 3


def test_futures_work_with_the_standard_library(client: SPLClient):
    with client.executor() as pool:
        futures = [pool.submit("add", number) for number in range(20)]
        done, pending = wait(futures, timeout=10)

        assert not pending
        assert sorted(future.result() for future in as_completed(done)) == list(range(1, 21))


def test_one_thread_waits_for_all_futures(client: SPLClient, daemon: FakeDaemon):
    daemon.held = True
    with client.executor() as pool:
        before = threading.active_count()
        futures = [pool.submit("add", number) for number in range(30)]

        assert threading.active_count() - before <= 1
        daemon.release()
        assert [future.result(timeout=10) for future in futures] == list(range(1, 31))


def test_a_failed_run_is_the_futures_exception(client: SPLClient):
    with client.executor() as pool:
        error = pool.submit("broken").exception(timeout=10)

    assert isinstance(error, RunFailed)
    assert isinstance(error.__cause__, ZeroDivisionError)


def test_a_wrong_call_is_the_futures_exception(client: SPLClient):
    with client.executor() as pool:
        assert isinstance(pool.submit("add", z=1).exception(timeout=10), InvalidArguments)


def test_a_daemon_that_is_not_there_is_told_at_once(client: SPLClient, daemon: FakeDaemon):
    daemon.away = [DaemonUnreachable(sent=False)]

    with client.executor() as pool, pytest.raises(DaemonUnreachable):
        pool.submit("add", 1)


def test_cancelling_a_future_stops_its_run(client: SPLClient, daemon: FakeDaemon):
    daemon.held = True
    with client.executor() as pool:
        future = pool.submit("add", 1)

        assert future.cancel()
        assert future.cancelled()
        assert daemon.runs["run-1"]["state"] == "cancelled"
        with pytest.raises(CancelledError):
            future.result(timeout=10)
        assert wait([future], timeout=10).done == {future}


def test_a_future_that_is_done_cannot_be_cancelled(client: SPLClient):
    with client.executor() as pool:
        future = pool.submit("add", 1)
        future.result(timeout=10)

        assert not future.cancel()


def test_map_is_one_request_however_many_items(client: SPLClient, daemon: FakeDaemon):
    with client.executor() as pool:
        assert list(pool.map("add", range(100), range(100))) == [2 * number for number in range(100)]

    assert daemon.paths("POST") == ["/batches"]


def test_map_gives_dicts_as_values(client: SPLClient, daemon: FakeDaemon):
    daemon.add(lambda value: value, "same")

    with client.executor() as pool:
        assert list(pool.map("same", [{"value": 1}])) == [{"value": 1}]


def test_a_function_is_published_once_under_a_name_of_its_own(client: SPLClient, published: list[str]):
    def double(x: int) -> int:
        return 2 * x

    with client.executor() as pool:
        assert pool.submit(double, 4).result(timeout=10) == 8
        assert list(pool.map(double, [1, 2])) == [2, 4]

    assert published == ["executor.double"]


def test_a_lambda_has_a_name_too(client: SPLClient, published: list[str]):
    with client.executor() as pool:
        assert pool.submit(lambda x: x, 4).result(timeout=10) == 4

    assert published == ["executor.lambda"]


def test_a_published_object_is_run_at_its_version(client: SPLClient, daemon: FakeDaemon):
    with client.executor() as pool:
        one = PublishedObject("add", 7, "function", "add", "default", True)
        assert pool.submit(one, 1).result(timeout=10) == 2

    assert daemon.runs["run-1"]["version"] == 7


def test_after_shutdown_nothing_is_taken(client: SPLClient):
    pool = client.executor()
    pool.shutdown()

    with pytest.raises(RuntimeError, match="after shutdown"):
        pool.submit("add", 1)
    with pytest.raises(RuntimeError, match="after shutdown"):
        pool.map("add", [1])


def test_shutdown_waits_for_what_is_under_way(client: SPLClient, daemon: FakeDaemon):
    daemon.held = True
    pool = client.executor()
    future = pool.submit("add", 1)
    threading.Timer(0.05, daemon.release).start()

    pool.shutdown(wait=True)

    assert future.done()


def test_shutdown_can_stop_what_is_under_way(client: SPLClient, daemon: FakeDaemon):
    daemon.held = True
    pool = client.executor()
    futures = [pool.submit("add", 1) for _ in range(3)]

    pool.shutdown(wait=True, cancel_futures=True)

    assert all(future.cancelled() for future in futures)
    assert {run["state"] for run in daemon.runs.values()} == {"cancelled"}


def test_its_options_hold_for_all_it_runs(client: SPLClient, daemon: FakeDaemon):
    with client.executor(isolation="reuse", timeout_seconds=9) as pool:
        pool.submit("add", 1).result(timeout=10)
        list(pool.map("add", [1]))

    for run in daemon.runs.values():
        assert (run["asked"]["isolation"], run["asked"]["timeout_seconds"]) == ("reuse", 9)
