"""A canonical document as YAML text that every reader of bundles takes for the same document."""

from __future__ import annotations

import re
from typing import Any

import yaml

# Text that means itself without quotes, in every version of YAML. Everything else is quoted, or a literal block.
_PLAIN = re.compile(r"[A-Za-z_][A-Za-z0-9_./-]*")
_WORDS = {"null", "true", "false", "yes", "no", "on", "off", "y", "n"}
# Lines are never folded: a diff shows the lines that changed.
_NO_FOLDING = 2**31 - 1

_Dumper: Any = getattr(yaml, "CSafeDumper", yaml.SafeDumper)


class _Writer(_Dumper):  # type: ignore[misc]
    """Never writes an anchor, and quotes all text that could be taken for something else."""

    def ignore_aliases(self, data: object) -> bool:
        return True


def _text(writer: Any, text: str) -> Any:
    plain = _PLAIN.fullmatch(text) is not None and text.lower() not in _WORDS
    style = None if plain else "|" if text.count("\n") > 1 else '"'
    return writer.represent_scalar("tag:yaml.org,2002:str", text, style=style)


_Writer.add_representer(str, _text)


def dump(document: dict[str, Any]) -> str:
    """The text of a document."""
    return str(yaml.dump(document, Dumper=_Writer, sort_keys=False, allow_unicode=True, width=_NO_FOLDING))
