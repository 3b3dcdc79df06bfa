"""Bundles of splime 0.2-0.4 that have no counterpart, or are none."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import pytest

from spl.core.entities.node_remote import NodeRemote
from spl.core.errors import InvalidBundle
from spl.core.ir.files import bundle_from_text, dump_bundle, load_bundle, spl_import_from_file

CORPUS = Path(__file__).parent.parent / "corpus" / "legacy"
PIPELINE = (CORPUS / "pipeline.yaml").read_text("utf-8")
FUNCTION = (CORPUS / "function.yaml").read_text("utf-8")
ADAPTERS = (CORPUS / "adapters.yaml").read_text("utf-8")
CONSTANT = "!DScalar\n      value: zz"
JOIN, DUMP = "c0885f5e-6a0b-4d3e-9e0c-0b2ab0eafb6c", "44784c1e7b584c41a6f59d3e36f1c001"
DUMP_2 = "1234567e-1234-4123-8123-0123456789ab"
PIN = "- !DDistribution {package: a, version: '1'}\n"


def body(source: str) -> str:
    return "- !DFunction\n  name: f\n  inputs: []\n  outputs: []\n  body: |-\n" + "".join(
        f"    {line}\n" for line in source.split("\n")
    )


def changed(text: str, old: str, new: str) -> str:
    assert old in text
    return text.replace(old, new, 1)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (changed(ADAPTERS, "numpy.ndarray@npy", "m.Tree@tree"), r"line 22: !DAdapter 'm.Tree@tree' has no counterpart"),
        (changed(ADAPTERS, "format: json", "format: npy"), r"line 14: !DFormattedOutputRef .* 'numpy.ndarray@npy'"),
        (changed(ADAPTERS, "format: json", "format: opaque-file"), r"line 14: .* adapter 'opaque-file'"),
        (changed(PIPELINE, CONSTANT, "!DArtifactRef {key: a.T@csv, uri: x}"), r"line \d+: !DArtifactRef 'a.T@csv'"),
        (changed(PIPELINE, CONSTANT, "!DStrange {value: zz}"), "!DStrange is no link source"),
        (changed(PIPELINE, "value: zz", "value: !DScalar {value: 1}"), "!DScalar is no plain value"),
        (changed(PIPELINE, "- !DNodeFunction", "- !DNodeDocker"), "!DNodeDocker"),
        (changed(PIPELINE, "- !DNodeFunction", "- {}\n  - !DNodeFunction"), "node of an unknown kind"),
        (changed(PIPELINE, "func: dump", "func: nobody"), "uses 'nobody'"),
        (changed(PIPELINE, "func: dump", "func: rt"), "uses 'rt'"),
        (changed(PIPELINE, "port: label", "port: nope"), r"link to join\.nope"),
        (changed(PIPELINE, "port: default", "port: other"), r"link from dump\.other"),
        (changed(PIPELINE, "port: t\n", "port: s\n"), "second link to port 's'"),
        (changed(PIPELINE, "uuid: C0885F5E6A0B4D3E9E0C0B2AB0EAFB6C", "uuid: x"), "refers to the node 'x'"),
        (changed(PIPELINE, f"{DUMP_2}\n    func", f"{DUMP}\n    func"), "as another node has"),
        (changed(PIPELINE, "- - o\n    - c0885f5e", "- - o\n    - c0885f5f"), "alias 'o' for a node"),
        (changed(PIPELINE, "  - - o\n", "  - o\n  - - o\n"), "alias that is no pair"),
        (changed(PIPELINE, "adapters: []", "adapters: [1]"), "adapter of an unknown kind"),
        (changed(PIPELINE, "links:\n", "links:\n  - 5\n"), "link that is no pair"),
        (changed(PIPELINE, "nodes:\n", "nodes: 5\n  was:\n"), "`nodes` is a list"),
        (changed(PIPELINE, "name: rt", "name: join"), "second root with the name 'join'"),
        (PIPELINE + "---\n" + FUNCTION.replace("combine", "dump"), "second root with the name 'dump'"),
        (changed(FUNCTION, "name: combine", "name: com bine"), "'com bine' is no name of a Python function"),
        (changed(FUNCTION, "name: combine", "name: null"), "no `name`"),
        (changed(FUNCTION, "name: combine", "name: [a]"), "`name` is a text"),
        (changed(FUNCTION, "name: combine", f"name: {'c' * 300}"), "`name` that is no name"),
        (changed(FUNCTION, "return {", "return {{{"), "is no Python function"),
        (changed(FUNCTION, "body: |-", "body: |-\n    x = (\n    def"), "is no Python function"),
        (changed(FUNCTION, "default: '2'", "default: '2): pass\n\n      def g(x'"), "is no Python function"),
        (changed(FUNCTION, "default: '2'", "default: 2"), "default is no source text"),
        (changed(FUNCTION, "- name: a\n", "- nome: a\n"), "input without a name"),
        (changed(FUNCTION, "type: dict", "type: dict\n  - name: two"), "has 2 outputs"),
        (changed(FUNCTION, "type: dict", "type: [dict]"), "output whose type"),
        (changed(FUNCTION, "!DImport", "!DExport"), r"line 18: !DExport is not known here"),
        (changed(FUNCTION, "module: json", "module: json; import os"), "is no import"),
        (changed(FUNCTION, "alias: js", "alias: j s"), "is no import"),
        (FUNCTION + "- !DDistribution {package: -r x, version: '1'}\n", "is no pin"),
        (FUNCTION + PIN + PIN.replace("a, version: '1'", "A, version: '2'"), "a==1 and for A==2"),
        (FUNCTION + "- !DSPLSelfImport {name: gone}\n", "uses 'gone'"),
        (FUNCTION + "- !DSPLImport {path: b.yaml, name: b}\n", "refers to another file, and this bundle is a text"),
        (FUNCTION + "- 5\n", "not an SPL/YAML bundle"),
        (changed(FUNCTION, "- !DFunction", "- !DThing"), "!DThing is no function and no pipeline"),
        (changed(FUNCTION, "- !DFunction", "- !!python/object:x.Y"), "tag"),
        (changed(FUNCTION, "type: int", "type: !!python/name:os.system"), "tag"),
        (changed(FUNCTION, "type: int", "type: *nowhere"), "stands for nothing"),
        (changed(FUNCTION, "inputs:", "inputs: &x\n  - *x"), "stands for nothing"),
        ("- 1\n", "not an SPL/YAML bundle"),
        ("[]\n", "not an SPL/YAML bundle"),
        ("--- []\n", "not an SPL/YAML bundle"),
        ("- !DFunction\n", "tag"),
        ("- !DFunction []\n", "tag"),
    ],
)  # fmt: skip
def test_what_has_no_counterpart_or_is_broken_is_refused_by_name(text, says):
    with pytest.raises(InvalidBundle, match=says) as caught:
        bundle_from_text(text)

    assert len(str(caught.value)) < 400


def test_a_circle_of_links_is_refused():
    circle = changed(PIPELINE, CONSTANT, f"!DNodeOutputRef {{uuid: {JOIN}, port: default}}")

    with pytest.raises(InvalidBundle, match="circle"):
        bundle_from_text(circle)


def test_random_ids_and_a_random_order_give_the_same_document():
    nodes = PIPELINE[PIPELINE.index("  - !DNodeFunction") : PIPELINE.index("  links:")]
    parts = nodes.split("  - !DNodeFunction")[1:]
    shuffled = PIPELINE.replace(nodes, "".join(f"  - !DNodeFunction{part}" for part in (parts[1], parts[2], parts[0])))
    renamed = shuffled.replace("44784c1e-7b58-4c41-a6f5-9d3e36f1c001", "ffffffff-7b58-4c41-a6f5-9d3e36f1c001")

    assert renamed != PIPELINE
    assert dump_bundle(bundle_from_text(renamed)) == dump_bundle(bundle_from_text(PIPELINE))


def test_the_ports_of_a_remote_node_are_those_that_links_name():
    pipeline = load_bundle(CORPUS / "remote_nodes.yaml").pipelines[0]
    score, summary = pipeline.nodes["score_customer"], pipeline.nodes["summary"]

    assert isinstance(score, NodeRemote)
    assert isinstance(summary, NodeRemote)
    assert (score.url, score.owner, score.library) == ("https://splime.example/api", "alice", "risk")
    assert (summary.reference, summary.version, summary.target_machine) == ("reports::summary", "3", "bob-runner")
    assert [port.name for port in score.inputs] == ["customer"]
    assert [port.name for port in score.outputs] == ["default", "result"]


def test_helpers_don_t_get_into_the_namespace():
    namespace: dict[str, Any] = {}

    spl_import_from_file(CORPUS / "mutual_recursion.yaml", namespace)

    assert list(namespace) == ["is_even"]
    assert [namespace["is_even"](number) for number in range(4)] == [True, False, True, False]
    assert namespace["is_even"].__doc__.endswith("    by asking whether the one before it is odd.\n")


def test_two_functions_keep_different_things_under_one_alias():
    namespace: dict[str, Any] = {}
    spl_import_from_file(CORPUS / "mutual_recursion.yaml", namespace)

    even = namespace["is_even"].__globals__

    assert even["m"].__name__ == "math"
    assert even["is_odd"].__globals__["m"].__name__ == "json"


def test_a_folder_export_can_t_lead_out_of_its_folder(tmp_path):
    for name in ("../other.yaml", "/etc/passwd", "gone.yaml"):
        (tmp_path / "main.yaml").write_text(FUNCTION + f"- !DSPLImport {{path: {name}, name: x}}\n", encoding="utf-8")
        with pytest.raises(InvalidBundle, match=r"line 21: !DSPLImport refers to"):
            load_bundle(tmp_path / "main.yaml")


def test_an_error_in_a_file_beside_names_that_file(tmp_path):
    (tmp_path / "main.yaml").write_text(FUNCTION + "- !DSPLImport {path: sub/b.yaml, name: x}\n", encoding="utf-8")
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "b.yaml").write_text("- !DOther {}\n", encoding="utf-8")

    with pytest.raises(InvalidBundle, match=r"^b\.yaml: line 1: !DOther"):
        load_bundle(tmp_path / "main.yaml")


STRINGS = """\
text = '''one
  two
'''
name = 1
more = f'''{
    name
}
  {name!r:>{
    3}}
'''
if text:
    joined = 'a\\
