"""A server is lost and comes back from a backup made while it worked: machines notice, and nothing is run twice."""

from __future__ import annotations

import http.client
import shutil
import sqlite3
import threading
from collections import Counter
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from .served_caller import Caller, Refused
from .served_history import TERMINAL, broken_promises
from .served_world import ServedWorld, server_command, stop
from .world import wait_until

pytestmark = [pytest.mark.faults, pytest.mark.timeout(240)]

CALLERS = 6
# What each of the two parts of the load has at least: before the backup, and after it.
RUNS = 40
END_SECONDS = 60.0
# Attempts that the server gave out after the backup are known to the machines alone.
FORGOTTEN = ("permissions", "was never given")


class RestoredWorld(ServedWorld):
    """Its machines keep what no server wants any more as dead letters, and say so."""

    def _untold(self) -> list[str]:
        dead = {run_id for run_id, _ in self.dead_letters()}
        return [said for said in super()._untold() if not any(run_id in said for run_id in dead)]

    def dead_letters(self) -> list[tuple[str, int]]:
        """The run and the fence of each."""
        letters: list[tuple[str, int]] = []
        for machine in self.machines:
            with closing(sqlite3.connect(self.folder / machine / "daemon.sqlite3")) as file:
                found = file.execute("SELECT run_id, fence FROM outbox WHERE state = 'dead'")
                letters += [(run_id, int(fence)) for run_id, fence in found]
        return letters


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> RestoredWorld:
    monkeypatch.setenv("SPL_STATE_DIR", str(tmp_path / "state"))
    return RestoredWorld(tmp_path, 7)


def brought_back(world: ServedWorld, backup: Path) -> None:
    """The server ends as in a power cut, its home is gone, and the backup is restored; its machines go on."""
    world.closing.set()
    for keeper in world.keepers:
        keeper.join()
    world.stack.newest["server"].kill()
    world.stack.newest["server"].wait()
    shutil.rmtree(world.server.home)
    restored = server_command(world.server.home, "restore", str(backup), options=("--keep-tokens",))
    assert restored["generation"] == 2
    world.server = world.stack.server(port=world.port)


def under_load(world: ServedWorld, more: int) -> list[threading.Thread]:
    """Callers at work, once that many runs more were accepted."""
    world.stopping.clear()
    load = len(world.faults)
    world.faults.append("load")
    callers = [threading.Thread(target=world.submit_for_ever, args=(10 * load + n,)) for n in range(1, CALLERS + 1)]
    so_far = len(world.accepted)
    for caller in callers:
        caller.start()
    wait_until(lambda: len(world.accepted) > so_far + more, "enough runs are accepted", 60)
    return callers


def quiet(world: ServedWorld, callers: list[threading.Thread]) -> None:
    world.stopping.set()
    for caller in callers:
        caller.join()


def test_after_a_restore_nothing_runs_twice_and_what_is_lost_is_told(world: RestoredWorld):
    backup = world.folder / "backup"
    callers: list[threading.Thread] = []
    try:
        world.start()
        callers = under_load(world, RUNS)
        before, seen, cancelled = set(world.accepted), dict(world.seen), frozenset(world.cancelled)
        assert server_command(world.server.home, "backup", str(backup))["generation"] == 1
        made = len(world.accepted)
        wait_until(lambda: len(world.accepted) > made + RUNS, "the server goes on after the backup", 60)
        brought_back(world, backup)
        quiet(world, callers)
        first = set(world.accepted)

        callers = under_load(world, RUNS)
        brought_back(world, backup)  # the same one: what the first life after it gave out must not come again
        quiet(world, callers)
        callers = under_load(world, RUNS)
        quiet(world, callers)
        world.settle()
        with closing(Caller(world.server.url, world.token)) as caller:
            unknown = {run_id for run_id in world.accepted if state(caller, run_id) == "run_not_found"}
        world.end()

        history = world.history()
        known = {row.run_id: row for row in history.rows}
        lost = world.accepted.keys() - known.keys()
        assert before <= known.keys()  # whatever was acknowledged before the backup began
        given = {attempt.fence for attempt in history.attempts}
        assert not {fence for _, fence in world.dead_letters()} & given  # only what no server knows of
        assert unknown == lost  # the server says so
        assert first & lost and world.accepted.keys() - first - lost
        kept = {run_id: accepted for run_id, accepted in world.accepted.items() if run_id in known}
        remembered = replace(history, accepted=kept, seen=seen, cancelled=cancelled)
        assert [said for said in broken_promises(remembered) if not said.endswith(FORGOTTEN)] == []
        assert world.leftovers() == []
        for machine in world.machines:
            assert "was taken before" not in (world.folder / f"{machine}.log").read_text()
        print(f"\n{len(world.accepted)} accepted, {len(lost)} of them after the backup and lost with it,")
        print(f"{dict(Counter(row.state for row in history.rows))}")
    finally:
        quiet(world, callers)
        world.close()


def test_a_run_that_waited_in_the_backup_and_ran_after_it_is_not_begun_again(world: RestoredWorld):
    backup = world.folder / "backup"
    try:
        world.start()
        with closing(Caller(world.server.url, world.token)) as caller:
            world.closing.set()
            for keeper in world.keepers:
                keeper.join()
            stop(world.stack.newest["there"])
            body = {"kwargs": {"n": 1, "log": str(world.executions), "seconds": 0}, "target_machine": "there"}
            once = caller.ask("POST", "/remote-runs", {"object": "trace", **body})["id"]
            server_command(world.server.home, "backup", str(backup))
            world.stack.daemon("there")
            wait_until(lambda: state(caller, once) == "succeeded", "it runs after the backup", END_SECONDS)

            brought_back(world, backup)
            wait_until(lambda: state(caller, once) in TERMINAL, "the restored server has an end for it", END_SECONDS)
            run = caller.ask("GET", f"/remote-runs/{once}")

        assert world.executions.read_text().split() == ["1"]
        assert (run["state"], run["error"]["type"]) == ("failed", "BegunBefore")
        assert "may begin once" in run["error"]["message"]
    finally:
        world.close()


def state(caller: Caller, run_id: str) -> str:
    """As the server says it; empty while it is away."""
    try:
        return str(caller.ask("GET", f"/remote-runs/{run_id}")["state"])
    except Refused as refused:
        return "run_not_found" if "run_not_found" in str(refused) else str(refused)
    except (OSError, http.client.HTTPException):
        return ""
