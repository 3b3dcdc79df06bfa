"""Which installed packages a bundle's functions import when they are called.

A warm worker imports them beforehand, so that `import pandas` inside a function costs the first call no more than
the second.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator

from spl.core.entities.bundle import Bundle

RUNTIME = "spl"

# Indented, so not at the top of the module. By the line rather than by the syntax tree: a name too many costs an import
# that fails, and the parser of the language is no place for source from strangers.
_IMPORT = re.compile(r"^[ \t]+(?:import[ \t]+(?P<names>[\w., \t]+)|from[ \t]+(?P<origin>[\w.]+)[ \t]+import\b)", re.M)


def late_imports(bundle: Bundle) -> list[str]:
    """Dotted names of installed modules that are imported inside functions, sorted; local and standard ones are not."""
    own = {module.name.partition(".")[0] for module in bundle.modules} | {RUNTIME, ""} | sys.stdlib_module_names
    found = {name for module in bundle.modules for name in _indented(module.source)}
    return sorted(name for name in found if name.partition(".")[0] not in own)


def _indented(source: str) -> Iterator[str]:
    for found in _IMPORT.finditer(source):
        if found["origin"]:
            yield found["origin"]
        else:
            yield from (name.split()[0] for name in found["names"].split(",") if name.strip())
