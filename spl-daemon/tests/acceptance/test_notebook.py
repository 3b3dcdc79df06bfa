"""A real notebook: a helper in an earlier cell, a cell run again, displays, an error with the user's own line."""

from __future__ import annotations

import re
from typing import Any

import nbclient
import nbformat
import pytest

COLOURS = re.compile(r"\x1b\[[0-9;]*m")

CELLS = {
    "imports": "from dataclasses import dataclass\nfrom spl.client import SPLClient\nfrom spl.core.common import lift",
    "client": "client = SPLClient()\nclient.register_env('default')\nclient",
    "class": "@dataclass\nclass Point:\n    x: int\n    y: int",
    "helper": "import math\nSCALE = 10\ndef scaled(n):\n    return int(math.floor(n)) * SCALE",
    "function": "def area(p: Point) -> int:\n    '''The area up to a point.'''\n    return scaled(p.x) * p.y",
    "publish": "published = client.publish(area, name='area')\npublished",
    "call": "result = client.call('area', kwargs={'p': Point(2, 3)})\nresult",
    "value": "result.value",
    "helper again": "def scaled(n):\n    return n + 1000",
    "call the new one": "client.publish(area, name='area')\nclient.call('area', kwargs={'p': Point(2, 3)}).value",
    "describe": "print(client.describe('area'))",
    "objects": "client.objects(compact=True)",
    "signature": "client.signature('area')",
    "pipeline": "pipeline = lift(area).alias('a').render('areas')\npipeline",
    "await": "run = client.start('area', kwargs={'p': Point(1, 1)})\nawait run",
    "run": "run",
    "failing": "def broken(n):\n    return 1 / n\nclient.publish(broken, name='broken').ready()",
    "error": "client.call('broken', kwargs={'n': 0})",
}


@pytest.fixture
def notebook(daemon: Any, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """The cells' outputs, by the names above."""
    monkeypatch.setenv("SPL_DAEMON_HOME", str(daemon.home.root))
    cells = []
    for name, source in CELLS.items():
        tags = {"tags": ["raises-exception"]} if name == "error" else {}
        cells.append(nbformat.v4.new_code_cell(source, metadata=tags))
    book = nbformat.v4.new_notebook(cells=cells)
    nbclient.NotebookClient(book, timeout=60, kernel_name="python3").execute()
    return dict(zip(CELLS, (cell["outputs"] for cell in book["cells"]), strict=True))


def text(outputs: list[Any]) -> str:
    return "".join(out.get("text", "") or out.get("data", {}).get("text/plain", "") for out in outputs)


def html(outputs: list[Any]) -> str:
    return "".join(out.get("data", {}).get("text/html", "") for out in outputs)


def test_a_notebook_from_first_cell_to_last(notebook: dict[str, Any]):
    assert text(notebook["value"]) == "60"
    assert text(notebook["call the new one"]) == "3006", "the cell that ran again counts"
    assert "area" in text(notebook["describe"])
    assert text(notebook["await"]) == "1001"
    for name in ("client", "publish", "call", "objects", "signature", "pipeline", "run"):
        shown = html(notebook[name])
        assert shown, f"{name} has no display"
        assert len(shown) <= 20_000
        assert "<script" not in shown
        assert text(notebook[name]), f"{name} has no text beside its display"
    error = notebook["error"][-1]
    assert error["output_type"] == "error"
    shown = COLOURS.sub("", "".join(error["traceback"]))
    assert "return 1 / n" in shown
    assert "ZeroDivisionError" in shown
