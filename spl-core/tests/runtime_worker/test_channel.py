"""Frames survive however the bytes arrive, and damage is noticed."""

from __future__ import annotations

import os

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spl.runtime.channel import HEAD, MAX_BODY, BrokenStream, Channel, FrameReader, pack

headers = st.dictionaries(st.text(max_size=5), st.integers() | st.text(max_size=20) | st.none(), max_size=4)
frames = st.lists(st.tuples(headers, st.binary(max_size=300)), max_size=8)


@given(frames, st.lists(st.integers(min_value=1, max_value=50), min_size=1))
def test_frames_come_out_as_they_went_in_whatever_the_pieces(sent, sizes):
    stream = b"".join(pack(header, body) for header, body in sent)
    reader, received = FrameReader(), []

    position = turn = 0
    while position < len(stream):
        size = sizes[turn % len(sizes)]
        received += reader.feed(stream[position : position + size])
        position, turn = position + size, turn + 1

    assert received == sent


def test_a_length_nobody_would_send_is_refused_before_anything_is_allocated():
    with pytest.raises(BrokenStream):
        FrameReader().feed(HEAD.pack(2, MAX_BODY + 1))


@pytest.mark.parametrize("header", [b"{", b"[]", b"\xff\xfe"])
def test_a_header_that_is_no_object_is_refused(header):
    with pytest.raises(BrokenStream):
        FrameReader().feed(HEAD.pack(len(header), 0) + header)


def test_a_channel_ends_when_the_other_side_does():
    read, write = os.pipe()
    os.write(write, pack({"op": "one"}, b"body"))
    os.close(write)
    channel = Channel(read, -1)

    assert channel.receive() == ({"op": "one"}, b"body")
    assert channel.receive() is None
    os.close(read)
