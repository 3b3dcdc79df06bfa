"""Runs in the database, driven by chance: only legal moves happen, and every run has one outcome that never changes."""

from __future__ import annotations

import sqlite3
import tempfile
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, invariant, rule
from sqlalchemy.exc import IntegrityError

from spl.daemon.db.connections import open_file, wrap
from spl.daemon.db.upgrade import upgrade
from spl.daemon.runs import store
from spl.daemon.runs.ids import new_id
from spl.daemon.runs.lifecycle import REASONS, TERMINAL, TRANSITIONS, is_over
from spl.daemon.runs.records import Outcome, RunRecord
from spl.daemon.runs.store import Filter, Start

ENDS = [(state, reason) for state in sorted(TERMINAL) for reason in sorted(REASONS[state])]


def record(**fields) -> RunRecord:
    base = RunRecord(
        id=new_id(), object="f", version=1, version_id="v", function=None, output=None, state="queued", reason=None,
        isolation=None, priority=0, batch_id=None, batch_index=None, timeout_ms=None, attempt=1, created_at=1,
        started_at=None, finished_at=None, timings=None, progress=None, artifacts=0,
    )  # fmt: skip
    return replace(base, **fields)


class OpenStore:
    """A database file of its own."""

    def __init__(self) -> None:
        self._folder = tempfile.TemporaryDirectory()
        path = Path(self._folder.name) / "daemon.sqlite3"
        upgrade(path)
        self.raw = open_file(path)
        self.connection = wrap(self.raw)

    def close(self) -> None:
        self.connection.close()
        self.raw.close()
        self._folder.cleanup()


class Runs(RuleBasedStateMachine):
    """Any order of what supervisors, cancellers and recoveries write; the model is the table of transitions."""

    ids = Bundle("ids")

    def __init__(self) -> None:
        super().__init__()
        self.store = OpenStore()
        self.states: dict[str, str] = {}
        self.outcomes: dict[str, tuple[str, str, str | None]] = {}

    def teardown(self) -> None:
        self.store.close()

    def move(self, run: str, state: str) -> bool:
        if state not in TRANSITIONS[self.states[run]]:
            return False
        self.states[run] = state
        return True

    @rule(target=ids, running=st.booleans())
    def accept(self, running):
        row = record(state="running" if running else "queued")
        store.insert(self.store.connection, [row], ["{}"])
        self.states[row.id] = row.state
        return row.id

    @rule(run=ids)
    def start(self, run):
        store.advance(self.store.connection, starts=[Start(run, 2, "fork", 1)])
        self.move(run, "running")

    @rule(run=ids)
    def requeue(self, run):
        store.advance(self.store.connection, requeued=[run])
        self.move(run, "queued")

    @rule(run=ids)
    def cancel(self, run):
        store.advance(self.store.connection, cancelling=[run])
        self.move(run, "cancelling")

    @rule(run=ids, end=st.sampled_from(ENDS), text=st.none() | st.text(max_size=3))
    def end(self, run, end, text):
        state, reason = end
        if not is_over(self.states[run]):
            self.states[run] = state
            self.outcomes[run] = (state, reason, text)
        store.advance(self.store.connection, outcomes=[Outcome(run, state, reason, 3, result=text)])

    @rule(run=ids)
    def forget(self, run):
        gone = store.remove(self.store.connection, [run])
        assert gone == (1 if run in self.states and is_over(self.states[run]) and run not in self.forgotten else 0)
        if gone:
            self.forgotten.add(run)

    @property
    def forgotten(self) -> set[str]:
        return self.__dict__.setdefault("_forgotten", set())

    @invariant()
    def the_database_is_what_the_table_says(self):
        rows = self.store.raw.execute("SELECT id, state, reason, finished_at FROM runs").fetchall()
        expected = {run: state for run, state in self.states.items() if run not in self.forgotten}
        assert {run: state for run, state, _, _ in rows} == expected
        assert all(
            (reason is None) == (finished is None) == (not is_over(state)) for _, state, reason, finished in rows
        )

    @invariant()
    def the_first_outcome_stays(self):
        for run, (state, reason, text) in self.outcomes.items():
            if run not in self.forgotten:
                row, payload = store.find(self.store.connection, run)
                assert (row.state, row.reason, payload.result) == (state, reason, text)


Runs.TestCase.settings = settings(max_examples=60, stateful_step_count=30, deadline=None)
test_whatever_the_order_every_run_has_one_outcome = Runs.TestCase


@pytest.fixture
def opened():
    opened = OpenStore()
    yield opened
    opened.close()


def test_the_database_itself_refuses_to_change_an_end(opened):
    row = record()
    store.insert(opened.connection, [row], ["{}"])
    store.advance(opened.connection, outcomes=[Outcome(row.id, "failed", "interrupted", 2)])

    with pytest.raises(sqlite3.IntegrityError):
        opened.raw.execute("UPDATE runs SET state = 'queued' WHERE id = ?", (row.id,))


def test_a_key_is_taken_once(opened):
    first, again = record(idempotency_key="k"), record(idempotency_key="k")

    assert store.insert_once(opened.connection, first, "{}") == first.id
    assert store.insert_once(opened.connection, again, "{}") == first.id
    with pytest.raises(IntegrityError):
        store.insert(opened.connection, [again], ["{}"])


def test_pages_are_newest_first_and_leave_nothing_out(opened):
    rows = [record(created_at=1 + number // 3) for number in range(20)]
    store.insert(opened.connection, rows, ["{}"] * 20)

    seen, after = [], None
    while found := store.page(opened.connection, Filter(), limit=4, after=after):
        seen += found
        after = (found[-1].created_at, found[-1].id)

    assert [row.id for row in seen] == [row.id for row in sorted(rows, key=lambda row: (-row.created_at, row.id))]


def test_a_list_of_ten_thousand_runs_reads_only_its_page(opened):
    plan = opened.raw.execute(
        "EXPLAIN QUERY PLAN SELECT * FROM runs WHERE created_at <= 5 "
        "AND (created_at < 5 OR (created_at = 5 AND id > 'x')) ORDER BY created_at DESC, id LIMIT 100"
    ).fetchall()

    assert "ix_runs_created" in plan[0][3] and "TEMP B-TREE" not in str(plan)


def test_what_is_left_unfinished_is_found_in_the_order_of_acceptance(opened):
    rows = [record(state=state, created_at=n) for n, state in enumerate(["queued", "running", "cancelling", "queued"])]
    store.insert(opened.connection, rows[::-1], ["{}"] * 4)
    ended = record(created_at=0)
    store.insert(opened.connection, [ended], ["{}"])
    store.advance(opened.connection, outcomes=[Outcome(ended.id, "succeeded", "ok", 1, result="1")])

    assert [row.id for row, _ in store.unfinished(opened.connection)] == [row.id for row in rows]


def test_ids_sort_by_the_order_in_which_they_were_given():
    ids = [new_id() for _ in range(5_000)]

    assert ids == sorted(set(ids))
    assert all(len(one) == 36 and one[14] == "7" for one in ids)
