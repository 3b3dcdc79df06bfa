"""An exception as data: what it was, and where, with the source lines as they were when it was raised."""

from __future__ import annotations

import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from types import TracebackType
    from typing import Any

    Description = dict[str, Any]

RUNTIME = os.path.dirname(os.path.abspath(__file__)) + os.sep
IMPORT_MACHINERY = "<frozen importlib"

MAX_FRAMES = 100  # of one exception: the outermost half and the innermost half of an endless recursion tell it all
MAX_TEXT = 4096  # characters of a message or a note
MAX_LINE = 500  # characters of a source line
MAX_NOTES = 20
MAX_CHAIN = 10  # exceptions behind an exception
MAX_GROUP = 20  # exceptions shown of a group
MAX_TOTAL = 100  # exceptions in one description, however they hang together


def describe(error: BaseException, hide: Sequence[str] = ()) -> Description:
    """The exception, what caused it, its notes, and a group's exceptions, all within bounds.

        {"type": "builtins.ValueError" without "builtins.", "message", "notes": [...],
         "frames": [{"file", "line", "function", "source"}, ...],    outermost call first
         "cause": {...} or None,        raise ... from it
         "context": {...} or None,      it was being handled
         "exceptions": [...],           of an ExceptionGroup
         "omitted": {"frames": 900}}    what the bounds left out

    Frames of the runtime itself are left out, and those of files below a prefix in `hide`.
    """
    return _Describer((RUNTIME, IMPORT_MACHINERY, *hide)).of(error, 0)


def format(description: Description) -> str:
    """The description as Python itself would print the exception, ending in a line break."""
    return "".join(line + "\n" for line in _exception_lines(description))


def type_name_of(kind: type) -> str:
    module = kind.__module__
    return kind.__qualname__ if module in ("builtins", "__main__") else f"{module}.{kind.__qualname__}"


class _Describer:
    def __init__(self, hide: tuple[str, ...]) -> None:
        self.hide = hide
        self.seen: set[int] = set()

    def of(self, error: BaseException, depth: int) -> Description:
        self.seen.add(id(error))
        frames, omitted = self.frames(error.__traceback__)
        cause, context = self.behind(error, depth)
        description: Description = {
            "type": type_name_of(type(error)),
            "message": message_of(error),
            "frames": frames,
            "cause": cause,
            "context": context,
            "notes": notes_of(error),
        }
        left_out = {"frames": omitted} if omitted else {}
        members = getattr(error, "exceptions", None)
        if isinstance(members, tuple) and all(isinstance(member, BaseException) for member in members):
            shown = [self.of(member, depth + 1) for member in members[:MAX_GROUP] if self.may_show(member, depth)]
            description["exceptions"] = shown
            if len(shown) < len(members):
                left_out["exceptions"] = len(members) - len(shown)
        if left_out:
            description["omitted"] = left_out
        return description

    def may_show(self, error: BaseException | None, depth: int) -> bool:
        return error is not None and id(error) not in self.seen and depth < MAX_CHAIN and len(self.seen) < MAX_TOTAL

    def behind(self, error: BaseException, depth: int) -> tuple[Description | None, Description | None]:
        """What the exception says it comes from, or else what was being handled when it was raised."""
        cause, context = error.__cause__, error.__context__
        if cause is not None:
            return (self.of(cause, depth + 1) if self.may_show(cause, depth) else None), None
        if context is None or error.__suppress_context__ or not self.may_show(context, depth):
            return None, None
        return None, self.of(context, depth + 1)

    def frames(self, trace: TracebackType | None) -> tuple[list[dict[str, Any]], int]:
        """The frames worth showing, outermost first, and how many in the middle were left out."""
        shown = [place for place in _places(trace) if not place[0].startswith(self.hide)]
        omitted = max(0, len(shown) - MAX_FRAMES)
        if omitted:
            shown = shown[: MAX_FRAMES // 2] + shown[-MAX_FRAMES // 2 :]
        return [_frame(*place) for place in shown], omitted


def _places(trace: TracebackType | None) -> Iterator[tuple[str, int, str, dict[str, Any]]]:
    while trace is not None:
        code = trace.tb_frame.f_code
        line = trace.tb_lineno or 0  # None where the bytecode has no line
        yield code.co_filename, line, code.co_name, trace.tb_frame.f_globals
        trace = trace.tb_next


def _frame(file: str, line: int, function: str, names: dict[str, Any]) -> dict[str, Any]:
    import linecache

    linecache.checkcache(file)
    source = linecache.getline(file, line, names).strip()
    return {"file": clean(file), "line": line, "function": clean(function), "source": clean(source, MAX_LINE)}


def message_of(error: BaseException) -> str:
    try:
        return clean(str(error))
    except Exception:  # the user's own __str__
        return f"<unprintable {type(error).__name__} object>"


def notes_of(error: BaseException) -> list[str]:
    notes = getattr(error, "__notes__", None)
    if not isinstance(notes, (list, tuple)):
        return []
    texts = []
    for note in notes[:MAX_NOTES]:
        try:
            texts.append(clean(str(note)))
        except Exception:  # as above
            texts.append("<unprintable note>")
    return texts


def clean(text: str, limit: int = MAX_TEXT) -> str:
    """Within bounds, and with a UTF-8 form."""
    kept = text if len(text) <= limit else f"{text[:limit]}... ({len(text) - limit} more characters)"
    return kept.encode("utf-8", "backslashreplace").decode("utf-8")


# --- as text ----------------------------------------------------------------------------------------------------------

CAUSED = "The above exception was the direct cause of the following exception:"
HANDLED = "During handling of the above exception, another exception occurred:"


def _exception_lines(description: Description) -> Iterator[str]:
    for name, sentence in (("cause", CAUSED), ("context", HANDLED)):
        behind = description.get(name)
        if behind:
            yield from _exception_lines(behind)
            yield from ("", sentence, "")
    if description.get("frames"):
        yield "Traceback (most recent call last):"
        yield from _frame_lines(description)
    yield from _last_lines(description)
    members = description.get("exceptions") or []
    for number, member in enumerate(members, 1):
        yield f"  +---------------- {number} ----------------"
        yield from (f"  | {line}" for line in _exception_lines(member))
    if members:
        yield "  +------------------------------------"


def _frame_lines(description: Description) -> Iterator[str]:
    omitted = (description.get("omitted") or {}).get("frames", 0)
    for position, frame in enumerate(description["frames"]):
        if omitted and position == MAX_FRAMES // 2:
            yield f"  [{omitted} more frames]"
        yield f'  File "{frame["file"]}", line {frame["line"]}, in {frame["function"]}'
        if frame.get("source"):
            yield f"    {frame['source']}"


def _last_lines(description: Description) -> Iterator[str]:
    kind, message = description.get("type") or "Exception", description.get("message")
    yield f"{kind}: {message}" if message else kind
    for note in description.get("notes") or []:
        yield from str(note).split("\n")
