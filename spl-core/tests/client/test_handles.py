from __future__ import annotations

import asyncio
import threading
from pathlib import Path
from typing import Any

import pytest

from spl.client import Run, RunCancelled, RunFailed, SPLClient, WaitTimedOut, as_completed, gather
from spl.client import handles as handles_module
from spl.core.errors import DaemonUnreachable, RunNotFound

from .conftest import wait_until
from .daemon import FakeDaemon


def add(a: int, b: int = 1) -> int:
    return a + b


@pytest.fixture
def held(daemon: FakeDaemon) -> FakeDaemon:
    daemon.add(add)
    daemon.add(lambda: 1 / 0, "broken")
    daemon.held = True
    return daemon


def test_a_handle_gives_the_value_when_it_is_there(client: SPLClient, held: FakeDaemon):
    run = client.start("add", kwargs={"a": 1})
    held.release()

    assert run.result() == 2
    assert run.collect().value == 2
    assert run.exception() is None


def test_a_handle_raises_what_the_run_raised(client: SPLClient, held: FakeDaemon):
    run = client.start("broken")
    held.release()

    with pytest.raises(RunFailed, match="division by zero"):
        run.result()
    assert isinstance(run.exception(), RunFailed)
    assert run.error is not None
    assert run.error["type"] == "ZeroDivisionError"


def test_waiting_no_longer_than_asked_leaves_the_run(client: SPLClient, held: FakeDaemon):
    run = client.start("add", kwargs={"a": 1})

    with pytest.raises(WaitTimedOut):
        run.result(timeout=0.01)

    held.release()
    assert run.result() == 2


