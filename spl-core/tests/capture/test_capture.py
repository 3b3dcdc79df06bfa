"""A bundle has all that its functions need, and says so."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace

import numpy
import pytest

from spl.core.capture import capture, distributions, function_of
from spl.core.common import lift
from spl.core.entities.bundle import Origin
from spl.core.entities.node_remote import NodeRemote
from spl.core.entities.pipeline import Pipeline
from spl.core.entities.port import InputPort, OutputPort
from spl.core.errors import CaptureError
from spl.core.ir.files import spl_export_to_file, spl_import_from_file

FACTOR = 3


def helper(x):
    return x * FACTOR


def published(x: int) -> int:
    """Multiply."""
    return helper(x)


def test_a_function_is_found_in_its_bundle():
    bundle = capture(published).bundle

    assert bundle.entrypoint == "published"
    assert (bundle.entry.module, bundle.entry.qualname, bundle.entry.doc) == ("main", "published", "Multiply.")
    assert bundle.entry.inputs[0].schema == {"type": "integer"}
    assert bundle.entry.callable is published
    assert bundle.python == ".".join(map(str, sys.version_info[:3]))


def test_the_source_reads_as_code():
    [module] = capture(published).bundle.modules

    assert (module.name, module.path, module.origin) == ("main", "main.py", Origin.EXTRACTED)
    assert module.source == (
        "from __future__ import annotations\n\nFACTOR = 3\n\n\n"
        "def helper(x):\n    return x * FACTOR\n\n\n"
        'def published(x: int) -> int:\n    """Multiply."""\n    return helper(x)\n'
    )


def test_the_report_names_everything():
    report = capture(published).report

    assert report.functions == ("main:helper", "main:published")
    assert report.constants == (("FACTOR", "main", 1),)
    assert [name for name, _, _ in report.modules] == ["main"]
    assert report.warnings == ()


def test_a_name_can_be_given_to_the_entrypoint():
    bundle = capture(published, name="times").bundle

    assert (bundle.entrypoint, bundle.entry.name, bundle.entry.qualname) == ("times", "times", "published")


def test_functions_of_one_name_are_told_apart(cells):
    one, two = (cells(f"def f(x):\n    return x + {n}") for n in (1, 2))

    bundle = capture([one["f"], two["f"]]).bundle

    assert [(f.name, f.module, f.qualname) for f in bundle.functions] == [("f", "main", "f"), ("f_2", "main_2", "f")]


def test_a_function_of_an_older_cell_gets_another_name(cells):
    names = cells("def f(x):\n    return x + 1\nold = f", "def f(x):\n    return x + 2")
    kept = names.pop("old")

    bundle = capture([names["f"], kept]).bundle

    assert [(f.name, f.qualname) for f in bundle.functions] == [("f", "f"), ("f_2", "f_2")]
    assert "def f_2(x):\n    return x + 1" in bundle.modules[0].source


def test_one_function_in_two_nodes_is_one_function():
    pipeline = lift(published).bind(x=lift(published)).alias("out").render("twice")

    bundle = capture(pipeline).bundle

    assert [f.name for f in bundle.functions] == ["published"]
    assert isinstance(bundle.entry, Pipeline)
    assert list(bundle.entry.nodes) == list(pipeline.nodes)
    assert {node.function.module for node in bundle.entry.nodes.values()} == {"main"}
    assert bundle.entry.links == pipeline.links


def test_a_function_that_is_not_alive_is_refused():
    with pytest.raises(CaptureError, match="'published' is not alive here"):
        capture(replace(function_of(published), callable=None))


def test_a_function_of_builtins_needs_no_installed_metadata(monkeypatch):
    """Reading it takes longer than all the rest."""
    monkeypatch.setattr(distributions, "_providers", None)
    monkeypatch.setattr(distributions.metadata, "packages_distributions", lambda: pytest.fail("It was read."))

    assert capture(published).bundle.dependencies == ()


def test_direct_imports_are_pinned_and_what_they_need_is_a_constraint(cells):
    names = cells("import pandas as pd\ndef f(rows):\n    return pd.DataFrame(rows)")

    bundle = capture(names["f"]).bundle

    assert [pin.package for pin in bundle.dependencies] == ["pandas"]
    assert "numpy" in [pin.package for pin in bundle.constraints]
    assert "pandas" not in [pin.package for pin in bundle.constraints]


def test_requirements_take_the_place_of_pins(cells):
    names = cells("import numpy as np\nimport pandas as pd\ndef f(x):\n    return np.array(pd.Series(x))")

    captured = capture(names["f"], requirements=["numpy>=2"])

    assert captured.bundle.requirements == ("numpy>=2",)
    assert captured.bundle.dependencies == captured.bundle.constraints == ()
    assert captured.report.warnings == ("pandas is imported, but the requirements don't name it.",)


def test_a_constant_that_needs_a_library_is_pinned_with_it(cells):
    names = cells("def f():\n    return W.sum()")
    names["W"] = numpy.arange(3)

    captured = capture(names["f"])

    assert [pin.package for pin in captured.bundle.dependencies] == ["numpy"]
    assert list(captured.bundle.modules[0].constants) == ["W"]
    assert captured.report.constants[0][:2] == ("W", "main")


def test_a_large_constant_is_a_warning(cells):
    names = cells("def f():\n    return W")
    names["W"] = numpy.zeros(100_000)

    assert "The constant 'W' takes" in capture(names["f"]).report.warnings[0]


def test_constants_too_large_together_are_refused(cells):
    names = cells("def f():\n    return A, B")
    names["A"], names["B"] = (numpy.full(1_250_000, value, dtype="f8") for value in (1, 2))

    with pytest.raises(CaptureError, match=r"'. and others' takes 2\d\.\d MiB; at most 16\.0 MiB"):
        capture(names["f"])


def test_a_refusal_says_where_what_why_and_the_way_out(cells, tmp_path):
    names = cells("import io\nlog = io.StringIO()", "def f(x):\n    y = x\n    log.write(y)")

    with pytest.raises(CaptureError) as refused:
        capture(names["f"])

    assert refused.value.message.endswith(":3: 'log' is an open file, which can't be captured.")
    assert "pass it as an argument" in (refused.value.hint or "")
    assert refused.value.details | {"file": ""} == {"reason": "value", "name": "log", "file": "", "line": 3}


def test_state_of_the_process_is_noted(cells):
    names = cells("N = 0\ndef f():\n    global N\n    N += 1\n    return N")

    assert capture(names["f"]).report.notes == ("'N' is written by captured code: each process has its own.",)


def test_names_that_are_looked_up_by_text_are_a_warning(cells):
    names = cells("def f(name):\n    return globals()[name]")

    assert "names that globals() looks up are not captured" in capture(names["f"]).report.warnings[0]


def test_what_was_imported_from_a_bundle_can_be_published_again(tmp_path, cells):
    """Nothing of it is lost: source, constants, pins."""
    names = cells("import numpy as np\nW = np.arange(3)\ndef g(x):\n    return int(W.sum()) + x")
    first = capture(lift(names["g"]).alias("out").render("pipe")).bundle
    spl_export_to_file(tmp_path / "b.yaml", first)
    loaded: dict = {}
    spl_import_from_file(tmp_path / "b.yaml", loaded)

    assert capture(loaded["pipe"]).bundle == first


def test_imported_functions_meet_those_of_this_process(tmp_path, cells):
    names = cells("def g(x):\n    return x + 1")
    spl_export_to_file(tmp_path / "b.yaml", capture(names["g"]).bundle)
    loaded: dict = {}
    spl_import_from_file(tmp_path / "b.yaml", loaded)
    mine = cells("def f(x):\n    return g(x) * 2")
    mine["g"] = loaded["g"]

    bundle = capture(mine["f"]).bundle

    assert [module.name for module in bundle.modules] == ["main", "main_2"]
    assert "from main import g" in bundle.modules[1].source


def test_two_imported_bundles_keep_their_modules_apart(tmp_path, cells):
    loaded: list[dict] = []
    for number in (1, 2):
        names = cells(f"def h():\n    return {number}\ndef g{number}(x):\n    return x + h()")
        spl_export_to_file(tmp_path / f"{number}.yaml", capture(names[f"g{number}"]).bundle)
        loaded.append({})
        spl_import_from_file(tmp_path / f"{number}.yaml", loaded[-1])

    bundle = capture([loaded[0]["g1"], loaded[1]["g2"]]).bundle

    assert [(f.name, f.module) for f in bundle.functions] == [("g1", "main"), ("g2", "main_2")]


DETERMINISTIC = """
from dataclasses import dataclass
from spl.core.capture import capture
import linecache, enum
source = '''
import math, re
from enum import Enum
from dataclasses import dataclass, field
NAMES = {"b", "a", "c", 1, 2.5, None}
TABLE = {"x": {3, 1, 2}, "y": frozenset({"q", "p"})}
class Color(Enum):
    RED = 1
@dataclass
class P:
    x: object = None
    tags: set = field(default_factory=set)
ALL = [P({"z", "w"}), Color.RED, math.inf, re.compile("a")]
def a(): return NAMES, TABLE
def b(): return ALL, a()
def f(x, y=object()): return a(), b(), math.pi
'''
linecache.cache["<python-input-0>"] = (len(source), None, source.splitlines(True), "<python-input-0>")
names = {"__name__": "__main__"}
exec(compile(source, "<python-input-0>", "exec"), names)
import hashlib
print(hashlib.sha256(repr(capture(names["f"]).bundle).split("callable")[0].encode()).hexdigest())
"""


def test_the_same_content_gives_the_same_bundle_in_every_process():
    """No addresses, no order of hashes, no paths, no times."""
    found = {
        subprocess.run(
            [sys.executable, "-c", DETERMINISTIC],
            capture_output=True,
            text=True,
            check=True,
            env={"PYTHONHASHSEED": seed},
        ).stdout
        for seed in ("1", "2", "3")
    }

    assert len(found) == 1


def test_names_of_a_star_import_come_from_where_they_are_at_home(cells, local):
    local({"everything.py": "from dataclasses import dataclass\nfrom math import pi\nLIMIT = 3\n"})
    names = cells(
        "from everything import *", "@dataclass\nclass P:\n    x: float = pi\ndef f():\n    return P(), LIMIT"
    )

    [module] = capture(names["f"]).bundle.modules

    assert module.source.startswith("from dataclasses import dataclass\n\npi = 3.14")


def test_a_pipeline_of_remote_nodes_alone_needs_no_source():
    remote = NodeRemote(name="x", inputs=(InputPort("a"),), outputs=(OutputPort(),), target_machine="m")

    bundle = capture(lift(remote).bind(a=1).render("afar")).bundle

    assert (bundle.entrypoint, bundle.modules, bundle.functions) == ("afar", (), ())


def test_nothing_is_refused():
    with pytest.raises(CaptureError, match="nothing to capture"):
        capture([])
