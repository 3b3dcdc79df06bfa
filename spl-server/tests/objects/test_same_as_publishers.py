"""The server's reader and the publishers' own agree: on the hash, on the card, and on what is no bundle."""

from __future__ import annotations

import json
import random
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from daemon_server.objects.bundle import InvalidBundle, read
from spl.core import errors
from spl.core.errors import SPLError
from spl.core.ir.files import bundle_from_text, dump_bundle
from spl.core.ir.hashing import content_hash
from spl.daemon.objects.version import Card

from . import publisher

generated = publisher.module("bundles")
refusals = publisher.module("test_refusals")
fuzz = publisher.module("fuzz_bundle")


def agree(text: str, bundle) -> None:
    found = read(text)
    assert found.content_hash == content_hash(bundle)
    card = json.loads(json.dumps(found.card))
    assert len(card.pop("graphs")) == len(bundle.pipelines)
    outputs = [node.outputs for pipeline in bundle.pipelines for node in pipeline.nodes.values()]
    if all(outputs):  # a card of a node without outputs is the server's alone
        assert card == json.loads(json.dumps(Card.of(bundle).to_json()))


@pytest.mark.parametrize("path", publisher.BUNDLES, ids=lambda path: path.stem)
def test_hash_and_card_of_the_corpus_are_the_publishers(path) -> None:
    text = path.read_text("utf-8")
    agree(text, bundle_from_text(text))


def test_the_corpus_is_there() -> None:
    assert len(publisher.BUNDLES) >= 10
    assert len(publisher.OLD_BUNDLES) >= 8


@given(bundle=generated.bundles())
@settings(max_examples=400, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)
def test_hash_and_card_of_generated_bundles_are_the_publishers(bundle) -> None:
    try:
        text = dump_bundle(bundle)
        again = bundle_from_text(text)
    except SPLError:
        with pytest.raises(InvalidBundle):
            read(text)
        return
    agree(text, again)


@given(bundle=generated.bundles(), data=st.data())
@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)
def test_a_bundle_entered_elsewhere_is_written_so_that_publishers_read_the_same(bundle, data) -> None:
    try:
        text = dump_bundle(bundle)
        again = bundle_from_text(text)
    except SPLError:
        return
    names = [*(one.name for one in again.functions), *(one.name for one in again.pipelines)]
    entrypoint = data.draw(st.sampled_from(names))

    found = read(text, entrypoint=entrypoint)

    assert found.content_hash == content_hash(replace(again, entrypoint=entrypoint))
    assert content_hash(bundle_from_text(found.text)) == found.content_hash
    assert read(found.text).content_hash == found.content_hash


@pytest.mark.parametrize(("old", "new", "where", "says"), refusals.CASES)
def test_a_refusal_names_the_path_and_the_line_that_publishers_name(old, new, where, says) -> None:
    with pytest.raises(InvalidBundle) as caught:
        read(refusals.GOOD.replace(old, new, 1))

    if where:
        path, _, line = where.rpartition(", line ")
        assert caught.value.details == {"path": path, "line": int(line)}
        assert caught.value.message.startswith(where)


def verdicts(data: bytes) -> tuple[str | None, str | None]:
    """The content hash by each of the two readers; None where it refuses."""
    text = data.decode("utf-8", "surrogateescape" if data[:1] == b"\xff" else "replace")
    try:
        theirs = content_hash(bundle_from_text(text))
    except errors.InvalidBundle:
        theirs = None
    try:
        ours = read(text).content_hash
    except InvalidBundle as error:
        assert len(error.message) + len(error.hint or "") < 1000, "an error should be short"
        ours = None
    return theirs, ours


def test_damaged_bundles_are_judged_alike() -> None:
    seeds = [path.read_bytes() for path in publisher.BUNDLES]
    accepted = 0
    for number in range(4_000):
        chance = random.Random(number)
        data = fuzz.damaged(chance) if number % 4 == 0 else _damaged_lightly(chance, seeds)
        if data.lstrip().startswith((b"-", b"[")):
            continue  # the old format, which the server does not read
        theirs, ours = verdicts(data)
        assert ours == theirs, data
        accepted += ours is not None
    assert accepted > 200, "the damage is so great that nothing is proved about what is accepted"


def _damaged_lightly(chance: random.Random, seeds: list[bytes]) -> bytes:
    """One line of a good bundle twice, missing, or with another one's end."""
    lines = chance.choice(seeds).splitlines(keepends=True)
    at = chance.randrange(len(lines))
    match chance.randrange(4):
        case 0:
            lines.insert(at, lines[at])
        case 1:
            del lines[at]
        case 2:
            other = chance.choice(lines)
            lines[at] = lines[at].partition(b":")[0] + b":" + other.partition(b":")[2]
        case _:
            lines[at] = lines[at].replace(b"'", b"").replace(b"d", b"e", 1)
    return b"".join(lines)
