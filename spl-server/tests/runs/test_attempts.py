"""An attempt: claimed once, started by permission, ended once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import update
from sqlalchemy.exc import IntegrityError

from daemon_server.runs import attempting, ending, reaper, store
from daemon_server.runs.problems import RunCancelled, RunNotFound, StaleClaim, StoreRestored
from daemon_server.runs.records import Held
from daemon_server.runs.tables import run_results, runs

if TYPE_CHECKING:
    from conftest import FakeClock

    from .conftest import Play


def state(play: Play, run_id: str) -> str:
    with play.sessions() as session:
        found = store.standing(session, run_id)
    assert found is not None
    return found.state


def test_a_run_goes_from_the_queue_to_its_result(play: Play) -> None:
    new = play.submit()

    (job,) = play.claim()
    started = play.start(job)
    answer = play.tell(job, "finished", state="succeeded", result={"value": 3})

    assert (job.run_id, job.attempt) == (new.id, 1)
    assert started.fence == job.fence
    assert answer.status == "ok"
    assert state(play, new.id) == "succeeded"
    with play.sessions() as session:
        assert session.scalar(run_results.select().with_only_columns(run_results.c.result)) == '{"value":3}'


def test_a_poll_that_is_asked_again_gets_the_same_jobs_and_an_older_one_none(play: Play) -> None:
    for _ in range(3):
        play.submit()

    first = play.claim(poll=7, capacity=2)
    again = play.claim(poll=7, capacity=2)
    older = play.claim(poll=6, capacity=2)

    assert [job.fence for job in first] == [job.fence for job in again]
    assert len(first) == 2
    assert older == []


def test_the_most_urgent_run_comes_first_and_then_the_oldest(play: Play, clock: FakeClock) -> None:
    ordered = []
    for priority in (0, 5, 0, 5):
        clock.advance(1)
        ordered.append(play.submit(priority=priority).id)

    assert [job.run_id for job in play.claim(capacity=4)] == [ordered[1], ordered[3], ordered[0], ordered[2]]


def test_fences_grow_and_an_older_one_changes_nothing(play: Play, clock: FakeClock) -> None:
    new = play.submit()
    (old,) = play.claim()
    clock.advance(play.times.claim_lease_ms + 1)
    with play.sessions() as session:
        reaper.tick(session, reaper.Anchor(), play.times)
    (job,) = play.claim("mch_a")

    with pytest.raises(StaleClaim) as refused:
        play.start(old)
    late = play.tell(old, "finished", state="succeeded", result=1)

    assert job.fence > old.fence
    assert refused.value.details == {"current_attempt": 2, "your_fence": str(old.fence)}
    assert (late.status, late.code) == ("stale", "stale_claim")
    assert state(play, new.id) == "claimed"


def test_start_is_given_again_and_never_after_a_cancel(play: Play) -> None:
    play.submit()
    (job,) = play.claim()
    assert play.start(job).capability_id == play.start(job).capability_id

    with play.sessions() as session:
        ending.cancel(session, job.run_id)

    with pytest.raises(RunCancelled):
        play.start(job)


def test_another_machine_learns_nothing_of_a_run(play: Play) -> None:
    play.submit()
    (job,) = play.claim()

    with pytest.raises(RunNotFound):
        play.start(job, machine="mch_b")
    told = play.tell(job, "finished", machine="mch_b", state="succeeded")

    assert (told.status, told.code) == ("rejected", "run_not_found")


def test_a_fence_of_a_life_that_was_lost_is_told_so(play: Play) -> None:
    play.submit()
    (job,) = play.claim()
    import dataclasses

    later = dataclasses.replace(job, fence=job.fence + (1 << 40))
    with pytest.raises(StoreRestored):
        play.start(later)


def test_an_event_is_worked_off_once(play: Play) -> None:
    play.submit()
    (job,) = play.claim()
    play.start(job)

    first = play.tell(job, "finished", event="evt_same", state="failed", reason="user_exception")
    again = play.tell(job, "finished", event="evt_same", state="succeeded", result=1)

    assert (first.status, again.status) == ("ok", "duplicate")
    assert state(play, job.run_id) == "failed"


def test_the_database_itself_refuses_to_change_an_end(play: Play) -> None:
    play.submit()
    (job,) = play.claim()
    play.start(job)
    play.tell(job, "finished", state="succeeded", result=1)
    changes: list[Any] = [
        update(runs).values(state="failed"),
        update(runs).values(fence=1),
        update(run_results).values(result="2"),
    ]

    for change in changes:
        with pytest.raises(IntegrityError, match="does not change"), play.sessions() as session:
            session.execute(change)


def test_a_lease_that_ended_is_a_doubt_and_the_same_fence_comes_back(play: Play, clock: FakeClock) -> None:
    play.submit()
    (job,) = play.claim()
    play.start(job)
    clock.advance(play.times.run_lease_ms + 1)
    with play.sessions() as session:
        reaper.tick(session, reaper.Anchor(), play.times)
    assert state(play, job.run_id) == "unknown"

    with play.sessions() as session:
        from daemon_server.runs import attempting

        verdicts = attempting.renew(session, machine_id="mch_a", held=[Held(job.run_id, job.fence)], times=play.times)

    assert [one.run_id for one in verdicts.going] == [job.run_id]
    assert state(play, job.run_id) == "running"


def test_a_jump_of_the_clock_expires_nothing(play: Play, clock: FakeClock) -> None:
    play.submit()
    (job,) = play.claim()
    play.start(job)
    waiting = play.submit("mch_b")
    with play.sessions() as session:
        _, anchor = reaper.tick(session, reaper.Anchor(), play.times)
    for day in (86_400_000, -2 * 86_400_000):
        clock.jump(day * 8)
        clock.advance(5_000)

        with play.sessions() as session:
            reaped, anchor = reaper.tick(session, anchor, play.times)
        assert reaped.jump_ms == day * 8
        clock.advance(5_000)
        with play.sessions() as session:
            reaped, anchor = reaper.tick(session, anchor, play.times)
        assert reaped.moved == {}
    assert (state(play, job.run_id), state(play, waiting.id)) == ("running", "queued")

    clock.advance(play.times.run_lease_ms)
    with play.sessions() as session:
        reaper.tick(session, anchor, play.times)
    assert state(play, job.run_id) == "unknown"


def test_five_nacks_for_one_reason_end_a_run(play: Play, clock: FakeClock) -> None:
    new = play.submit()
    for _ in range(5):
        clock.advance(60_000)
        (job,) = play.claim()
        play.tell(job, "nack", reason="isolation_unavailable")

    assert state(play, new.id) == "failed"


def test_a_machine_holds_no_more_than_it_may(play: Play) -> None:
    for _ in range(5):
        play.submit()

    first = play.claim(capacity=9, max_concurrent=2)
    more = play.claim(capacity=9, max_concurrent=2)

    assert (len(first), len(more)) == (2, 0)


def test_a_library_has_no_more_under_way_than_it_may(play: Play) -> None:
    for _ in range(5):
        play.submit(library_max=2)
        play.submit(library_id="lib_other")

    jobs = play.claim(capacity=20)
    more = play.claim("mch_b", capacity=20)

    assert len(jobs) == 7
    assert more == []


@pytest.mark.parametrize(
    ("allow", "taken"),
    [(("alice/*/*",), 1), (("bob/*/*",), 0), (("alice/ri*/rep*",), 1), (("alice/RI*/*",), 0), ((), 0),
     (("alice/risk/report@1",), 1), (("alice/risk/report@2",), 0), (("alice/risk/report@" + "0" * 64,), 1)],
)  # fmt: skip
def test_a_machine_gets_what_its_policy_lets_in(play: Play, allow: tuple[str, ...], taken: int) -> None:
    play.submit()

    assert len(play.claim(allow=allow)) == taken


@pytest.mark.parametrize(("labels", "taken"), [({"gpu", "cuda=12"}, 1), ({"gpu"}, 0), (set(), 0)])
def test_a_pool_gives_a_run_to_a_machine_that_has_its_labels(play: Play, labels: set[str], taken: int) -> None:
    play.submit("pool:usr_alice", labels='["cuda=12","gpu"]')

    assert len(play.claim(labels=frozenset(labels))) == taken


def test_a_run_that_may_be_tried_again_waits_for_another_machine_once_its_own_is_gone(
    play: Play, clock: FakeClock
) -> None:
    new = play.submit("pool:usr_alice", max_attempts=3)
    (old,) = play.claim()
    play.start(old)
    for ms in (play.times.run_lease_ms + 1, play.times.requeue_grace_ms + 1):
        clock.advance(ms)
        with play.sessions() as session:
            reaper.tick(session, reaper.Anchor(), play.times)
    assert state(play, new.id) == "queued"
    assert play.claim("mch_b") == []  # it backs off first

    clock.advance(play.times.backoff_cap_ms)
    (job,) = play.claim("mch_b")

    assert (job.run_id, job.attempt) == (new.id, 2)
    assert job.fence > old.fence
    assert play.tell(old, "finished", state="succeeded", result=1).status == "stale"


@pytest.mark.parametrize("end", ["succeeded", "failed", "cancelled", "lost"])
def test_what_a_run_started_elsewhere_ends_with_it_where_nobody_waits_for_it(
    play: Play, clock: FakeClock, end: str
) -> None:
    parent = play.submit()
    (job,) = play.claim()
    play.start(job)
    mine: dict[str, Any] = {"parent_run_id": parent.id, "token_kind": "capability"}
    going, waiting = play.submit("mch_b", **mine), play.submit("mch_c", **mine)
    named_by_somebody = play.submit("mch_c", parent_run_id=parent.id)
    (its_job,) = play.claim("mch_b")
    play.start(its_job, "mch_b")

    if end == "lost":
        anchor = reaper.Anchor()
        with play.sessions() as session:
            anchor = reaper.begin(session, play.times)
        for wait in (play.times.run_lease_ms + 1, parent.lost_after_ms + 1):
            clock.advance(wait)
            with play.sessions() as session:
                attempting.renew(
                    session, machine_id="mch_b", held=[Held(going.id, its_job.fence, None)], times=play.times
                )
                _, anchor = reaper.tick(session, anchor, play.times)
    else:
        if end == "cancelled":
            with play.sessions() as session:
                ending.cancel(session, parent.id)
            assert state(play, going.id) == "running"  # until its parent has stopped
        play.tell(job, "finished", state=end, reason={"failed": "user_exception"}.get(end, end))

    assert state(play, parent.id) == end
    stopped = end != "succeeded"
    assert state(play, going.id) == ("cancelling" if stopped else "running")
    assert state(play, waiting.id) == ("cancelled" if stopped else "queued")
    assert state(play, named_by_somebody.id) == "queued"
