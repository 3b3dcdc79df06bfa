"""The language: functions and pipelines, and how they become SPL/YAML and back. Imported as it is asked for."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from spl.core.entities.node_remote import NodeRemote
    from spl.core.ir.files import spl_export_to_dir, spl_export_to_file, spl_import_from_file

__all__ = ["NodeRemote", "spl_export_to_dir", "spl_export_to_file", "spl_import_from_file"]

_HOMES = {
    "NodeRemote": "spl.core.entities.node_remote",
    "spl_export_to_dir": "spl.core.ir.files",
    "spl_export_to_file": "spl.core.ir.files",
    "spl_import_from_file": "spl.core.ir.files",
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_HOMES[name]), name)


def __dir__() -> list[str]:
    return sorted(__all__)
