"""Bundle source becomes modules with real files; what can't be imported is described with the author's lines."""

from __future__ import annotations

import json

import pytest

ADD = """
    def add(a, b=1):
        return a + b
"""


def test_a_function_is_called_with_its_arguments_by_name(bench):
    result = bench.call(bench.bundle(ADD, "add"), {"a": 2, "b": 3})

    assert (result.state, result.reason, result.document) == ("succeeded", "ok", 5)


def test_modules_find_each_other_and_their_data_files(bench):
    bundle = bench.bundle(
        "from pkg import tools\n\ndef answer():\n    return tools.read()\n",
        "answer",
        modules={
            "pkg": ("pkg/__init__.py", ""),
            "pkg.tools": (
                "pkg/tools.py",
                (
                    "from pathlib import Path\nfrom . import names\n"
                    "def read():\n    return (Path(__file__).parent / names.FILE).read_text()\n"
                ),
            ),
            "pkg.names": ("pkg/names.py", "FILE = 'data.txt'\n"),
        },
    )
    (bundle / "src" / "pkg" / "data.txt").write_text("forty-two")

    assert bench.call(bundle).document == "forty-two"


def test_a_module_of_a_package_that_has_no_file_of_its_own_is_found(bench):
    bundle = bench.bundle(
        "from area.shapes import side\n\ndef f():\n    return side\n",
        "f",
        modules={"area.shapes": ("area/shapes.py", "side = 3\n")},
    )

    assert bench.call(bundle).document == 3


def test_a_bundled_module_wins_over_an_installed_one_of_its_name(bench):
    bundle = bench.bundle(
        "import colorsys\n\ndef f():\n    return colorsys.MINE\n",
        "f",
        modules={"colorsys": ("colorsys.py", "MINE = 'yes'\n")},
    )

    assert bench.call(bundle).document == "yes"


def test_constants_are_there_before_the_source_runs(bench):
    bundle = bench.bundle(
        "LIMIT = TABLE['limit']\n\ndef f():\n    return LIMIT\n", "f", constants={"TABLE": {"limit": 7}}
    )

    assert bench.call(bundle).document == 7


def test_a_class_from_a_notebook_is_rebuilt_as_the_bundles_own(bench):
    bundle = bench.bundle(
        """
        from dataclasses import dataclass

        @dataclass
        class Point:
            x: int

        def f(p):
            return [type(p).__module__, p.x, isinstance(p, Point)]
        """,
        "f",
    )
    doc = {"$spl": "dataclass", "type": "__main__:Point", "fields": {"x": 4}}

    assert bench.call(bundle, {"p": doc}).document == ["main", 4, True]


def test_a_pipeline_gives_the_output_that_was_asked_for(bench):
    plan = {
        "format": 1,
        "inputs": [{"name": "a", "required": True}],
        "steps": [
            {"id": "twice", "function": "twice", "args": {"x": ["input", "a"]}},
            {"id": "next", "function": "after", "args": {"x": ["step", "twice", "default"]}},
        ],
        "aliases": {"end": "next"},
        "sinks": ["next"],
    }
    source = "def twice(x):\n    return 2 * x\n\ndef after(x):\n    return x + 1\n"
    inputs = {name: [{"name": "x", "kind": "standard"}] for name in ("twice", "after")}
    bundle = bench.bundle(source, "twice", "after", plans={"both": plan}, entrypoint="both", inputs=inputs)

    assert bench.call(bundle, {"a": 3}).document == {"end": {"default": 7}}
    assert bench.call(bundle, {"a": 3}, output="twice").document == {"default": 6}
    assert bench.call(bundle, {"x": 5}, function="after").document == 6


def test_a_failing_node_names_itself(bench):
    plan = {
        "format": 1,
        "inputs": [],
        "steps": [{"id": "divide", "function": "divide", "args": {}}],
        "aliases": {},
        "sinks": ["divide"],
    }
    bundle = bench.bundle("def divide():\n    return 1 / 0\n", "divide", plans={"p": plan}, entrypoint="p")

    error = bench.call(bundle).document

    assert (error["node"], error["type"]) == ("divide", "ZeroDivisionError")


@pytest.mark.parametrize("mode", ["serve", "zygote"])
@pytest.mark.parametrize(
    ("source", "kind", "line"),
    [
        ("x = 1\nimport nowhere_to_be_found\ndef f(): pass\n", "ModuleNotFoundError", 2),
        ("def f(:\n", "SyntaxError", None),
        ("def f(): pass\nraise RuntimeError('at import')\n", "RuntimeError", 2),
    ],
)
def test_a_bundle_that_can_not_be_imported_says_why_and_where(bench, mode, source, kind, line):
    bundle = bench.bundle(source, "f")

    channel, process = bench.serve(bundle) if mode == "serve" else bench.zygote(bundle)
    error = channel.wait_for("ready")[0]["error"]

    assert error["type"] == kind
    if line:
        assert error["frames"][-1]["line"] == line
        assert error["frames"][-1]["file"].endswith("main.py")
    process.wait(20)


def test_a_folder_that_is_no_bundle_is_refused_by_its_path(bench, tmp_path):
    (tmp_path / "bundle.json").write_text(json.dumps({"format": 99}))

    channel, _ = bench.serve(tmp_path)

    assert "bundle.json" in channel.wait_for("ready")[0]["error"]["message"]


def test_a_traceback_shows_the_authors_lines_and_none_of_ours(bench):
    bundle = bench.bundle(
        """
        def inner(n):
            return 10 / n

        def f():
            return inner(0)
        """,
        "f",
    )

    frames = bench.call(bundle).document["frames"]

    assert [(frame["function"], frame["source"]) for frame in frames] == [
        ("f", "return inner(0)"),
        ("inner", "return 10 / n"),
    ]


def test_what_the_bundle_prints_when_imported_is_not_part_of_any_run(bench):
    bundle = bench.bundle("print('imported')\n\ndef f():\n    print('run')\n", "f")

    assert bench.call(bundle).text("stdout") == "run\n"


def test_nothing_but_the_runtime_can_be_imported_from_its_folder(bench):
    bundle = bench.bundle(
        "import sys\n\ndef f():\n    return [p for p in sys.path if p.endswith('spl/runtime')]\n", "f"
    )

    assert bench.call(bundle).document == []


@pytest.mark.parametrize(("flags", "there"), [(["--once"], True), ([], True), (["--once", "--cold"], False)])
def test_what_functions_import_is_there_already_but_in_a_cold_worker(bench, flags, there):
    source = "import sys\n\ndef f():\n    return 'colorsys' in sys.modules\n"
    bundle = bench.bundle(source, "f", late_imports=("nowhere_to_be_found", "colorsys"))
    line, _ = bench.serve(bundle, *flags)

    assert bench.run(line).document is there
