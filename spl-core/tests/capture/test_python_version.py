"""The Python that a source needs."""

from __future__ import annotations

import pytest

from spl.core.capture.python_version import requires_python


@pytest.mark.parametrize(
    ("source", "specifier"),
    [
        ("def f(x): return x", ">=3.9"),
        ("def f(x):\n    match x:\n        case 1: return x", ">=3.10"),
        ("def f(x: int | None): ...", ">=3.10"),
        ("from __future__ import annotations\ndef f(x: int | None): ...", ">=3.9"),
        ("def f():\n    y: int | None = 1", ">=3.9"),
        ("def f(x): return isinstance(x, int | str)", ">=3.10"),
        ("import re\nF = re.I | re.M", ">=3.9"),
        ("a = {1} | b", ">=3.9"),
        ("class K:\n    def m(self, x: Cat | Dog): ...", ">=3.10"),
        ("try:\n    pass\nexcept* ValueError:\n    pass", ">=3.11"),
        ("type X = int", ">=3.12"),
        ("def f[T](x): ...", ">=3.12"),
        ("def f[T = int](x): ...", ">=3.13"),
        ("x = f'{d[\"a\"]}'", ">=3.9"),
        ("x = f'{d['a']}'", ">=3.12"),
        ("x = f'{\"\\n\".join(y)}'", ">=3.12"),
        ("import tomllib", ">=3.11"),
        ("try:\n    import tomllib\nexcept ImportError:\n    tomllib = None", ">=3.9"),
        ("import sys\nif sys.version_info >= (3, 11):\n    import tomllib", ">=3.9"),
        ("from typing import Self", ">=3.11"),
        ("import enum\nclass E(enum.StrEnum): ...", ">=3.11"),
        ("import itertools as it\nx = it.batched(y, 2)", ">=3.12"),
        ("def f(): raise ExceptionGroup('x', [])", ">=3.11"),
        ("from dataclasses import dataclass\n@dataclass(slots=True)\nclass K: ...", ">=3.10"),
        ("x = a[*b]", ">=3.11"),
        ("import imp", ">=3.9,<3.12"),
        ("import cgi", ">=3.9,<3.13"),
    ],
)
def test_syntax_and_library_decide(source, specifier):
    assert requires_python([source]) == specifier


def test_the_most_demanding_source_counts():
    assert requires_python(["x = 1", "type X = int", "import tomllib"]) == ">=3.12"
