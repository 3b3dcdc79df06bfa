"""A run's folder: bounded output, whole characters, and a missing folder that surprises nobody."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spl.daemon.runs.folder import RunFolder, whole_characters


@pytest.fixture
def folder(tmp_path):
    return RunFolder(tmp_path)


@given(st.text(max_size=20), st.integers(min_value=0, max_value=80))
def test_a_cut_never_splits_a_character(text, at):
    data = text.encode()[:at]

    kept = data[: whole_characters(data)]

    assert text.startswith(kept.decode())
    assert len(data) - len(kept) < 4


def test_a_stream_is_cut_once_and_says_how_much_is_missing(folder):
    folder.stream("stdout").write_bytes(b"x" * 150)

    dropped = folder.hold_to(100, "stdout")
    with folder.stream("stdout").open("ab") as file:
        file.write(b"y" * 30)
    folder.finish(100, "stdout", dropped)

    piece = folder.read("stdout", 95, 1000, ended=True)
    assert (dropped, piece.dropped) == (50, 80)
    assert piece.text == "xxxxx\n[output cut here: at least 80 bytes dropped]\n"


def test_a_short_stream_stays_as_it_is(folder):
    folder.stream("stderr").write_bytes(b"short")

    folder.finish(100, "stderr", 0)

    assert folder.stream("stderr").read_bytes() == b"short"


def test_half_a_character_waits_for_its_other_half_while_there_may_be_one(folder):
    folder.stream("stdout").write_bytes("a€".encode()[:-1])

    going = folder.read("stdout", 0, 100, ended=False)
    ended = folder.read("stdout", 0, 100, ended=True)

    assert (going.text, going.next_offset) == ("a", 1)
    assert (ended.text, ended.next_offset) == ("a\ufffd", 3)


def test_bytes_that_are_no_text_do_not_stop_the_reader(folder):
    folder.stream("stdout").write_bytes(b"\x80\x81\x82\x83\x84\x85\xff\xfe\xc0")

    offset = 0
    for _ in range(9):
        offset = folder.read("stdout", offset, 4, ended=True).next_offset

    assert offset == 9


def test_the_end_of_a_stream_begins_with_a_whole_line(folder):
    folder.stream("stderr").write_text("first\nsecond\nthird\n")

    assert folder.tail("stderr", 10) == "third\n"
    assert folder.tail("stderr", 1000) == "first\nsecond\nthird\n"


def test_a_folder_that_is_gone_is_empty(tmp_path):
    folder = RunFolder(tmp_path / "gone")

    folder.finish(10, "stdout", 5)

    assert folder.read("stdout", 7, 10, ended=True).text == ""
    assert (folder.bytes(), folder.artifact("x"), folder.tail("stderr", 10)) == (0, None, "")
