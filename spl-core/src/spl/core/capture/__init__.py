"""From live Python to a self-contained bundle. Nothing is imported until asked for: `lift` needs only `signature`."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from spl.core.capture.bundle import Captured, capture
    from spl.core.capture.report import CaptureReport
    from spl.core.capture.signature import function_of

__all__ = ["CaptureReport", "Captured", "capture", "function_of"]

_HOMES = {
    "CaptureReport": "spl.core.capture.report",
    "Captured": "spl.core.capture.bundle",
    "capture": "spl.core.capture.bundle",
    "function_of": "spl.core.capture.signature",
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_HOMES[name]), name)


def __dir__() -> list[str]:
    return sorted(__all__)
