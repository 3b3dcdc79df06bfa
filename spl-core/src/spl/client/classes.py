"""Which class of this process a remote value is rebuilt with."""

from __future__ import annotations

import sys
from types import FrameType

_OURS = ("spl.client", "spl.core", "spl.runtime")
_MAIN = frozenset({"main", "__main__"})


def find_class(module: str, qualname: str) -> type | None:
    """The class that a notebook, a script or the calling module knows by this name; None leaves it to the codec.

    A published notebook's classes are in a module `main` of the bundle; here they are in `__main__`, or in the module
    that makes the call.
    """
    if module in sys.modules and module not in _MAIN:
        return None
    found = _attribute(vars(sys.modules["__main__"]), qualname)
    if found is not None:
        return found
    frame: FrameType | None = sys._getframe(1)
    while frame is not None:
        names = frame.f_globals
        if not str(names.get("__name__", "")).startswith(_OURS):
            found = _attribute(names, qualname)
            if found is not None:
                return found
        frame = frame.f_back
    return None


def _attribute(names: dict[str, object], qualname: str) -> type | None:
    first, *rest = qualname.split(".")
    here = names.get(first)
    for name in rest:
        here = vars(here).get(name) if isinstance(here, type) else None
    return here if isinstance(here, type) and here.__qualname__ == qualname else None
