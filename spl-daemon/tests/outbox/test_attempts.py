"""A fence is used once, and what may have begun is never given back."""

from __future__ import annotations

import sqlite3
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, invariant, rule
from sqlalchemy import Connection

from spl.daemon.db.connections import open_file, wrap
from spl.daemon.db.upgrade import upgrade
from spl.daemon.outbox import Entry, Identity, attempts, store
from spl.daemon.outbox.attempts import Attempt
from spl.daemon.outbox.lifecycle import STATES, TRANSITIONS

ORIGIN, OWNER = "https://server.example", "alice"
ATTEMPT = Attempt(ORIGIN, "7", OWNER, "run_1", 1, "accepted", None, "{}", 1, 1)
END = Entry("e1", ORIGIN, OWNER, "finished", "run_1", "7", "{}", 5)


class Book:
    """A database file of its own."""

    def __init__(self) -> None:
        self._folder = tempfile.TemporaryDirectory()
        path = Path(self._folder.name) / "daemon.sqlite3"
        upgrade(path)
        self.raw: sqlite3.Connection = open_file(path)
        self.connection: Connection = wrap(self.raw)

    def close(self) -> None:
        self.connection.close()
        self.raw.close()
        self._folder.cleanup()


@pytest.fixture
def connection() -> Iterator[Connection]:
    book = Book()
    yield book.connection
    book.close()


def test_a_fence_is_taken_once(connection: Connection) -> None:
    assert attempts.accept(connection, ATTEMPT)

    assert not attempts.accept(connection, replace(ATTEMPT, run_id="run_2"))


def test_the_same_number_of_two_servers_is_two_fences(connection: Connection) -> None:
    assert attempts.accept(connection, ATTEMPT)

    assert attempts.accept(connection, replace(ATTEMPT, origin="https://other.example"))


def test_a_fence_whose_attempt_is_over_is_still_taken(connection: Connection) -> None:
    attempts.accept(connection, ATTEMPT)
    store.finish(connection, END)
    store.done(connection, [END], 9)

    assert not attempts.accept(connection, ATTEMPT)


def test_what_was_spawned_is_not_given_back(connection: Connection) -> None:
    attempts.accept(connection, ATTEMPT)
    attempts.bind(connection, ORIGIN, "7", "local-1", 2, spawned=True)

    assert not store.give_back(connection, replace(END, kind="nack"))
    assert store.pending(connection, Identity(ORIGIN, OWNER), 10) == []


def test_an_end_under_a_fence_that_was_given_away_is_not_told(connection: Connection) -> None:
    attempts.accept(connection, ATTEMPT)
    attempts.bind(connection, ORIGIN, "7", "local-1", 2, spawned=True)
    attempts.move(connection, ORIGIN, "7", "orphaned", 3)

    assert not store.finish(connection, END)
    assert store.pending(connection, Identity(ORIGIN, OWNER), 10) == []


def test_each_server_and_owner_hears_its_own_events_alone(connection: Connection) -> None:
    store.add(connection, END)
    store.add(connection, replace(END, id="e2", owner="bob"))

    assert [entry.id for entry in store.pending(connection, Identity(ORIGIN, OWNER), 10)] == ["e1"]
    assert store.pending(connection, Identity("https://other.example", OWNER), 10) == []


def test_ends_of_runs_go_before_what_was_published(connection: Connection) -> None:
    store.add(connection, replace(END, id="e0", kind="publish", run_id=None, fence=None))
    store.add(connection, END)

    assert [entry.id for entry in store.pending(connection, Identity(ORIGIN, OWNER), 10)] == ["e1", "e0"]


def test_that_nothing_was_told_changes_nothing(connection: Connection) -> None:
    store.add(connection, END)

    store.done(connection, [], 9)

    assert [entry.id for entry in store.pending(connection, Identity(ORIGIN, OWNER), 10)] == ["e1"]


def test_what_the_server_will_never_take_is_kept_and_does_not_block(connection: Connection) -> None:
    store.add(connection, END)
    store.add(connection, replace(END, id="e2"))

    store.bury(connection, END, "rejected: artifacts_incomplete")

    assert [entry.id for entry in store.pending(connection, Identity(ORIGIN, OWNER), 10)] == ["e2"]
    assert [one.answer for one in store.dead(connection)] == ["rejected: artifacts_incomplete"]
    assert store.load(connection).dead == 1


class Lives(RuleBasedStateMachine):
    """Any order of what lanes, supervisors and recoveries write; the model is the table of transitions."""

    fences = Bundle("fences")

    def __init__(self) -> None:
        super().__init__()
        self.book = Book()
        self.model: dict[str, str] = {}

    def teardown(self) -> None:
        self.book.close()

    @rule(target=fences, number=st.integers(1, 5))
    def accept(self, number: int) -> str:
        fence = str(number)
        taken = attempts.accept(self.book.connection, replace(ATTEMPT, fence=fence))
        assert taken == (fence not in self.model)
        self.model.setdefault(fence, "accepted")
        return fence

    @rule(fence=fences, state=st.sampled_from(STATES))
    def move(self, fence: str, state: str) -> None:
        moved = attempts.move(self.book.connection, ORIGIN, fence, state, 2)
        assert moved == (state in TRANSITIONS[self.model[fence]])
        if moved:
            self.model[fence] = state

    @rule(fence=fences, spawned=st.booleans())
    def bind(self, fence: str, spawned: bool) -> None:
        bound = attempts.bind(self.book.connection, ORIGIN, fence, f"local-{fence}", 2, spawned=spawned)
        assert bound == (self.model[fence] in ("accepted", "starting"))
        if bound:
            self.model[fence] = "spawned" if spawned else "starting"

    @invariant()
    def the_journal_says_what_the_model_says(self) -> None:
        rows = self.book.connection.exec_driver_sql("SELECT fence, state FROM remote_attempts").all()
        assert {str(row[0]): str(row[1]) for row in rows} == self.model


TestLives = Lives.TestCase
TestLives.settings = settings(max_examples=60, stateful_step_count=30, deadline=None)
