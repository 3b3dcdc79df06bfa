"""Damaged bundles, for as long as a test may take; `fuzz_bundle.py` goes on for longer."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
from pathlib import Path

import pytest

from .fuzz_bundle import SEEDS, fuzz_randomly, look

SCRIPT = Path(__file__).with_name("fuzz_bundle.py")


def test_the_seeds_are_read() -> None:
    assert len(SEEDS) >= 10
    assert all(look(seed) for seed in SEEDS)


def test_damaged_bundles_are_refused_and_nothing_else_happens(tmp_path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)

    assert fuzz_randomly(seconds=3) > 100
    assert list(tmp_path.iterdir()) == []


@pytest.mark.skipif(importlib.util.find_spec("atheris") is None, reason="atheris is not installed")
def test_coverage_finds_no_other_way_out_either(tmp_path) -> None:
    done = subprocess.run([sys.executable, SCRIPT, "4"], cwd=tmp_path, capture_output=True, text=True, timeout=60)

    assert done.returncode == 0, done.stderr[-3000:]
    assert list(tmp_path.iterdir()) == []
