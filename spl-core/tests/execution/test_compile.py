"""Pipelines as plans, and bundles as folders."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from spl.core.builder import lift
from spl.core.entities.bundle import Bundle, DataFile, Module
from spl.core.entities.function import Function, FunctionKind
from spl.core.entities.node import InputRef, OutputRef
from spl.core.entities.node_function import NodeFunction
from spl.core.entities.node_remote import NodeRemote
from spl.core.entities.pipeline import Pipeline
from spl.core.entities.port import InputPort, PortKind
from spl.core.entities.scalar import Scalar
from spl.core.errors import InvalidBundle, PipelineError, ValueNotEncodable
from spl.core.execution.compile import plan_of, runtime_bundle, write_bundle_folder
from spl.runtime.execute import Entry
from spl.runtime.plan import compile_plan
from spl.runtime.values import decode

ADD = Function("add", (InputPort("a"), InputPort("b", default="2")), module="main", qualname="add")


def pipeline() -> Pipeline:
    return lift(ADD).bind(a=lift(ADD), b=(1, 2)).alias("end").render("sums")


def test_a_plan_is_the_pipeline_as_json():
    assert json.loads(json.dumps(plan_of(pipeline()))) == {
        "format": 1,
        "inputs": [{"name": "a", "required": True}, {"name": "b", "required": False}],
        "steps": [
            {"id": "add", "function": "add", "args": {"a": ["input", "a"], "b": ["input", "b"]}},
            {
                "id": "add_2",
                "function": "add",
                "args": {"a": ["step", "add", "default"], "b": ["const", {"$spl": "tuple", "v": [1, 2]}]},
            },
        ],
        "aliases": {"end": "add_2"},
        "sinks": ["add_2"],
    }


def test_a_plan_runs_to_what_the_pipeline_means():
    entry = Entry("add", lambda a, b=(0,): [a, b], "plain", [{"name": "a"}, {"name": "b"}])

    program = compile_plan(plan_of(pipeline()), {"add": entry}, decode)

    assert program.run({"a": 1}).result == {"end": {"default": [[1, (0,)], (1, 2)]}}


def test_a_remote_step_says_where_it_runs():
    node = NodeRemote("https://host/owners/alice/libraries/risk", "p::f", 3, ["x"], ["default"], target_machine="gpu")
    step = plan_of(lift(node).bind(x=1).render())["steps"][0]

    assert step == {
        "id": "f",
        "remote": {
            "url": "https://host",
            "owner": "alice",
            "library": "risk",
            "name": "p",
            "function": "f",
            "version": "3",
            "target_machine": "gpu",
        },
        "outputs": ["default"],
        "args": {"x": ["const", 1]},
    }


def test_steps_are_put_in_order():
    nodes: Any = {name: NodeFunction(name, ADD) for name in ("last", "first")}
    backwards = Pipeline("p", nodes, {InputRef("last", "a"): OutputRef("first")})

    assert [step["id"] for step in plan_of(backwards)["steps"]] == ["first", "last"]


def test_an_encoded_constant_is_taken_as_it_is():
    doc = {"$spl": "from the future", "v": 1}
    nodes: Any = {"add": NodeFunction("add", ADD)}

    plan = plan_of(Pipeline("p", nodes, {InputRef("add", "a"): Scalar(doc, encoded=True)}))

    assert plan["steps"][0]["args"]["a"] == ["const", doc]


def test_a_constant_that_can_not_travel_is_named():
    with pytest.raises(ValueNotEncodable, match=r"add\.a is .*Thing"):
        plan_of(lift(ADD).bind(a=Thing()).render())


class Thing:
    pass


def test_a_pipeline_that_is_not_well_formed_has_no_plan():
    with pytest.raises(PipelineError):
        plan_of(Pipeline("p"))


def bundle(*modules: Module, files: tuple[DataFile, ...] = ()) -> Bundle:
    main = Module("main", "main.py", "def add(a, b=2):\r\n    return 'größe'\n", constants={"LIMIT": 3})
    return Bundle("sums", modules=(main, *modules), files=files, functions=(ADD,), pipelines=(pipeline(),))


def test_the_runtime_learns_modules_functions_and_plans():
    document = runtime_bundle(bundle())

    assert document["entrypoint"] == "sums"
    assert document["modules"] == {"main": {"path": "main.py", "constants": {"LIMIT": 3}}}
    assert document["functions"]["add"] == {
        "module": "main",
        "qualname": "add",
        "kind": "plain",
        "inputs": [
            {"name": "a", "kind": "standard", "required": True},
            {"name": "b", "kind": "standard", "required": False},
        ],
    }
    assert document["plans"] == {"sums": plan_of(pipeline())}


def test_kinds_are_written_as_text():
    function = Function("f", (InputPort("x", kind=PortKind.VAR_KEYWORD),), kind=FunctionKind.ASYNC)
    document = runtime_bundle(Bundle("f", functions=(function,)))["functions"]["f"]

    assert json.dumps([document["kind"], document["inputs"][0]["kind"]]) == '["async", "var_keyword"]'


def test_a_folder_has_the_document_and_the_sources_as_they_are(tmp_path: Path):
    helper = Module("pkg.helper", "pkg/helper.py", "")
    folder = write_bundle_folder(
        bundle(helper, files=(DataFile("pkg/data.bin", b"\x00\xff"),)), tmp_path / "b" / "hash"
    )

    assert json.loads((folder / "bundle.json").read_bytes())["format"] == 1
    assert (folder / "src" / "main.py").read_bytes().decode() == "def add(a, b=2):\r\n    return 'größe'\n"
    assert (folder / "src" / "pkg" / "helper.py").read_bytes() == b""
    assert (folder / "src" / "pkg" / "data.bin").read_bytes() == b"\x00\xff"
    assert [path.name for path in folder.parent.iterdir()] == ["hash"]


def test_an_empty_folder_is_filled(tmp_path: Path):
    write_bundle_folder(bundle(), tmp_path)

    assert (tmp_path / "src" / "main.py").is_file()


def test_a_folder_with_content_is_left_as_it_is(tmp_path: Path):
    (tmp_path / "kept").write_text("x")

    write_bundle_folder(bundle(), tmp_path)

    assert [path.name for path in tmp_path.iterdir()] == ["kept"]


@pytest.mark.parametrize(
    "path",
    [
        "../main.py",
        "a/../../b.py",
        "/etc/passwd",
        "a//b.py",
        "a/./b.py",
        "",
        "a\\b.py",
        "C:b.py",
        "nul",
        "pkg/COM1.txt",
        "a\x00b",
        "a\nb",
        "dir/",
        "dot.",
        "blank ",
        "x" * 300,
    ],
)
def test_a_path_that_leads_elsewhere_is_refused_and_nothing_is_written(tmp_path: Path, path: str):
    with pytest.raises(InvalidBundle):
        write_bundle_folder(bundle(files=(DataFile(path, b""),)), tmp_path / "hash")

    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("paths", [("MAIN.py",), ("main.py/x",), ("a", "A/b")])
def test_two_files_at_one_place_are_refused(tmp_path: Path, paths: tuple[str, ...]):
    with pytest.raises(InvalidBundle):
        write_bundle_folder(bundle(files=tuple(DataFile(path, b"") for path in paths)), tmp_path / "hash")


def test_source_that_is_no_text_is_refused(tmp_path: Path):
    with pytest.raises(InvalidBundle, match="UTF-8"):
        write_bundle_folder(bundle(Module("m", "m.py", "x = '\ud800'")), tmp_path / "hash")
