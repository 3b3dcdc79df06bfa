"""What stands beside user code: standard library only, Python 3.9 and newer.

User code finds the run it is part of here:

    from spl.runtime import current_run

    current_run().progress(3, 10, "three of ten")
    figure.savefig(current_run().artifact("plot.png"))
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from spl.runtime.context import RunContext, current_run

__all__ = ["RunContext", "current_run"]


def __getattr__(name: str) -> object:
    """The documented names, imported when first asked for: a worker starts without what it does not use."""
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from spl.runtime import context

    return getattr(context, name)
