"""Bundles that have been written once load for ever, mean what they meant, and have the hash they had."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from spl.core.entities.bundle import Bundle
from spl.core.execution.compile import ports_of
from spl.core.execution.deployment import Deployment
from spl.core.ir.files import dump_bundle, load_bundle, spl_import_from_file
from spl.core.ir.hashing import content_hash
from spl.runtime.execute import Entry, call

CORPUS = Path(__file__).parent.parent / "corpus"
EXPECTED: dict[str, dict[str, Any]] = json.loads((CORPUS / "expected.json").read_text("utf-8"))
CALLS = [
    pytest.param(name, one, id=f"{name}-{index}")
    for name, expected in EXPECTED.items()
    for index, one in enumerate(expected["calls"])
]


def ports(inputs: Any) -> list[str]:
    return [port.name if port.required else f"{port.name}?" for port in inputs]


@pytest.mark.parametrize("name", EXPECTED)
def test_a_bundle_of_the_corpus_has_the_structure_it_had(name):
    bundle, expected = load_bundle(CORPUS / name), EXPECTED[name]

    assert bundle.entrypoint == expected["entrypoint"]
    assert {one.name: ports(one.inputs) for one in bundle.functions} == expected["functions"]
    assert {
        one.name: {
            "nodes": list(one.nodes),
            "links": len(one.links),
            "aliases": dict(one.aliases),
            "inputs": ports(one.inputs),
        }
        for one in bundle.pipelines
    } == expected["pipelines"]
    assert [one.name for one in bundle.modules] == expected["modules"]
    assert [one.path for one in bundle.files] == expected["files"]
    assert [*map(str, bundle.dependencies), *bundle.requirements] == expected["install"]


@pytest.mark.parametrize("name", EXPECTED)
def test_a_bundle_of_the_corpus_has_the_hash_it_had(name):
    assert content_hash(load_bundle(CORPUS / name)) == EXPECTED[name]["content_hash"]


@pytest.mark.parametrize(("name", "one"), CALLS)
def test_a_call_into_the_corpus_gives_what_it_gave(name, one):
    namespace: dict[str, Any] = {}
    bundle = spl_import_from_file(CORPUS / name, namespace)

    assert result_of(bundle, namespace, one["call"], one["kwargs"]) == one["result"]


@pytest.mark.parametrize("name", [name for name in EXPECTED if name.startswith("v1/") and name.endswith(".yaml")])
def test_a_file_of_the_corpus_is_written_again_byte_for_byte(name):
    assert dump_bundle(load_bundle(CORPUS / name)).encode("utf-8") == (CORPUS / name).read_bytes()


def test_every_file_of_the_corpus_is_expected():
    files = [*CORPUS.glob("*/*.yaml"), *CORPUS.glob("*/folder")]

    found = {path.relative_to(CORPUS).as_posix() for path in files} - {"legacy/folder"}

    assert found <= set(EXPECTED)
    assert len([name for name in EXPECTED if name.startswith("v1/")]) >= 8
    assert len([name for name in EXPECTED if name.startswith("legacy/")]) >= 6


def result_of(bundle: Bundle, namespace: dict[str, Any], name: str, arguments: dict[str, Any]) -> Any:
    pipeline = bundle.pipeline(name)
    if pipeline is None:
        function = bundle.function(name)
        assert function is not None
        return call(Entry(name, namespace[name], str(function.kind), ports_of(function)), dict(arguments))
    run = Deployment(namespace[name]).run(arguments)
    return {output: run[output]["default"] for output in (pipeline.aliases or pipeline.nodes)}
