"""A document that is no bundle is refused, with the path and the line of what is wrong."""

from __future__ import annotations

import pytest

from spl.core.entities.bundle import Bundle, Module
from spl.core.entities.function import Function
from spl.core.entities.node import InputRef
from spl.core.entities.node_function import NodeFunction
from spl.core.entities.pipeline import Pipeline
from spl.core.entities.port import InputPort
from spl.core.entities.scalar import Scalar
from spl.core.errors import InvalidBundle, ValueNotEncodable
from spl.core.ir.decode import decode
from spl.core.ir.encode import encode
from spl.core.ir.files import bundle_from_text

GOOD = """\
spl: 1
entrypoint: p
python: {requires: '>=3.9', captured: '3.13.0'}
dependencies: [numpy==2.1.0]
requirements: [numpy>=2]
functions:
- name: f
  in: main
  inputs: [{name: x, type: int, schema: {type: integer}}, {name: z, default: '1'}]
- name: g
  in: main
  qualname: G.run
pipelines:
- name: p
  nodes:
    a: {function: f}
    b: {function: f}
    c: {remote: {name: obj}, inputs: [{name: q}]}
  links:
  - {to: a.x, value: 1}
  - {to: b.x, from: a.default}
  - {to: c.q, from: b.default}
  aliases: {out: c}
modules:
- name: main
  path: main.py
  constants: {K: 1}
  source: 'def f(x, z=1): ...'
files:
- {path: data/x.bin, base64: AAEC}
"""

