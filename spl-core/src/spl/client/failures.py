"""A run that failed, as an exception that shows the author's own lines.

The remote exception is rebuilt as data: its type by name, its message, its frames. Nothing is unpickled or imported,
and no constructor of anybody's runs. Frames point to readable names such as `<spl demo_add@1 main.py>`, whose source
is given to `linecache`, so that `traceback` and IPython print the failing line.
"""

from __future__ import annotations

import builtins
import linecache
from collections.abc import Mapping, Sequence
from pathlib import Path, PurePosixPath
from types import FunctionType, TracebackType
from typing import Any

from spl.core.errors import (
    EnvironmentBuildFailed,
    RunCancelled,
    RunExpired,
    RunFailed,
    RunLost,
    RunTimedOut,
    default_message,
)

MOST_LINES = 200_000
"""Lines of a source that is known by single lines only; beyond it the blank ones before would cost too much."""

_KINDS: dict[str, type[RunFailed]] = {
    "env_build_failed": EnvironmentBuildFailed,
    "cancelled": RunCancelled,
    "timed_out": RunTimedOut,
    "lost": RunLost,
    "expired": RunExpired,
}

_RAISED = frozenset({"user_exception", "import_failed"})
"""Reasons that are an exception of the author's code, and not only words of the daemon."""


def failure_of(run: Mapping[str, Any], sources: Mapping[str, str] | None = None) -> RunFailed:
    """The exception for a run that ended without a result.

    Args:
        run: the run as the daemon tells it, or an item of a batch's results.
        sources: whole source texts, by path below the bundle's source root.
    """
    error = run.get("error") or {}
    reason = run.get("reason") or run.get("state") or "failed"
    label = f"{run.get('object', '?')}@{run.get('version', '?')}"
    shown = _renamed(error, label, sources or {})
    kind = _KINDS.get(reason) or _KINDS.get(str(run.get("state")), RunFailed)
    failure = kind(
        _sentence(run, reason, shown),
        run_id=run.get("id", ""),
        reason=reason,
        type=shown.get("type"),
        frames=shown.get("frames") or (),
        node=error.get("node"),
        hint=error.get("hint"),
        machine=(run.get("machine") or {}).get("name"),
    )
    if shown.get("frames") or reason in _RAISED:
        failure.__cause__ = rebuilt(shown)
    else:
        _add_notes(failure, shown)
    for note in (*_elsewhere(error), *_notes(run)):
        failure.add_note(note)
    return failure


def source_paths(error: Mapping[str, Any] | None) -> set[str]:
    """The bundle's source files that an error's frames are in, by path below the source root."""
    found: set[str] = set()
    waiting = [error]
    while waiting:
        part = waiting.pop()
        if part:
            found.update(path for frame in part.get("frames") or () if (path := _below_source_root(frame["file"])))
            waiting += [part.get("cause"), part.get("context"), *(part.get("exceptions") or ())]
    return found


def source_file(error: Mapping[str, Any] | None, path: str) -> str | None:
    """Where the daemon has the source file `path`, as its frames tell it."""
    for frame in (error or {}).get("frames") or ():
        if _below_source_root(frame["file"]) == path:
            return str(frame["file"])
    return None


# --- the exception behind it ------------------------------------------------------------------------------------------


def rebuilt(error: Mapping[str, Any]) -> BaseException:
    """An exception that prints as the remote one did."""
    name = str(error.get("type") or "Exception")
    message = str(error.get("message") or "")
    members = [rebuilt(member) for member in error.get("exceptions") or ()]
    exception = _instance(name, message, members)
    _add_notes(exception, error)
    if error.get("cause"):
        exception.__cause__ = rebuilt(error["cause"])
    elif error.get("context"):
        exception.__context__ = rebuilt(error["context"])
    return exception.with_traceback(_traceback(error.get("frames") or ()))


def _add_notes(exception: BaseException, error: Mapping[str, Any]) -> None:
    for note in error.get("notes") or ():
        exception.add_note(str(note))


def _instance(name: str, message: str, members: Sequence[BaseException]) -> BaseException:
    """An instance of a class of that name: below the builtin it names, where it names one."""
    module, _, qualname = name.rpartition(".")
    base: Any = _builtin(name) or Exception
    grouped = bool(members)
    if grouped:
        base = ExceptionGroup if all(isinstance(member, Exception) for member in members) else BaseExceptionGroup
    attributes = {"__module__": module or "builtins", "__qualname__": qualname, "__str__": lambda _: message}
    kind: Any = type(qualname.rpartition(".")[2], (base,), attributes)
    exception: BaseException = base.__new__(kind, message, list(members)) if grouped else base.__new__(kind)
    if not grouped:
        exception.args = (message,)
    return exception


def _builtin(name: str) -> type[BaseException] | None:
    kind = getattr(builtins, name, None)
    if isinstance(kind, type) and issubclass(kind, BaseException) and not issubclass(kind, BaseExceptionGroup):
        return kind
    return None


def _traceback(frames: Sequence[Mapping[str, Any]]) -> TracebackType | None:
    chain: TracebackType | None = None
    for frame in reversed(frames):
        line = max(1, int(frame["line"] or 0))
        made = _reached(str(frame["file"]), str(frame["function"]), line)
        chain = TracebackType(chain, made.tb_frame, made.tb_lasti, line)
    return chain


