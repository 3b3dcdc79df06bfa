"""Every shape, captured in one interpreter and called in another that has only the runtime beside it."""

from __future__ import annotations

from pathlib import Path

import pytest

from .harness import call, capture_shape, oldest
from .shapes import SHAPES, Shape


@pytest.mark.parametrize("shape", SHAPES, ids=str)
def test_what_is_captured_does_the_same_elsewhere_or_is_refused(shape: Shape, tmp_path: Path) -> None:
    """Nothing is accepted and then wrong: either the call gives the expected value, or capture says why not."""
    for package in shape.needs:
        pytest.importorskip({"pyyaml": "yaml", "pillow": "PIL", "python-dateutil": "dateutil"}.get(package, package))

    outcome = capture_shape(shape, tmp_path)

    if shape.refused:
        assert outcome.problem is not None, f"It was captured:\n{outcome.source}"
        assert outcome.problem["code"] == "capture_refused"
        assert outcome.problem["details"]["reason"] == shape.refused, outcome.problem
        assert shape.saying in outcome.problem["detail"] + " " + outcome.problem["hint"]
        return
    assert outcome.problem is None, outcome.problem
    assert call(outcome, shape) == shape.expect
    another = oldest(outcome.requires_python) if not shape.needs and not shape.here_only else None
    if another is not None:
        assert call(outcome, shape, another) == shape.expect, f"{outcome.requires_python} on {another}"
    assert [part for part in shape.shows if part not in outcome.source] == []
    assert [part for part in shape.hides if part in outcome.source] == []
    if shape.pins is not None and outcome.report is not None:
        assert tuple(pin.partition("==")[0] for pin in outcome.report.distributions) == shape.pins
