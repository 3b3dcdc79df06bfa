"""Daemon and workers are ended at random moments; no promise breaks."""

from __future__ import annotations

import json
import os
import random
import socket
import threading
from pathlib import Path

import pytest

from .checker import Recorded, violations
from .world import World, trace, wait_until

FAULTS = int(os.environ.get("SPL_TEST_FAULTS", "120"))
"""Over all isolation modes; a release is tested with thousands."""

pytestmark = [pytest.mark.faults, pytest.mark.timeout(600)]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture
def seed() -> int:
    return int(os.environ.get("SPL_TEST_SEED", random.SystemRandom().randrange(10**6)))


@pytest.mark.parametrize(("isolation", "share"), [("fork", 0.6), ("spare", 0.2), ("reuse", 0.2)])
def test_no_accepted_run_is_lost_or_ends_twice(
    isolation: str, share: float, tmp_path: Path, seed: int, monkeypatch: pytest.MonkeyPatch
):
    """Callers submit, processes die, each accepted run has one outcome and began at most once."""
    monkeypatch.setenv("SPL_STATE_DIR", str(tmp_path / "state"))
    world = World(tmp_path, free_port(), isolation, seed)
    world.start()
    world.client().register_env("default")
    world.client().publish(trace, name="trace").ready(timeout=60)
    callers = [threading.Thread(target=world.submit_for_ever, args=(n,)) for n in range(3)]
    for caller in callers:
        caller.start()
    try:
        for _ in range(int(FAULTS * share)):
            world.fault()
    finally:
        world.stopping.set()
        for caller in callers:
            caller.join()
    world.settle()

    recorded = [recorded_of(row) for row in world.rows(QUERY)]
    executed = world.executions.read_text().split()
    broken = violations(world.accepted, recorded, executed, seen=world.seen)
    told = f"{len(world.faults)} faults, {len(world.accepted)} runs accepted, {len(broken)} broken promises"
    print(f"\nseed {seed}, {isolation}: {told}")
    assert broken == []
    assert world.rows("PRAGMA integrity_check") == [("ok",)]
    world.stop()
    wait_until(lambda: not world.marked_processes(), "no process is left over")


QUERY = "SELECT r.id, r.state, p.result FROM runs r LEFT JOIN run_payloads p ON p.run_id = r.id"


def recorded_of(row: tuple[object, ...]) -> Recorded:
    run_id, state, result = row
    value = json.loads(result) if isinstance(result, str | bytes) and result else None
    return Recorded(str(run_id), str(state), value)


def needs_six() -> str:
    import six

    return str(six.__version__)


def test_a_half_built_environment_is_never_used(tmp_path: Path, seed: int, monkeypatch: pytest.MonkeyPatch):
    """The daemon is killed at random moments of a build; afterwards the build is whole and nothing half-made stays."""
    monkeypatch.setenv("SPL_STATE_DIR", str(tmp_path / "state"))
    world = World(tmp_path, free_port(), "fork", seed)
    world.start()
    world.client().register_env("default")
    for _ in range(6):
        world.client().publish(needs_six, name="needs_six", requirements=["six"])
        threading.Event().wait(world.random.uniform(0.0, 0.3))
        world.kill_daemon()

    world.client().publish(needs_six, name="needs_six", requirements=["six"]).ready(timeout=90)

    assert world.client().call("needs_six").value
    world.stop()
    builds = [path.name for path in (world.home / "environment-builds").iterdir() if path.is_dir()]
    assert not [name for name in builds if name.startswith(".")]