def test_the_status_is_looked_up_anew_while_it_goes_on(
    client: SPLClient, held: FakeDaemon, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(handles_module, "FRESH_FOR", -1.0)
    run = client.start("add", kwargs={"a": 1})
    held.change(held.runs[run.id], state="running", phase="building", progress={"done": 1, "total": 2, "text": "x"})

    assert (run.status, run.phase, run.progress) == ("running", "building", {"done": 1, "total": 2, "text": "x"})
    held.change(held.runs[run.id], state="cancelling")
    assert (run.state, run.status) == ("cancelling", "running")


def test_an_ended_run_is_not_asked_about_again(client: SPLClient, held: FakeDaemon):
    run = client.start("add", kwargs={"a": 1})
    held.release()
    run.wait()
    asked = len(held.heard)

    assert (run.status, run.done(), run.phase, run.reason) == ("succeeded", True, None, "ok")
    assert len(held.heard) == asked


def test_a_run_is_stopped(client: SPLClient, held: FakeDaemon):
    run = client.start("add", kwargs={"a": 1})

    assert run.cancel()
    assert run.cancelled()
    assert not run.cancel()
    with pytest.raises(RunCancelled):
        run.result()


def test_a_run_is_found_by_its_id(client: SPLClient, held: FakeDaemon):
    started = client.start("add", kwargs={"a": 1})

    assert client.run(started.id) == started
    assert client.cancel(started.id).status == "cancelled"
    assert client.cancel(started).status == "cancelled"
    with pytest.raises(RunNotFound):
        client.run("run-99")


def test_a_line_of_a_list_gets_its_payload_when_it_is_asked_for(client: SPLClient, held: FakeDaemon):
    client.start("add", kwargs={"a": 1}).id
    held.release()
    wait_until(lambda: held.runs["run-1"]["state"] == "succeeded", "the run ended")
    listed = client.runs()[0]

    assert "result" not in listed
    assert client._handle(listed).result() == 2


def test_a_callback_is_called_once_with_the_run(client: SPLClient, held: FakeDaemon):
    run = client.start("add", kwargs={"a": 1})
    seen: list[Run] = []
    called = threading.Event()
    run.add_done_callback(lambda run: (seen.append(run), called.set()))

    held.release()

    assert called.wait(10)
    assert seen == [run]
    assert run.ended


def test_a_handle_can_be_awaited(client: SPLClient, held: FakeDaemon):
    run = client.start("add", kwargs={"a": 1})
    held.release()

    async def main() -> Any:
        return await run

    assert asyncio.run(main()) == 2


def test_giving_up_awaiting_does_not_stop_the_run(client: SPLClient, held: FakeDaemon):
    run = client.start("add", kwargs={"a": 1})

    async def main() -> Any:
        async with asyncio.timeout(0.05):
            await run

    with pytest.raises(TimeoutError):
        asyncio.run(main())
    held.release()
    assert run.result() == 2


def test_runs_are_given_as_they_end(client: SPLClient, held: FakeDaemon):
    runs = [client.start("add", kwargs={"a": number}) for number in range(3)]
    order = as_completed(runs)
    held._begin(held.runs["run-3"])

    assert next(order).id == "run-3"
    held.held = False
    held.release()
    assert {run.id for run in order} == {"run-1", "run-2"}


def test_waiting_for_all_has_a_limit(client: SPLClient, held: FakeDaemon):
    runs = [client.start("add", kwargs={"a": 1}) for _ in range(2)]

    with pytest.raises(WaitTimedOut, match="2 of 2"):
        list(as_completed(runs, timeout=0.01))

    held.release()
    assert len(list(as_completed(runs))) == 2


def test_many_runs_are_watched_by_one_thread(client: SPLClient, held: FakeDaemon):
    runs = [client.start("add", kwargs={"a": number}) for number in range(80)]
    before = threading.active_count()
    order = as_completed(runs)
    held._begin(held.runs["run-80"])

    assert next(order).id == "run-80"
    assert [thread.name for thread in threading.enumerate()].count("spl-waiter") == 1
    held.release()
    assert len(list(order)) == 79
    assert before > 0


def test_gather_keeps_the_order(client: SPLClient, held: FakeDaemon):
    runs = [client.start("add", kwargs={"a": number}) for number in range(3)]
    held.release()

    assert gather(*runs) == [1, 2, 3]
    assert client.gather(*runs) == [1, 2, 3]


def test_gather_raises_the_first_failure_or_gives_it(client: SPLClient, held: FakeDaemon):
    runs = [client.start("add", kwargs={"a": 1}), client.start("broken")]
    held.release()

    with pytest.raises(RunFailed):
        gather(*runs)
    values = gather(*runs, return_exceptions=True)
    assert values[0] == 2
    assert isinstance(values[1], RunFailed)


def test_a_watched_run_that_is_gone_says_so(client: SPLClient, held: FakeDaemon):
    run = client.start("add", kwargs={"a": 1})
    del held.runs[run.id]

    with pytest.raises(RunNotFound):
        run.future().result(timeout=10)


def test_what_a_run_printed_is_read_page_by_page(client: SPLClient, held: FakeDaemon):
    run = client.start("add", kwargs={"a": 1})
    held.runs[run.id]["printed"] = {"stdout": "hello world\n", "stderr": "oh\n"}

    assert run.logs() == "hello world\noh\n"
    assert client.logs(run, stream="stderr") == "oh\n"
    assert client.logs(run.id, stream="stdout") == "hello world\n"


def test_following_goes_on_until_the_run_has_ended(client: SPLClient, held: FakeDaemon):
    run = client.start("add", kwargs={"a": 1})
    held.runs[run.id]["printed"] = printed = {"stdout": "one\n", "stderr": ""}
    pieces = run.logs(follow=True)

    assert next(pieces) == "one\n"
    printed["stdout"] += "two\n"
    assert next(pieces) == "two\n"
    printed["stderr"] += "end\n"
    held.release()
    assert "".join(pieces) == "end\n"


def test_events_are_read_as_they_come(client: SPLClient, held: FakeDaemon):
    run = client.start("add", kwargs={"a": 1})

    assert [(event.kind, event.data) for event in run.events()] == [("state", {"state": "succeeded"})]


def test_files_are_fetched_below_a_folder(client: SPLClient, held: FakeDaemon, tmp_path: Path):
    held.files = {"a/b.txt": b"content"}
    run = client.start("add", kwargs={"a": 1})
    held.release()
    run.wait()

    assert run.download_artifacts(tmp_path / "there") == {"a/b.txt": tmp_path / "there" / "a" / "b.txt"}
    assert (tmp_path / "there" / "a" / "b.txt").read_bytes() == b"content"
    assert list(run.artifacts) == ["a/b.txt"]


def test_the_latest_runs_come_first_and_over_several_pages(client: SPLClient, held: FakeDaemon):
    for number in range(5):
        client.start("add", kwargs={"a": number})

    assert [row["id"] for row in client.runs()] == ["run-5", "run-4", "run-3", "run-2", "run-1"]
    assert [row["id"] for row in client.runs(limit=3)] == ["run-5", "run-4", "run-3"]
    assert client.runs(state="failed") == []


def test_a_daemon_away_for_long_ends_the_waiting(client: SPLClient, held: FakeDaemon, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("spl.core.wire.waiting.retry_delay", lambda attempt: 0.0)
    clock = iter(range(0, 10**6, 45))
    monkeypatch.setattr("spl.core.wire.waiting.time.monotonic", lambda: float(next(clock)))
    run = client.start("add", kwargs={"a": 1})
    held.away = [DaemonUnreachable("gone", sent=True) for _ in range(50)]

    with pytest.raises(DaemonUnreachable):
        run.wait()


@pytest.mark.parametrize("verb", ["wait", "result", "collect"])
def test_ctrl_c_while_waiting_says_how_to_stop_the_run(
    client: SPLClient, held: FakeDaemon, capsys: pytest.CaptureFixture[str], verb: str
):
    run = client.start("add", kwargs={"a": 1})

    def interrupted(request: Any) -> Any:
        raise KeyboardInterrupt

    held.send = interrupted  # type: ignore[method-assign]
    with pytest.raises(KeyboardInterrupt):
        getattr(run, verb)()

    assert 'client.cancel("run-1")' in capsys.readouterr().err


def test_handles_of_one_run_are_equal(client: SPLClient, held: FakeDaemon):
    run = client.start("add", kwargs={"a": 1})

    assert {run, client.run(run.id)} == {run}
    assert repr(run) == "<Run run-1 of add@1: waiting>"
