"""Whatever a bundle says, its text says too."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from spl.core.entities.bundle import Bundle, Module
from spl.core.entities.function import Function
from spl.core.entities.pipeline import Pipeline
from spl.core.entities.port import InputPort
from spl.core.entities.scalar import Scalar
from spl.core.ir.document import SCHEMA
from spl.core.ir.encode import encode
from spl.core.ir.files import bundle_from_text, dump_bundle
from spl.core.ir.hashing import content_hash
from spl.runtime.values import decode

from .bundles import bundles, constants, functions, pipelines

SLOW = [HealthCheck.too_slow, HealthCheck.data_too_large]
VALIDATOR = Draft202012Validator(SCHEMA)


def compared(pipeline: Pipeline) -> Any:
    """A pipeline with its constants as documents, and its links in no order."""
    links = {ref: constant(link) if isinstance(link, Scalar) else link for ref, link in pipeline.links.items()}
    return pipeline.name, list(pipeline.nodes.items()), links, list(pipeline.aliases.items()), pipeline.doc


def constant(scalar: Scalar) -> Any:
    return repr(decode(scalar.value) if scalar.encoded else scalar.value)


def without_graphs(bundle: Bundle) -> Bundle:
    return replace(bundle, pipelines=())


@settings(max_examples=500, deadline=None, suppress_health_check=SLOW)
@given(bundles())
def test_a_bundle_is_read_as_it_was_written(bundle):
    text = dump_bundle(bundle)
    again = bundle_from_text(text)

    assert without_graphs(again) == without_graphs(bundle)
    assert [compared(one) for one in again.pipelines] == [compared(one) for one in bundle.pipelines]
    assert dump_bundle(again) == text
    assert content_hash(again) == content_hash(bundle)


@settings(max_examples=800, deadline=None, suppress_health_check=SLOW)
@given(functions("main"))
def test_a_function_is_read_as_it_was_written(function):
    bundle = Bundle(function.name, modules=(Module("main", "main.py", ""),), functions=(function,))

    assert bundle_from_text(dump_bundle(bundle)) == bundle


KNOWN = (
    Function("f", (InputPort("x"), InputPort("a.b", default="1")), module="main", qualname="f"),
    Function("two words", module="main", qualname="g"),
)


@settings(max_examples=400, deadline=None, suppress_health_check=SLOW)
@given(pipelines(KNOWN))
def test_a_pipeline_is_read_as_it_was_written(pipeline):
    bundle = Bundle(pipeline.name, modules=(Module("main", "main.py", ""),), functions=KNOWN, pipelines=(pipeline,))

    again = bundle_from_text(dump_bundle(bundle))

    assert compared(again.pipelines[0]) == compared(pipeline)


@settings(max_examples=200, deadline=None, suppress_health_check=SLOW)
@given(st.dictionaries(st.sampled_from(["A", "größe", "_x"]), constants, max_size=3))
def test_a_module_constant_is_read_as_it_was_written(values):
    from spl.runtime.values import encode as encode_value

    documents = {name: encode_value(value) for name, value in values.items()}
    module = Module("main", "main.py", "f = print\n", constants=documents)
    bundle = Bundle("f", modules=(module,), functions=(Function("f", module="main", qualname="f"),))

    again = bundle_from_text(dump_bundle(bundle))

    assert {name: repr(decode(doc)) for name, doc in again.modules[0].constants.items()} == {
        name: repr(value) for name, value in values.items()
    }


@settings(max_examples=100, deadline=None, suppress_health_check=SLOW)
@given(bundles())
def test_what_is_written_fits_the_published_schema(bundle):
    assert VALIDATOR.is_valid(encode(bundle))
