"""The reference pages are what the code says."""

from __future__ import annotations

import importlib.util
import re
from pathlib import Path
from types import ModuleType

import pytest

from spl.core.errors import every_error

from .pages import ROOT


def reference() -> ModuleType:
    spec = importlib.util.spec_from_file_location("reference", ROOT / "tools" / "reference.py")
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


MADE = reference()


@pytest.mark.parametrize("name", MADE.PAGES)
def test_a_reference_page_is_up_to_date(name: str):
    committed = (MADE.REFERENCE / name).read_text(encoding="utf-8")

    assert committed == MADE.PAGES[name](), "write it anew with `python3 tools/dev.py docs`"


def test_the_drawing_of_the_error_tree_names_every_class():
    drawn = set(re.findall(r"[├└]── (\w+)", MADE.error_tree()))

    assert {kind.__name__ for kind in every_error()} - {"SPLError"} == drawn


def test_links_between_pages_lead_somewhere():
    broken = []
    for page in [ROOT / "README.md", *(ROOT / "docs").rglob("*.md")]:
        for target in re.findall(r"\]\((?!http|#)([^)#]+)", page.read_text(encoding="utf-8")):
            if not (Path(page.parent) / target).exists():
                broken.append(f"{page.relative_to(ROOT)}: {target}")  # noqa: PERF401
    assert not broken