CASES = [
    # what is replaced, by what, where it is said to be, what is said
    ("spl: 1\n", "", "", "no `spl` key"),
    ("spl: 1", "spl: 2", "spl, line 1", "newer SPLime"),
    ("spl: 1", "spl: '1'", "spl, line 1", "expected 1"),
    ("spl: 1", "spl: true", "spl, line 1", "expected 1"),
    ("entrypoint: p\n", "", "", "no `entrypoint`"),
    ("entrypoint: p", "entrypoint: 5", "entrypoint, line 2", "expected text, not 5. Quote it"),
    ("entrypoint: p", "entrypoint: q", "entrypoint, line 2", "no function or pipeline"),
    ("entrypoint: p", 'entrypoint: "a\\nb"', "entrypoint, line 2", "not well formed"),
    ("entrypoint: p", "entrypoint: ''", "entrypoint, line 2", "may not be empty"),
    ("python:", "pyhton:", "pyhton, line 3", "Did you mean `python`?"),
    ("'>=3.9'", "'>=3.9; x'", "python.requires, line 3", "not well formed"),
    ("[numpy==2.1.0]", "numpy", "dependencies, line 4", "expected a list, not text"),
    ("numpy==2.1.0", "numpy>=2", "dependencies[0], line 4", "is not `package==version`"),
    ("numpy==2.1.0", "'numpy==2 --index-url=x'", "dependencies[0], line 4", "is not `package==version`"),
    ("[numpy>=2]", "['-r /etc/passwd']", "requirements[0], line 5", "is not a requirement line"),
    ("[numpy>=2]", "[' --pre']", "requirements[0], line 5", "is not a requirement line"),
    ("[numpy>=2]", '["a\\n--pre"]', "requirements[0], line 5", "is not a requirement line"),
    ("- name: f\n  in: main", "- name: f", "functions[0], line 7", "no `in`"),
    ("in: main\n  inputs", "in: mian\n  inputs", "functions[0].in, line 8", "no module 'mian'"),
    ("{name: x, type: int", "{type: int", "functions[0].inputs[0], line 9", "no `name`"),
    ("type: int,", "type: [int],", "functions[0].inputs[0].type, line 9", "expected text, not a list"),
    ("schema: {type: integer}", "schema: 1", "functions[0].inputs[0].schema, line 9", "expected a mapping"),
    ("default: '1'", "kind: odd", "functions[0].inputs[1].kind, line 9", "positional_only or standard"),
    ("{name: z", "{name: x", "functions[0].inputs[1].name, line 9", "two inputs"),
    ("name: g", "name: f", "functions[1].name, line 10", "two functions"),
    ("G.run", "G..run", "functions[1].qualname, line 12", "looked up"),
    ("G.run", "f.<locals>.g", "functions[1].qualname, line 12", "looked up"),
    ("qualname: G.run", "kind: magic", "functions[1].kind, line 12", "async"),
    ("qualname: G.run", "outputs: [{name: a}, {name: a}]", "functions[1].outputs[1].name, line 12", "two outputs"),
    ("a: {function: f}", "a: {function: h}", "pipelines[0].nodes.a.function, line 16", "no function 'h'"),
    ("a: {function: f}", "a: {}", "pipelines[0].nodes.a, line 16", "`function` and `remote`"),
    ("a: {function: f}", "a: {function: f, remote: {name: x}}", "pipelines[0].nodes.a, line 16", "`function` and"),
    ("a: {function: f}", "a: {function: f, inputs: []}", "pipelines[0].nodes.a.inputs, line 16", "only a remote"),
    ("remote: {name: obj}", "remote: {}", "pipelines[0].nodes.c.remote, line 18", "no `name`"),
    ("{name: obj}", "{name: obj, url: 'file:///x'}", "pipelines[0].nodes.c.remote, line 18", "URL"),
    ("{name: obj}", "{name: obj, machine: x}", "pipelines[0].nodes.c.remote.machine, line 18", "target_machine"),
    ("{to: a.x, value: 1}", "{to: a.x}", "pipelines[0].links[0], line 20", "`from` and `value`"),
    ("{to: a.x, value: 1}", "{to: a.x, value: 1, from: b.x}", "pipelines[0].links[0], line 20", "`from` and `value`"),
    ("to: a.x", "to: a.y", "pipelines[0].links[0].to, line 20", "node 'a' has no input 'y'. It has: x, z."),
    ("to: a.x", "to: e.x", "pipelines[0].links[0].to, line 20", "no node 'e'"),
    ("to: a.x", "to: abc", "pipelines[0].links[0].to, line 20", "no node ''"),
    ("to: a.x", "to: [a]", "pipelines[0].links[0].to, line 20", "expected `node.port`"),
    ("to: b.x, from: a.default", "to: b.x, from: a.out", "pipelines[0].links[1].from, line 21", "no output 'out'"),
    ("to: c.q, from: b.default", "to: b.x, value: 2", "pipelines[0].links[2].to, line 22", "has a link already"),
    ("to: a.x, value: 1", "to: a.x, from: b.default", "pipelines[0].links, line 19", "circle"),
    ("{out: c}", "{out: x}", "pipelines[0].aliases.out, line 23", "no node 'x'"),
    ("{out: c}", "{out: [c]}", "pipelines[0].aliases.out, line 23", "expected text"),
    ("- name: main", "- name: ma-in", "modules[0].name, line 25", "no import name"),
    ("path: main.py", "path: ../main.py", "modules[0].path, line 26", "`..`"),
    ("path: main.py", "path: /main.py", "modules[0].path, line 26", "absolute"),
    ("path: main.py", "path: 'c:/main.py'", "modules[0].path, line 26", "character"),
    ("path: main.py", "path: 'a\\main.py'", "modules[0].path, line 26", "character"),
    ("path: main.py", "path: a//main.py", "modules[0].path, line 26", "empty part"),
    ("path: main.py", "path: nul.py", "modules[0].path, line 26", "device"),
    ("path: main.py", "path: main.txt", "modules[0].path, line 26", "ends with .py"),
    ("{K: 1}", "{'K L': 1}", "modules[0].constants['K L'], line 27", "global variable"),
    ("source: 'def", "src: 'def", "modules[0].src, line 28", "Did you mean `source`?"),
    ("  source: 'def f(x, z=1): ...'", "  source_file: main.py", "modules[0].source_file, line 28", "beside it"),
    ("data/x.bin", "data/x. ", "files[0].path, line 30", "dot or a space"),
    ("data/x.bin", "Main.PY", "", "both be at 'Main.PY'"),
    ("data/x.bin", "main.py/x", "", "both be at 'main.py/x'"),
    ("AAEC", "AAE", "files[0].base64, line 30", "not base64"),
    ("AAEC", "'!!!!'", "files[0].base64, line 30", "not base64"),
    ("files:\n", "files:\n- {path: data, base64: ''}\n", "", "both be at 'data/x.bin'"),
]


