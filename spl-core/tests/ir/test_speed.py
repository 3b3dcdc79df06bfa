"""Reading and writing is fast enough to be no subject."""

from __future__ import annotations

import time

import pytest

from spl.core.entities.bundle import Bundle, Module
from spl.core.entities.function import Function
from spl.core.entities.node import InputRef, OutputRef
from spl.core.entities.node_function import NodeFunction
from spl.core.entities.pipeline import Pipeline
from spl.core.entities.port import InputPort
from spl.core.entities.scalar import Scalar
from spl.core.ir.files import bundle_from_text, dump_bundle


def chain(length: int, functions: int) -> Bundle:
    """A pipeline of so many nodes, each taking what the one before it gives, and a constant."""
    source = "".join(
        f"def f{number}(x: int, y: int = 1) -> int:\n    return x + y\n\n\n" for number in range(functions)
    )
    ports = (InputPort("x", "int", schema={"type": "integer"}), InputPort("y", "int", "1", schema={"type": "integer"}))
    known = tuple(
        Function(f"f{one}", ports, doc="Add.\n\nIt adds.", module="main", qualname=f"f{one}")
        for one in range(functions)
    )
    nodes = {f"n{one}": NodeFunction(f"n{one}", known[one % functions]) for one in range(length)}
    links: dict[InputRef, OutputRef | Scalar] = {
        InputRef(f"n{one}", "x"): OutputRef(f"n{one - 1}") for one in range(1, length)
    }
    links |= {InputRef(f"n{one}", "y"): Scalar(one) for one in range(length)}
    graph = Pipeline("p", nodes, links, {"out": f"n{length - 1}"})
    return Bundle("p", modules=(Module("main", "main.py", source),), functions=known, pipelines=(graph,))


@pytest.mark.alone
@pytest.mark.parametrize("functions", [1, 1000])
def test_a_pipeline_of_a_thousand_nodes_is_written_and_read_in_half_a_second(functions):
    bundle = chain(1000, functions)
    best = float("inf")
    for _ in range(3):
        began = time.perf_counter()
        again = bundle_from_text(dump_bundle(bundle))
        best = min(best, time.perf_counter() - began)

    assert len(again.pipelines[0].nodes) == 1000
    assert best <= 0.5


def test_a_pipeline_of_ten_thousand_nodes_is_read_as_it_was_written():
    bundle = chain(10_000, 10)

    again = bundle_from_text(dump_bundle(bundle))

    assert dump_bundle(again) == dump_bundle(bundle)
