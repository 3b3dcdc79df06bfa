from __future__ import annotations

from spl.core.wire.events import Event, read_events


def test_events_are_read_with_their_kind_and_id():
    lines = [b"id: 3\n", b"event: state\n", b'data: {"state": "running"}\n', b"\n"]

    assert list(read_events(lines)) == [Event("state", {"state": "running"}, "3")]


def test_comments_and_pings_are_passed_over():
    assert list(read_events([b": ping\n", b"\n", b"event: ping\n", b"\n", b"data: 1\n", b"\n"])) == [
        Event("message", 1)
    ]


def test_data_of_several_lines_is_one_text():
    assert list(read_events([b"data: a\r\n", b"data: b\r\n", b"\r\n"])) == [Event("message", "a\nb")]


def test_a_stream_cut_short_ends_with_its_last_whole_event():
    assert list(read_events([b"data: 1\n", b"\n", b"data: 2\n"])) == [Event("message", 1)]


def test_a_kind_holds_for_one_event():
    lines = [b"event: log\n", b"data: 1\n", b"\n", b"data: 2\n", b"\n"]

    assert [event.kind for event in read_events(lines)] == ["log", "message"]
