"""The same in a real kernel: what ipykernel leaves behind of a cell is what capture has to live on."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from .harness import HERE, Outcome, call
from .shape import Shape

nbformat = pytest.importorskip("nbformat")
nbclient = pytest.importorskip("nbclient")

CELLS = [
    "from __future__ import annotations\nimport math\nfrom dataclasses import dataclass",
    "@dataclass\nclass Point:\n    x: int\n    y: int = 2",
    "import enum\nclass Mode(enum.Enum):\n    FAST = 1\nLIMITS = {'low': 1, 'high': 10}",
    "def norm(p: Point) -> float:\n    return 0.0",
    "def norm(p: Point) -> float:\n    return math.hypot(p.x, p.y)  # the second time",
    "%%time\ndef clipped(x):\n    return max(LIMITS['low'], min(x, LIMITS['high']))",
    "%time z = 1\nscale = lambda v, by=3: v * by",
    "BEST = Mode.FAST\nORIGIN = Point(3, 4)",
    (
        "def f(x: int, p: Point | None = None) -> list:\n    '''What it does.'''\n"
        "    return [norm(p or ORIGIN), clipped(x), scale(x), BEST.name]"
    ),
    "def magic():\n    %time pass\n    return 1",
    "def stale(x):\n    return 1\nkept = stale",
    "def stale(x):\n    return kept(x) + 1",
]


@pytest.fixture(scope="module")
def notebook(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Outcome]:
    """One kernel, everything in it captured in its last cell."""
    root = tmp_path_factory.mktemp("notebook")
    targets = {name: root / name for name in ("f", "magic", "stale")}
    for folder in targets.values():
        folder.mkdir()
    publish = [f"import sys; sys.path.insert(0, {str(HERE)!r})", "from captor import publish"]
    publish += [f"publish({name}, {str(folder)!r})" for name, folder in targets.items()]
    cells = [nbformat.v4.new_code_cell(source) for source in [*CELLS, "\n".join(publish)]]
    book = nbformat.v4.new_notebook(cells=cells)
    nbclient.NotebookClient(book, timeout=100, resources={"metadata": {"path": str(root)}}).execute()
    return {name: _outcome(folder) for name, folder in targets.items()}


def _outcome(folder: Path) -> Outcome:
    left: dict[str, Any] = json.loads((folder / "outcome.json").read_text(encoding="utf-8"))
    return Outcome(folder, left.get("entrypoint", ""), left.get("requires_python", ""), None, left.get("problem"))


def test_cells_become_one_module_that_runs_elsewhere(notebook: dict[str, Outcome]) -> None:
    outcome = notebook["f"]

    assert outcome.problem is None
    assert call(outcome, Shape("f", "", args=(40,))) == [5.0, 10, 120, "FAST"]


def test_the_latest_run_of_a_cell_counts_and_its_text_is_kept(notebook: dict[str, Outcome]) -> None:
    source = notebook["f"].source

    assert "return math.hypot(p.x, p.y)  # the second time" in source
    assert "return 0.0" not in source
    assert source.startswith("from __future__ import annotations\n")
    assert "'''What it does.'''" in source


def test_an_older_function_lives_on_beside_the_newer_one(notebook: dict[str, Outcome]) -> None:
    assert call(notebook["stale"], Shape("stale", "", args=(0,))) == 2


def test_a_magic_command_is_refused_where_it_stands(notebook: dict[str, Outcome]) -> None:
    problem = notebook["magic"].problem

    assert problem is not None
    assert problem["detail"].startswith("In [10], line 2: magic uses a notebook command")
    assert problem["details"]["reason"] == "notebook_only"
