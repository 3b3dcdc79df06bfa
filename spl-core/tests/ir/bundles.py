"""Generated bundles: hypothesis strategies that the tests of this folder share."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from spl.core.entities.bundle import Bundle, DataFile, Distribution, Module, Origin
from spl.core.entities.function import Function, FunctionKind
from spl.core.entities.node import InputRef, Node, OutputRef
from spl.core.entities.node_function import NodeFunction
from spl.core.entities.node_remote import NodeRemote
from spl.core.entities.pipeline import Pipeline
from spl.core.entities.port import InputPort, OutputPort, PortKind
from spl.core.entities.scalar import Scalar

identifiers = st.sampled_from(["f", "g", "step", "größe", "n", "null", "yes", "a1", "_x"])
names = st.one_of(identifiers, st.text("ab.- ::'\"#é{}[],", min_size=1, max_size=12))
codes = st.one_of(
    st.sampled_from(["int", "list[int]", "'x: #'", "None", "{'a': 1}"]), st.text("a1 :'[]#\n", min_size=1)
)
sources = st.lists(st.text("ab \t='\"#:é😀\f", max_size=12), max_size=6).map("\n".join)
constants: st.SearchStrategy[Any] = st.recursive(
    st.one_of(
        st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False), st.text(max_size=8), st.binary(max_size=8)
    ),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.tuples(inner, inner),
        st.dictionaries(st.one_of(st.text(max_size=5), st.integers()), inner, max_size=3),
    ),
    max_leaves=6,
)
documents: st.SearchStrategy[Any] = st.one_of(
    st.integers(-(2**53), 2**53), st.text("ab:#\n", max_size=8), st.lists(st.booleans(), max_size=3)
)
schemas = st.sampled_from([{}, {"type": "integer"}, {"anyOf": [{"type": "string"}, {"type": "null"}]}])
pins = st.builds(Distribution, st.sampled_from(["numpy", "PyYAML", "a.b-c"]), st.sampled_from(["1.0", "2!3.4+cpu"]))

inputs = st.builds(InputPort, names, st.none() | codes, st.none() | codes, st.sampled_from(PortKind), schemas)
outputs = st.builds(OutputPort, names, st.none() | codes, schemas)


def different(strategy: st.SearchStrategy[Any], most: int) -> st.SearchStrategy[tuple[Any, ...]]:
    return st.lists(strategy, max_size=most, unique_by=lambda one: one.name).map(tuple)


@st.composite
def functions(draw: st.DrawFn, module: str) -> Function:
    return Function(
        name=draw(names),
        inputs=draw(different(inputs, 4)),
        outputs=draw(st.just((OutputPort(),)) | different(outputs, 2)),
        doc=draw(st.text("ab:#\n é", max_size=20)),
        kind=draw(st.sampled_from(FunctionKind)),
        module=module,
        qualname=draw(identifiers),
    )


@st.composite
def nodes(draw: st.DrawFn, node_id: str, known: tuple[Function, ...]) -> Node:
    if known and draw(st.booleans()):
        return NodeFunction(node_id, draw(st.sampled_from(known)))
    return NodeRemote(
        id=node_id,
        url=draw(st.sampled_from([None, "https://splime.example/api"])),
        owner=draw(st.none() | identifiers),
        library=draw(st.none() | identifiers),
        name=draw(identifiers),
        function=draw(st.none() | identifiers),
        version=draw(st.sampled_from(["latest", "3"])),
        target_machine=draw(st.none() | identifiers),
        inputs=draw(different(inputs, 3)),
        outputs=draw(different(outputs, 2)),
    )


@st.composite
def pipelines(draw: st.DrawFn, known: tuple[Function, ...]) -> Pipeline:
    ids = draw(st.lists(names, max_size=6, unique=True))
    made = {node_id: draw(nodes(node_id, known)) for node_id in ids}
    links: dict[InputRef, OutputRef | Scalar] = {}
    sources: list[OutputRef] = []
    for node_id, node in made.items():
        for port in node.inputs:
            kind = draw(st.integers(0, 2))
            if kind == 1 and sources:
                links[InputRef(node_id, port.name)] = draw(st.sampled_from(sources))
            elif kind == 2:
                links[InputRef(node_id, port.name)] = Scalar(draw(constants))
        sources += [OutputRef(node_id, port.name) for port in node.outputs]
    aliases = draw(st.dictionaries(names, st.sampled_from(ids), max_size=2)) if ids else {}
    return Pipeline(draw(names), made, links, aliases, draw(st.text("ab\n", max_size=9)))


@st.composite
def bundles(draw: st.DrawFn) -> Bundle:
    modules = (
        Module("main", "main.py", draw(sources), constants=draw(st.dictionaries(identifiers, documents, max_size=2))),
        Module("pkg.sub", "pkg/sub.py", draw(sources), Origin.FILE),
    )
    known = draw(different(functions("main") | functions("pkg.sub"), 4))
    graphs = draw(different(pipelines(known), 2))
    callables = [one.name for one in (*known, *graphs)]
    if not callables:
        known = (Function("f", module="main", qualname="f"),)
        callables = ["f"]
    return Bundle(
        entrypoint=draw(st.sampled_from(callables)),
        requires_python=draw(st.sampled_from([">=3.9", ">=3.10, <4", "~=3.12.1"])),
        python=draw(st.sampled_from(["", "3.13.0"])),
        dependencies=draw(st.lists(pins, max_size=2).map(tuple)),
        constraints=draw(st.lists(pins, max_size=2).map(tuple)),
        requirements=draw(st.lists(st.sampled_from(["pandas >= 2, <3", "a[b]; x < '3'"]), max_size=2).map(tuple)),
        modules=modules,
        files=draw(
            st.lists(st.binary(max_size=90), max_size=1).map(
                lambda some: tuple(DataFile("d/x.bin", one) for one in some)
            )
        ),
        functions=known,
        pipelines=graphs,
    )