def test_the_document_that_the_cases_change_is_good():
    bundle = bundle_from_text(GOOD)

    assert bundle.entrypoint == "p"
    assert bundle.files[0].content == b"\x00\x01\x02"


@pytest.mark.parametrize(("old", "new", "where", "says"), CASES)
def test_a_refusal_names_the_path_and_the_line(old, new, where, says):
    assert old in GOOD
    with pytest.raises(InvalidBundle) as caught:
        bundle_from_text(GOOD.replace(old, new, 1))

    assert str(caught.value).startswith(where)
    assert says in str(caught.value)
    if where:
        path, _, line = where.rpartition(", line ")
        assert caught.value.details == {"path": path, "line": int(line)}


def test_two_of_one_name_are_refused():
    twice = GOOD.replace("modules:\n", "- name: p\nmodules:\n")
    with pytest.raises(InvalidBundle, match=r"pipelines\[1\].name, line 24: there are two pipelines 'p'"):
        bundle_from_text(twice)

    module = "- {name: main, path: b.py, source: ''}\n"
    with pytest.raises(InvalidBundle, match=r"modules\[1\].name, line 29: there are two modules 'main'"):
        bundle_from_text(GOOD.replace("files:\n", f"{module}files:\n"))


def test_without_a_text_a_refusal_names_the_path():
    with pytest.raises(InvalidBundle, match=r"^functions\[0\]: it has no `in`\.$") as caught:
        decode({"spl": 1, "entrypoint": "f", "functions": [{"name": "f"}]})

    assert caught.value.details == {"path": "functions[0]"}


def test_long_things_are_shown_shortened():
    with pytest.raises(InvalidBundle) as caught:
        decode({"spl": 1, "entrypoint": "x" * 199, "functions": []})

    assert len(str(caught.value)) < 150


def test_nodes_that_were_written_in_another_order_are_put_in_one_that_can_run():
    swapped = GOOD.replace(
        "    a: {function: f}\n    b: {function: f}\n", "    b: {function: f}\n    a: {function: f}\n"
    )

    assert list(bundle_from_text(swapped).pipelines[0].nodes) == ["a", "b", "c"]


def test_a_function_without_source_can_t_be_written():
    with pytest.raises(InvalidBundle, match="no source yet"):
        encode(Bundle("f", functions=(Function("f"),)))


def test_a_pipeline_that_calls_a_stranger_can_t_be_written():
    graph = Pipeline("p", {"a": NodeFunction("a", Function("f", module="main", qualname="f"))})
    with pytest.raises(InvalidBundle, match="'f', which is not a function of its bundle"):
        encode(Bundle("p", pipelines=(graph,)))


def test_a_link_into_nothing_can_t_be_written():
    graph = Pipeline("p", {}, {InputRef("a", "x"): Scalar(1)})
    with pytest.raises(InvalidBundle, match=r"a\.x"):
        encode(Bundle("p", pipelines=(graph,)))


def test_a_constant_that_can_t_travel_is_named():
    function = Function("f", (InputPort("x"),), module="main", qualname="f")
    graph = Pipeline("p", {"a": NodeFunction("a", function)}, {InputRef("a", "x"): Scalar(object())})
    bundle = Bundle("p", modules=(Module("main", "main.py", ""),), functions=(function,), pipelines=(graph,))

    with pytest.raises(ValueNotEncodable, match=r"the constant of p\.a\.x is .*object"):
        encode(bundle)
