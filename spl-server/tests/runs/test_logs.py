"""A log by its lines: whatever pieces it came in, it reads as the whole text would."""

from __future__ import annotations

import itertools
import random

import pytest
from sqlalchemy import insert

from daemon_server.runs import logs
from daemon_server.runs.tables import run_logs

WORDS = ["", "a", "Grüße 🎉", "x" * 300, "an Error here", "error again", "\tindented", "progress\rprogress"]
PLENTY = 1_000_000


@pytest.fixture
def printed(play):
    """Put a text into a run's log, cut into pieces where `cuts` says (bytes, between characters)."""
    run = play.submit().id

    def put(text: str, cuts: list[int], attempt: int = 1) -> str:
        places = sorted({0, len(text), *(cut for cut in cuts if 0 < cut < len(text))})
        rows, start = [], 0
        for begin, end in itertools.pairwise(places):
            piece = text[begin:end]
            size = len(piece.encode())
            rows.append({"run_id": run, "attempt": attempt, "stream": "stdout", "start": start, "size": size})
            rows[-1] |= {"dropped": 0, "text": piece}
            start += size
        if rows:
            with play.sessions() as session:
                session.execute(insert(run_logs), rows)
        return run

    return put


def lines_of(text: str) -> list[str]:
    found = text.split("\n")
    return found[:-1] if found[-1] == "" else found


@pytest.mark.parametrize("seed", range(12))
def test_tail_line_and_find_agree_with_the_whole_text(play, printed, seed):
    chance = random.Random(seed)
    text = "\n".join(chance.choice(WORDS) for _ in range(chance.randrange(1, 120)))
    text += chance.choice(["", "\n"])
    run = printed(text, [chance.randrange(len(text) + 1) for _ in range(chance.randrange(40))])
    lines = lines_of(text)
    place = (run, 1, "stdout")

    with play.sessions() as session:
        for wanted in (1, 2, len(lines), len(lines) + 5, chance.randrange(1, len(lines) + 1)):
            tail = logs.read_tail(session, *place, wanted, PLENTY, over=True)
            shown = lines[-wanted:]
            assert lines_of(tail["text"]) == shown
            assert (tail["line"], tail["next_offset"], tail["ended"]) == (
                len(lines) - len(shown) + 1,
                len(text.encode()),
                True,
            )

            piece = logs.read_line(session, *place, wanted, PLENTY, over=True)
            assert lines_of(piece["text"]) == lines[wanted - 1 :]
            if wanted <= len(lines):
                assert piece["line"] == wanted

        numbered = [(number, line) for number, line in enumerate(lines, 1) if "error" in line.casefold()]
        got, after = [], 0
        while after is not None:
            page = logs.find(session, *place, "ERROR", after=after, limit=3)
            got += [(one["line"], one["text"]) for one in page["items"]]
            after = page["next"]
        assert got == numbered


def test_a_tail_that_has_no_room_begins_with_a_whole_line(play, printed):
    run = printed("".join(f"line {number:04d}\n" for number in range(1, 1001)), [333, 5_000, 9_000])

    with play.sessions() as session:
        tail = logs.read_tail(session, run, 1, "stdout", 500, 105, over=True)

    assert tail["text"].splitlines()[0] == "line 0991"
    assert tail["line"] == 991
    assert tail["text"].endswith("line 1000\n")


def test_a_log_without_lines_and_one_that_is_not_there(play, printed):
    run = printed("x" * 700, [10, 600])

    with play.sessions() as session:
        assert logs.read_tail(session, run, 1, "stdout", 10, PLENTY, over=True)["line"] == 1
        for read in (logs.read_tail, logs.read_line):
            empty = read(session, run, 1, "stderr", 10, PLENTY, over=True)
            assert (empty["text"], empty["line"], empty["size"]) == ("", 1, 0)
        assert logs.read_line(session, run, 1, "stdout", 7, PLENTY, over=True)["text"] == ""
        assert logs.find(session, run, 1, "stderr", "x", after=0, limit=5) == {"items": [], "next": None}
