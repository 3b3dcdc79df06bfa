"""What functions import when they are called is known beforehand."""

from __future__ import annotations

from spl.core.entities.bundle import Bundle, Module
from spl.core.execution.late_imports import late_imports

SOURCE = """
import top

def f():
    import pandas as pd
    from sklearn.linear_model import Ridge
    import json, own
    from spl.runtime import current_run
    from . import beside

    async def inner():
        import polars
"""


def test_installed_modules_that_functions_import_are_found():
    bundle = Bundle("f", modules=(Module("main", "main.py", SOURCE), Module("own", "own.py", "")))

    assert late_imports(bundle) == ["pandas", "polars", "sklearn.linear_model"]


def test_source_need_not_parse():
    assert late_imports(Bundle("f", modules=(Module("main", "main.py", "def ("),))) == []
