"""The outbox has a bound: near it nothing is added that can be made again, and ends of runs always are."""

from __future__ import annotations

import pytest
from sqlalchemy import Connection

from spl.daemon.outbox import Entry, attempts, store
from spl.daemon.outbox.store import CROWDED_SHARE, MOST_BYTES, MOST_ROWS, Load

from .test_attempts import ATTEMPT, END, ORIGIN, OWNER
from .test_attempts import connection as connection  # the fixture

NEARLY_ROWS = int(MOST_ROWS * CROWDED_SHARE)
NEARLY_BYTES = int(MOST_BYTES * CROWDED_SHARE)


@pytest.mark.parametrize(
    ("rows", "size", "crowded"),
    [
        (NEARLY_ROWS - 1, 0, False),
        (NEARLY_ROWS, 0, True),
        (1, NEARLY_BYTES - 1, False),
        (1, NEARLY_BYTES + 1, True),
    ],
)
def test_four_fifths_of_either_bound_are_crowded(rows: int, size: int, crowded: bool) -> None:
    assert Load(rows, size, 0).crowded is crowded


def test_a_crowded_outbox_still_takes_the_end_of_a_run(connection: Connection) -> None:
    for number in range(3):
        body = "x" * (NEARLY_BYTES // 2)
        store.add(connection, Entry(f"big{number}", ORIGIN, OWNER, "publish", None, None, body, 1))
    assert store.load(connection).crowded
    attempts.accept(connection, ATTEMPT)

    assert store.finish(connection, END)

    assert store.pending(connection, store.Identity(ORIGIN, OWNER), 1)[0].id == END.id  # and it is told first
