"""What a value is, in the words of a message, and whether it can be rebuilt from its attributes."""

from __future__ import annotations

import copyreg
import io
import types
from typing import Any

from spl.core.capture.refusal import Reason, Site, refusal
from spl.core.capture.report import REFUSE_BYTES, size
from spl.core.errors import CaptureError

_HEAP_TYPE = 1 << 9  # Py_TPFLAGS_HEAPTYPE: a class made by a class statement


def described(value: object) -> str:
    """`an open file`, `a generator`, `a sqlite3.Connection`."""
    for kind, words in _WORDS:
        if isinstance(value, kind):
            return words
    kind = type(value)
    if kind.__module__ == "socket":
        return "a socket"
    name = (
        kind.__qualname__ if kind.__module__ in ("builtins", "__main__") else f"{kind.__module__}.{kind.__qualname__}"
    )
    return f"{'an' if name[:1].lower() in 'aeiou' else 'a'} {name}"


_WORDS: tuple[tuple[type, str], ...] = (
    (io.IOBase, "an open file"),
    (types.GeneratorType, "a generator"),
    (types.AsyncGeneratorType, "a generator"),
    (types.CoroutineType, "a coroutine"),
    (types.FrameType, "a stack frame"),
    (types.TracebackType, "a traceback"),
    (types.ModuleType, "a module"),
)


def is_simple(kind: type) -> bool:
    """Whether its instances are their attributes and nothing else: a class statement all the way down."""
    if any(base is not object and not base.__flags__ & _HEAP_TYPE for base in kind.__mro__):
        return False
    if kind.__module__ == "builtins":
        return False
    custom = ("__reduce__", "__reduce_ex__", "__getstate__", "__setstate__", "__getnewargs__", "__getnewargs_ex__")
    return not any(
        getattr(kind, name, None) is not getattr(object, name, None)
        and name in vars(base)
        and not _generated(base, name)
        for name in custom
        for base in kind.__mro__
        if base is not object
    )


def _generated(base: type, name: str) -> bool:
    """What `@dataclass(slots=True, frozen=True)` adds does what copying the attributes does."""
    return "__dataclass_fields__" in vars(base) and getattr(vars(base)[name], "__module__", "") == "dataclasses"


def state_of(value: object) -> dict[str, Any]:
    """All attributes of a simple instance, slots included."""
    state: dict[str, Any] = dict(getattr(value, "__dict__", {}))
    slots: list[str] = getattr(copyreg, "_slotnames")(type(value)) or []  # noqa: B009
    for name in slots:
        if hasattr(value, name):
            state[name] = getattr(value, name)
    return state


def refused_value(name: str, value: object, path: str, site: Site, why: str = "") -> CaptureError:
    """The error for a value that can't be captured."""
    what = described(value)
    subject = f"{name + path!r} is {what}" if not path else f"{name + path!r} holds {what}"
    return refusal(
        Reason.VALUE,
        f"{subject}, which can't be captured" + (f": {why}." if why else "."),
        hint=f"Make it inside the function, or pass it as an argument{_more(value)}.",
        site=site,
        name=name,
    )


def _more(value: object) -> str:
    return ", or move it into a module of your own and import it" if not isinstance(value, types.GeneratorType) else ""


def check_size(name: str, count: int, site: Site) -> None:
    """Refuse what is too large to be part of a function's source."""
    if count > REFUSE_BYTES:
        raise refusal(
            Reason.TOO_LARGE,
            f"The constant {name!r} takes {size(count)}; at most {size(REFUSE_BYTES)} are captured.",
            hint="Pass it as an argument, or load it inside the function.",
            site=site,
            name=name,
        )
