"""The published JSON Schema is the one that documents are checked by, and other validators agree with ours."""

from __future__ import annotations

import copy
import json
import random
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from spl.core.errors import InvalidBundle
from spl.core.ir.check import check
from spl.core.ir.document import SCHEMA
from spl.core.ir.text import load

ROOT = Path(__file__).parents[3]
CORPUS = ROOT / "spl-core" / "tests" / "corpus" / "v1"
DOCUMENTS = {path.stem: load(path.read_text("utf-8"))[0] for path in sorted(CORPUS.glob("*.yaml"))}
PUBLISHED = ROOT / "docs" / "reference" / "spl-bundle.schema.json"

VALIDATOR = Draft202012Validator(SCHEMA)


def accepted_by_us(document: Any) -> bool:
    try:
        check(document)
    except InvalidBundle:
        return False
    return True


def test_the_published_schema_is_the_enforced_one():
    assert json.loads(PUBLISHED.read_text("utf-8")) == SCHEMA


def test_the_schema_is_a_schema():
    Draft202012Validator.check_schema(SCHEMA)


@pytest.mark.parametrize("name", DOCUMENTS)
def test_a_document_of_the_corpus_fits(name):
    assert accepted_by_us(DOCUMENTS[name])
    assert VALIDATOR.is_valid(DOCUMENTS[name])


@pytest.mark.parametrize("name", DOCUMENTS)
def test_both_validators_agree_on_damaged_documents(name):
    chance = random.Random(name)
    verdicts = set()
    for _ in range(60):
        document = damaged(DOCUMENTS[name], chance)
        verdicts.add(accepted_by_us(document))

        assert accepted_by_us(document) == VALIDATOR.is_valid(document), document

    assert verdicts == {True, False}


def damaged(document: Any, chance: random.Random) -> Any:
    """A copy with one thing in it replaced, removed or added."""
    document = copy.deepcopy(document)
    places = list(containers(document))
    container = chance.choice(places)
    new = chance.choice([None, 1, 2.5, True, "", "x", "a\nb", "a==1", [], {}, {"name": "x"}, ["a", "b"], "n" * 300])
    keys = list(container) if isinstance(container, dict) else range(len(container))
    if not keys:
        return document
    match chance.randrange(3):
        case 0:
            container[chance.choice(keys)] = new
        case 1:
            del container[chance.choice(keys)]
        case _ if isinstance(container, dict):
            container[chance.choice(["name", "in", "value", "from", "default", "function", "remote", "unknown"])] = new
        case _:
            container.append(new)
    return document


def containers(value: Any) -> Any:
    if isinstance(value, dict | list):
        yield value
        for part in value.values() if isinstance(value, dict) else value:
            yield from containers(part)
