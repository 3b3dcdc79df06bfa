"""What publishers make of bundles, and the material that they test their own reader with."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

ROOT = Path(__file__).resolve().parents[3]
CORPUS = ROOT / "spl-core" / "tests" / "corpus"
BUNDLES = sorted((CORPUS / "v1").glob("*.yaml"))
OLD_BUNDLES = sorted((CORPUS / "legacy").glob("*.yaml"))


def module(name: str) -> ModuleType:
    """A module of the reader's own tests: `bundles`, `test_refusals`, `fuzz_bundle`."""
    known = f"publishers_{name}"
    if known not in sys.modules:
        spec = importlib.util.spec_from_file_location(known, ROOT / "spl-core" / "tests" / "ir" / f"{name}.py")
        assert spec is not None and spec.loader is not None
        sys.modules[known] = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(sys.modules[known])
    return sys.modules[known]