b'
    # a comment

    return [text, more, joined]"""


def test_indenting_a_body_leaves_its_strings_alone():
    namespace: dict[str, Any] = {}

    bundle = bundle_from_text(body(STRINGS))
    exec(bundle.modules[1].source, namespace)

    assert namespace["f"]() == ["one\n  two\n", "1\n    1\n", "ab"]


@pytest.mark.parametrize(
    ("source", "doc"),
    [
        ("'''One.\n\n    Two.\n'''\nreturn 1", "One.\n\nTwo."),
        ("'one'", "one"),
        (r"'it\'s \\ one:\nx'", "it's \\ one:\nx"),
        (r"r'\d'", r"\d"),
        ("b'one'", ""),
        ("f'{1}'", ""),
        ("'one' + 'two'", ""),
        ("# only a comment", ""),
        ("return 1", ""),
        ("", ""),
    ],
)
def test_a_docstring_is_found_without_parsing(source, doc):
    bundle = bundle_from_text(body(source))

    compile(bundle.modules[1].source, "f.py", "exec")
    assert bundle.functions[0].doc == doc


HOSTILE = {
    "aliases of aliases": "- &a0 [x]\n" + "".join(f"- &a{n + 1} [{', '.join([f'*a{n}'] * 9)}]\n" for n in range(100)),
    "dense source": body("a;" * 250_000),
    "many calls": body("f(a,b)\n" * 120_000),
    "a deep expression": body("x=" + "(" * 100_000),
    "a line that the parser needs hours for": body(f"return [*.17{'=' * 122}.0"),
    "such a line as a default": body("").replace("inputs: []", f"inputs: [{{name: a, default: '[*.1{'=' * 99}.0'}}]"),
    "a name that is none": body("").replace("name: f", "name: 'a\\b'"),
    "a long name": body("").replace("name: f", f"name: {'a' * 200}"),
    "a deep sum": body("x=" + "a+" * 100_000 + "a"),
    "many signs": body("x=" + "-" * 90_000 + "1"),
    "much text": body("x = '''" + "a\n" * 100_000 + "'''"),
    "many functions": "---\n".join(body("return 1").replace("name: f", f"name: f{n}") for n in range(5_000)),
    "too much": "- " + "x" * 2_000_000,
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_streams_are_refused_or_read_quickly(name):
    began = time.perf_counter()
    try:
        bundle_from_text(HOSTILE[name])
    except InvalidBundle as error:
        assert len(str(error)) < 500

    assert time.perf_counter() - began < 10  # a second alone; what must not happen takes minutes
