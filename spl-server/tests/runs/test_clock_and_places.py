"""What a clock that is set may do to waiting runs, limits at n and n + 1, and where a run is placed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from daemon_server.runs import placement, reaper, store
from daemon_server.runs.placement import Asked, Candidate, Place
from daemon_server.runs.problems import QueueFull, TooManyActive
from daemon_server.runs.records import Limits

if TYPE_CHECKING:
    from conftest import FakeClock

    from .conftest import Play

DAY_MS = 86_400_000


def tick(play: Play, anchor: reaper.Anchor) -> reaper.Anchor:
    with play.sessions() as session:
        return reaper.tick(session, anchor, play.times)[1]


def state(play: Play, run_id: str) -> str:
    with play.sessions() as session:
        found = store.standing(session, run_id)
    assert found is not None
    return found.state


@pytest.mark.parametrize(("down_ms", "expected"), [(30 * DAY_MS, "queued"), (0, "expired")])
def test_time_without_a_server_does_not_count_as_waiting(
    play: Play, clock: FakeClock, down_ms: int, expected: str
) -> None:
    new = play.submit()
    clock.jump(30 * DAY_MS)

    with play.sessions() as session:
        anchor = reaper.begin(session, play.times, down_ms=down_ms)
    tick(play, anchor)

    assert state(play, new.id) == expected


def test_a_clock_that_jumped_forth_and_back_between_two_looks_keeps_nothing_waiting(
    play: Play, clock: FakeClock
) -> None:
    play.submit()
    (job,) = play.claim()
    play.start(job)
    anchor = tick(play, reaper.Anchor())
    clock.jump(DAY_MS)
    hidden = play.submit("mch_b", queue_ttl_ms=DAY_MS)
    play.tell(job, "nack", reason="draining")
    clock.jump(-DAY_MS)
    assert play.claim() == [] and play.claim("mch_b") == []

    anchor = tick(play, anchor)
    (again,), (other,) = play.claim(), play.claim("mch_b")

    assert (again.run_id, other.run_id) == (job.run_id, hidden.id)
    clock.advance(play.times.claim_lease_ms + 1)
    anchor = tick(play, anchor)
    clock.advance(DAY_MS + 1)
    tick(play, anchor)
    assert state(play, hidden.id) == "expired"


def test_a_lane_takes_as_many_as_it_may_and_not_one_more(play: Play) -> None:
    play.limits = Limits(queued_per_machine=2)
    play.submit()
    play.submit()

    with pytest.raises(QueueFull):
        play.submit()
    play.submit("mch_b")


def test_an_owner_has_as_many_under_way_as_allowed_and_not_one_more(play: Play) -> None:
    play.limits = Limits(active_per_owner=2)
    for _ in range(2):
        play.submit()
    assert len(play.claim(capacity=1)) == 1
    play.submit()
    assert len(play.claim(capacity=1)) == 1

    with pytest.raises(TooManyActive):
        play.submit()


def machine(name: str, owner: str = "alice", *labels: str, **changed: bool) -> Candidate:
    stands = {"allows": True, "online": True, "draining": False, **changed}
    return Candidate(name, owner, name, frozenset(labels), **stands)


BOX, GPU = machine("box"), machine("gpu", "alice", "gpu")
OFF, CLOSED = machine("off", online=False), machine("closed", allows=False)
BOBS, GRANTED = machine("bobs", "bob"), machine("granted", "carol")


@pytest.mark.parametrize(
    ("asked", "owners", "callers", "lane", "code"),
    [
        (Asked("alice", "bob", frozenset(), GRANTED), [BOX], [BOBS], "granted", "waiting_for_turn"),
        (Asked("alice", "bob", frozenset(), OFF), [BOX], [], "off", "machine_offline"),
        (Asked("alice", "bob", frozenset(), machine("d", draining=True)), [], [], "d", "machine_draining"),
        (Asked("alice", "bob", frozenset()), [BOX, GPU], [BOBS], "pool:alice", "waiting_for_turn"),
        (Asked("alice", "bob", frozenset()), [OFF], [BOBS], "pool:alice", "no_machine_online"),
        (Asked("alice", "bob", frozenset()), [CLOSED], [BOBS], "pool:bob", "waiting_for_turn"),
        (Asked("alice", "bob", frozenset()), [], [GRANTED], "granted", "waiting_for_turn"),
        (Asked("alice", "bob", frozenset({"gpu"})), [BOX, GPU], [], "pool:alice", "waiting_for_turn"),
        (Asked("alice", "bob", frozenset({"gpu"})), [BOX], [BOBS], "pool:alice", "no_fitting_machine"),
    ],
)  # fmt: skip
def test_a_run_is_placed(asked: Asked, owners: list[Candidate], callers: list[Candidate], lane: str, code: str) -> None:
    place = placement.place(asked, owners, callers)

    assert isinstance(place, Place)
    assert (place.machine.name if place.machine is not None else f"pool:{place.pool}", place.code) == (lane, code)


def test_a_run_is_refused_where_no_machine_could_ever_have_it() -> None:
    assert placement.place(Asked("alice", "bob", frozenset(), CLOSED), [BOX], []) == "machine_refuses"
    assert placement.place(Asked("alice", "bob", frozenset()), [], []) == "no_machine"
