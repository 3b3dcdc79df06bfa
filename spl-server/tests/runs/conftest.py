"""Runs on both databases, without anything around them."""

from __future__ import annotations

import sys
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from daemon_server.db import Session
from daemon_server.runs import attempting, claiming, inbox, submitting
from daemon_server.runs.records import Answer, Claimant, Job, Limits, MachineEvent, NewRun, Started, Times

sys.path.insert(0, str(Path(__file__).parents[1]))  # the stage is shared with the simulation
from simulation.stage import new_run

type Sessions = Callable[[], AbstractContextManager[Session]]


@dataclass
class Play:
    """The services, each in a unit of its own."""

    sessions: Sessions
    times: Times = field(default_factory=Times)
    limits: Limits = field(default_factory=Limits)
    polls: int = 0

    def submit(self, lane: str = "mch_a", **changed: Any) -> NewRun:
        new = new_run(lane, **changed)
        with self.sessions() as session:
            submitting.submit(session, [new], self.limits)
        return new

    def claim(self, machine: str = "mch_a", *, capacity: int = 1, poll: int = 0, **changed: Any) -> list[Job]:
        self.polls += 1
        claimant = Claimant(machine, **{"owner_id": "usr_alice", "boot_id": "boot", **changed})
        with self.sessions() as session:
            return claiming.claim(session, claimant, poll=poll or self.polls, capacity=capacity, times=self.times)

    def start(self, job: Job, machine: str = "mch_a") -> Started:
        with self.sessions() as session:
            return attempting.start(session, machine_id=machine, run_id=job.run_id, fence=job.fence, times=self.times)

    def tell(self, job: Job, kind: Any, machine: str = "mch_a", event: str = "", **data: Any) -> Answer:
        self.polls += 1
        told = MachineEvent(event or f"evt_{self.polls}", kind, job.run_id, job.fence, data)
        with self.sessions() as session:
            return inbox.deliver(
                session, machine, [told], times=self.times, limits=self.limits, missing_artifacts=lambda *_: ()
            )[0]


@pytest.fixture
def play(session_factory: Sessions) -> Play:
    return Play(session_factory)
