"""Where modules come from, found without importing them."""

from __future__ import annotations

import sys

import pytest

from spl.core.capture.origin import Home, locate


@pytest.mark.parametrize(
    ("name", "home"),
    [
        ("json", Home.STANDARD),
        ("sys", Home.STANDARD),
        ("os.path", Home.STANDARD),
        ("xml.etree.ElementTree", Home.STANDARD),
        ("winreg", Home.STANDARD),
        ("__future__", Home.STANDARD),
        ("numpy", Home.INSTALLED),
        ("numpy.linalg", Home.INSTALLED),
        ("spl.runtime.context", Home.RUNTIME),
        ("spl", Home.RUNTIME),
        ("spl.core.common", Home.INSTALLED),
        ("surely_not_installed", Home.MISSING),
        ("json.surely_not", Home.MISSING),
    ],
)
def test_a_module_has_a_home(name, home):
    assert locate(name).home is home


def test_local_files_are_found_and_not_imported(local):
    local(
        {
            "alone.py": "raise RuntimeError",
            "pack/__init__.py": "raise RuntimeError",
            "pack/sub.py": "",
            "spaced/mod.py": "",
        }
    )

    assert [locate(name).home for name in ("alone", "pack", "pack.sub", "spaced", "spaced.mod")] == [Home.LOCAL] * 5
    assert [locate(name).package for name in ("alone", "pack", "pack.sub", "spaced")] == [False, True, False, True]
    assert locate("alone.attribute").home is Home.MISSING
    assert not {"alone", "pack", "pack.sub"} & set(sys.modules)


def test_a_local_module_may_have_a_name_of_the_standard_library(local, monkeypatch):
    local({"colorsys.py": ""})
    monkeypatch.delitem(sys.modules, "colorsys", raising=False)

    assert locate("colorsys").home is Home.LOCAL
