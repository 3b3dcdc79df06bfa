"""The client in a notebook that a real kernel runs: displays, progress, and errors."""

from __future__ import annotations

import re
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

from .running import start, stop

pytestmark = [
    pytest.mark.skipif(find_spec("spl.daemon") is None, reason="the daemon's package is not installed"),
    pytest.mark.skipif(find_spec("nbclient") is None or find_spec("ipykernel") is None, reason="there is no kernel"),
    pytest.mark.filterwarnings("ignore"),  # what Jupyter's own packages warn of is not ours
]

FAILING = """
def failing(rows):
    total = sum(rows)
    return total / len(rows)

client.publish(failing)
client.call('failing', args=[[]])
"""

SLOW = """
def slow():
    from time import sleep
    sleep(1.5)
    return 'at last'

client.publish(slow)
client.call('slow').value
"""

CELLS = [
    "from spl.client import SPLClient\nclient = SPLClient()\nclient.health()\nclient",
    "RATE = 3\ndef scaled(x):\n    return x * RATE",
    "published = client.publish(scaled, name='scaled')\npublished.ready(progress=False)",
    "client.call('scaled', kwargs={'x': 14})",
    "client.objects(compact=True)",
    "client.signature('scaled')",
    "print(client.describe('scaled'))",
    FAILING.strip(),
    SLOW.strip(),
    "run = client.start('scaled', args=[2])\nawait run",
    "run",
    "client.runs()",
    "list(client.map('scaled', range(5)))",
    "client.logs(run)",
    "client.environment_builds()",
]


@pytest.fixture(scope="module")
def outputs(tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[list[Any]]]:
    """What each cell put out."""
    import nbformat
    from nbclient import NotebookClient

    folder = tmp_path_factory.mktemp("notebook")
    running = start(folder / "home", folder / "state")
    cells = [nbformat.v4.new_code_cell(cell) for cell in CELLS]
    cells.insert(0, nbformat.v4.new_code_cell(f"import os\nos.environ['SPL_STATE_DIR'] = {str(folder / 'state')!r}"))
    notebook = nbformat.v4.new_notebook(cells=cells)
    try:
        NotebookClient(notebook, timeout=120, kernel_name="python3", allow_errors=True).execute(cwd=str(folder))
        yield [cell.outputs for cell in notebook.cells[1:]]
    finally:
        stop(running)


def html(outputs: list[Any]) -> str:
    return "".join(output.data.get("text/html", "") for output in outputs if "data" in output)


def plain(outputs: list[Any]) -> str:
    shown = [output.data.get("text/plain", "") for output in outputs if "data" in output]
    return "".join(shown + [output.text for output in outputs if output.output_type == "stream"])


@pytest.mark.parametrize(
    ("cell", "said"),
    [
        (0, "SPLClient"),
        (2, "scaled v1"),
        (3, "42"),
        (4, "scaled"),
        (5, "client.call"),
        (10, "succeeded"),
        (11, "failing@1"),
        (14, "ready"),
    ],
)
def test_what_a_cell_ends_with_is_shown_as_html(outputs: list[list[Any]], cell: int, said: str):
    shown = html(outputs[cell])

    assert said in shown
    assert "<script" not in shown
    assert len(shown.encode()) <= 20_000


def test_what_was_captured_is_shown(outputs: list[list[Any]]):
    assert "RATE" in html(outputs[2]) or "scaled" in html(outputs[2])


def test_values_are_values(outputs: list[list[Any]]):
    assert plain(outputs[9]) == "6"
    assert plain(outputs[12]) == "[0, 3, 6, 9, 12]"
    assert plain(outputs[6]).startswith("scaled v1 (function)")


def test_an_error_shows_the_cells_own_line(outputs: list[list[Any]]):
    error = next(output for output in outputs[7] if output.output_type == "error")
    text = re.sub(r"\x1b\[[0-9;]*m", "", "\n".join(error.traceback))

    assert error.ename == "RunFailed"
    assert "return total / len(rows)" in text
    assert "ZeroDivisionError: division by zero" in text
    assert "<spl failing@1 main.py>" in text


def test_a_slow_call_shows_its_progress_in_one_output(outputs: list[list[Any]]):
    shown = [output for output in outputs[8] if output.output_type == "display_data"]

    assert len(shown) == 1
    assert "slow: running" in shown[0].data["text/plain"]
    assert plain(outputs[8]).endswith("'at last'")


def test_quick_calls_show_nothing_but_their_value(outputs: list[list[Any]]):
    assert [output.output_type for output in outputs[3]] == ["execute_result"]
