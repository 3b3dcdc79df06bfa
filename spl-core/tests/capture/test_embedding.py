"""Local files become modules of the bundle."""

from __future__ import annotations

import importlib

import pytest

from spl.core.capture import capture
from spl.core.capture.embedding import FILE_LIMIT
from spl.core.entities.bundle import Origin
from spl.core.errors import CaptureError


def test_a_package_comes_with_its_imports_and_its_small_files(local):
    local(
        {
            "shop/__init__.py": "from .prices import price\n",
            "shop/prices.py": "from .deep import tables\ndef price(): return tables.X\n",
            "shop/deep/__init__.py": "",
            "shop/deep/tables.py": "X = 1\n",
            "shop/unused.py": "",
            "shop/data/words.txt": "a\r\nb",
            "shop/.secret": "x",
            "shop/__pycache__/x.pyc": "x",
            "shop/fast.so": "x",
            "shop/py.typed": "",
            "shop/big.bin": b"x" * (FILE_LIMIT + 1),
        }
    )

    captured = capture(importlib.import_module("shop").price)

    assert [module.path for module in captured.bundle.modules] == [
        "shop/__init__.py",
        "shop/deep/__init__.py",
        "shop/deep/tables.py",
        "shop/prices.py",
    ]
    assert {module.origin for module in captured.bundle.modules} == {Origin.FILE}
    assert {file.path: file.content for file in captured.bundle.files} == {"shop/data/words.txt": b"a\r\nb"}
    assert "shop/big.bin" in captured.report.warnings[0]
    assert (captured.bundle.functions[0].module, captured.bundle.functions[0].qualname) == ("shop.prices", "price")


def test_a_file_is_taken_as_text_whatever_its_encoding(local):
    local({"old.py": "# coding: latin-1\r\ndef f():\r\n    return 'é'\r\n".encode("latin-1")})

    [module] = capture(importlib.import_module("old").f).bundle.modules

    assert module.source == "# coding: utf-8\ndef f():\n    return 'é'\n"


def test_a_file_that_was_changed_since_is_told(local):
    root = local({"moving.py": "def f():\n    return 1\n"})
    module = importlib.import_module("moving")
    (root / "moving.py").write_text("def f():\n    return 2222\n")

    assert "moving.py was changed after it was imported" in capture(module.f).report.warnings[0]


def test_a_module_that_is_included_comes_along(local):
    root = local({"plugin.py": "import json\n", "notes/a.txt": "A", "notes/b/c.txt": "C", "single.csv": "1"})

    def f():
        return 1

    bundle = capture(f, include=["plugin", root / "notes", str(root / "single.csv")]).bundle

    assert [module.name for module in bundle.modules] == ["main", "plugin"]
    assert [file.path for file in bundle.files] == ["notes/a.txt", "notes/b/c.txt", "single.csv"]


def test_what_is_included_must_be_there():
    with pytest.raises(CaptureError, match=r"no 'nowhere\.txt' to include"):
        capture(lambda: 1, include=["nowhere.txt"])


def test_what_is_excluded_stays(local):
    local(
        {
            "heavy.py": "import numpy\ndef g(): return 1\n",
            "user.py": "import heavy\nimport numpy\ndef f(): return heavy.g()\n",
        }
    )

    bundle = capture(importlib.import_module("user").f, exclude=["heavy", "numpy"]).bundle

    assert [module.name for module in bundle.modules] == ["user"]
    assert bundle.dependencies == ()