class _Reached(Exception):
    """Carries a frame out of its function."""


def _stub() -> None:
    raise _Reached


def _lines_without_columns(code_units: int) -> bytes:
    """A location table that puts all instructions on the first line, and marks no columns in it."""
    table = bytearray()
    while code_units > 0:
        covered = min(8, code_units)
        table += bytes((0x80 | _NO_COLUMNS << 3 | covered - 1, 0))
        code_units -= covered
    return bytes(table)


_NO_COLUMNS = 13
_STUB = _stub.__code__.replace(co_linetable=_lines_without_columns(len(_stub.__code__.co_code) // 2))


def _reached(file: str, function: str, line: int) -> TracebackType:
    """A traceback of one frame that looks like `function` at `line` of `file`."""
    code = _STUB.replace(co_filename=file, co_name=function, co_qualname=function, co_firstlineno=line)
    names = {"__name__": "spl.remote", "__file__": file, "_Reached": _Reached}
    try:
        FunctionType(code, names)()
    except _Reached as reached:
        trace = reached.__traceback__
        assert trace is not None and trace.tb_next is not None
        return trace.tb_next
    raise AssertionError("the stub raises")


# --- names and sources ------------------------------------------------------------------------------------------------


def _renamed(error: Mapping[str, Any], label: str, sources: Mapping[str, str]) -> dict[str, Any]:
    """The error with readable file names, their sources told to linecache."""
    shown = dict(error)
    shown["frames"] = _shown_frames(error.get("frames") or (), label, sources)
    for behind in ("cause", "context"):
        if error.get(behind):
            shown[behind] = _renamed(error[behind], label, sources)
    if error.get("exceptions"):
        shown["exceptions"] = [_renamed(member, label, sources) for member in error["exceptions"]]
    return shown


def _shown_frames(frames: Sequence[Mapping[str, Any]], label: str, sources: Mapping[str, str]) -> list[dict[str, Any]]:
    shown = []
    for frame in frames:
        path = _below_source_root(frame["file"])
        name = f"<spl {label} {path}>" if path else str(frame["file"])
        if path and path in sources:
            _remember(name, sources[path].splitlines(keepends=True))
        elif frame.get("source") and not (path is None and Path(name).exists()):
            _remember_line(name, int(frame["line"] or 0), str(frame["source"]))
        shown.append({**frame, "file": name})
    return shown


def _below_source_root(file: str) -> str | None:
    """`main.py` for `<home>/bundles/<hash>/src/main.py`; None for a file that is not of a bundle."""
    parts = PurePosixPath(file.replace("\\", "/")).parts
    for position in range(len(parts) - 3):
        if parts[position] == "bundles" and parts[position + 2] == "src":
            return "/".join(parts[position + 3 :])
    return None


def _remember(name: str, lines: list[str]) -> None:
    # Without a time of change linecache takes the entry for one of a loader's, and never looks for a file.
    linecache.cache[name] = (sum(map(len, lines)), None, lines, name)


def _remember_line(name: str, line: int, source: str) -> None:
    """One line of a file that is not here; the indentation is lost, as `traceback` shows lines without it."""
    if not 0 < line <= MOST_LINES:
        return
    known = linecache.cache.get(name)
    lines = list(known[2]) if known is not None and len(known) == 4 else []
    if len(lines) >= line and lines[line - 1].strip():
        return
    lines += ["\n"] * (line - len(lines))
    lines[line - 1] = source + "\n"
    _remember(name, lines)


# --- words ------------------------------------------------------------------------------------------------------------


def _sentence(run: Mapping[str, Any], reason: str, error: Mapping[str, Any]) -> str:
    what = f"{run.get('object', 'The run')} v{run.get('version', '?')}"
    if run.get("function"):
        what += f", function {run['function']!r}"
    if error.get("node"):
        what += f", node {error['node']!r}"
    message = str(error.get("message") or "")
    if error.get("type") and reason == "user_exception":
        return f"{what}: {error['type']}: {message}" if message else f"{what}: {error['type']}"
    said = message or default_message(_KINDS.get(reason, RunFailed))
    return f"{what} ({reason}): {said}"


def _elsewhere(error: Mapping[str, Any]) -> list[str]:
    """Where the remote node ran that failed."""
    remote = error.get("remote") or {}
    if not remote.get("run_id"):
        return []
    machine = f"machine {remote['machine']!r}" if remote.get("machine") else "the pipeline's own machine"
    return [f"Node {error.get('node')!r} ran as {remote['run_id']} on {machine}."]


def _notes(run: Mapping[str, Any]) -> list[str]:
    run_id = run.get("id")
    if not run_id:
        return []
    took = (run.get("timings") or {}).get("run_ms")
    after = f", after {_duration(took)}" if isinstance(took, int | float) else ""
    return [f"Run {run_id} on {_where(run)}{after}.", f'What it printed: client.logs("{run_id}")']


def _where(run: Mapping[str, Any]) -> str:
    if run.get("mode") != "server":
        return "this machine"
    machine = run.get("machine") or {}
    return f"machine {machine.get('name')!r}" if machine.get("name") else "no machine"


def _duration(milliseconds: float) -> str:
    return f"{milliseconds / 1000:.1f} s" if milliseconds >= 1000 else f"{milliseconds:.3g} ms"
