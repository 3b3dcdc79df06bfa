"""How capture says no: where it is, which name, why, and the way out."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from spl.core.errors import CaptureError


class Reason(StrEnum):
    """Why something can't be captured; `details["reason"]` of the error."""

    NO_SOURCE = "no_source"
    SOURCE_CHANGED = "source_changed"
    NO_SIGNATURE = "no_signature"
    NOT_CALLABLE = "not_callable"
    UNDEFINED_NAME = "undefined_name"
    NOTEBOOK_ONLY = "notebook_only"
    CLOSURE = "closure"
    VALUE = "value"
    TOO_LARGE = "too_large"
    CIRCULAR = "circular"
    NOT_INSTALLED = "not_installed"
    NOT_ON_AN_INDEX = "not_on_an_index"
    COMPILED = "compiled_module"
    MODULE_CLASH = "module_clash"
    PIN_CLASH = "pin_clash"
    FILE_PATH = "file_path"
    REQUIREMENTS = "requirements"


@dataclass(frozen=True, slots=True)
class Site:
    """A place in the author's source: `In [3], line 2`, `report.py:12`."""

    label: str
    line: int = 0
    inside: str = ""

    def __str__(self) -> str:
        if not self.line:
            return self.label
        return f"{self.label}, line {self.line}" if self.label.startswith("In [") else f"{self.label}:{self.line}"

    def at(self, line: int) -> Site:
        return Site(self.label, line, self.inside)


NOWHERE = Site("")


def refusal(reason: Reason, message: str, *, hint: str, site: Site = NOWHERE, name: str = "") -> CaptureError:
    """The error to raise; its message begins with the place."""
    where = str(site)
    return CaptureError(
        f"{where}: {message}" if where else message,
        hint=hint,
        reason=str(reason),
        name=name,
        file=site.label,
        line=site.line,
    )


def shown_path(path: str) -> str:
    """A file's path as people see it: relative to where they are, if it is below."""
    try:
        return Path(path).resolve().relative_to(Path.cwd()).as_posix()
    except (ValueError, OSError):
        return path
