"""Run in an interpreter of its own: brings a shape to life, captures it, and leaves the bundle in a folder.

outcome.json   {"bundle": name, "report": ..., "seconds": ...} or {"problem": ...}
bundle.yaml    the SPL/YAML document
bundle/        the folder that the runtime loads
"""

from __future__ import annotations

import ast
import asyncio
import hashlib
import inspect
import json
import linecache
import sys
import time
import types
from pathlib import Path
from typing import Any


def publish(target: Any, folder: str, options: dict[str, Any] | None = None) -> None:
    """Capture, and leave the outcome in the folder."""
    from spl.core.capture import capture
    from spl.core.errors import CaptureError

    place = Path(folder)
    begun = time.perf_counter()
    try:
        captured = capture(target, **(options or {}))
    except CaptureError as error:
        _leave(place, {"problem": error.problem()})
        return
    seconds = time.perf_counter() - begun
    again = capture(target, **(options or {}))
    if again.bundle != captured.bundle:
        raise AssertionError("A second capture gave another bundle.")
    from spl.core.execution.compile import write_bundle_folder
    from spl.core.ir.files import spl_export_to_file

    spl_export_to_file(place / "bundle.yaml", captured.bundle)
    write_bundle_folder(captured.bundle, place / "bundle")
    _leave(
        place,
        {
            "entrypoint": captured.bundle.entrypoint,
            "requires_python": captured.bundle.requires_python,
            "report": captured.report.to_json(),
            "seconds": seconds,
        },
    )


def _leave(folder: Path, outcome: dict[str, Any]) -> None:
    (folder / "outcome.json").write_text(json.dumps(outcome), encoding="utf-8")


def run_cells(cells: list[str]) -> dict[str, Any]:
    """A namespace filled as a notebook fills it: a file name and a linecache entry for each cell, and the history."""
    main = types.ModuleType("__main__")
    sys.modules["__main__"] = main
    names = vars(main)
    names["_ih"] = names["In"] = [""]
    names["_oh"] = names["Out"] = {}
    flags = ast.PyCF_ALLOW_TOP_LEVEL_AWAIT
    for cell in cells:
        names["_ih"].append(cell.rstrip("\n"))
        name = f"/tmp/ipykernel_1/{int(hashlib.sha256(cell.encode()).hexdigest()[:8], 16)}.py"
        linecache.cache[name] = (len(cell), None, cell.splitlines(keepends=True), name)  # type: ignore[assignment]
        code = compile(cell, name, "exec", flags, dont_inherit=True)
        if "from __future__ import annotations" in cell:
            import __future__

            flags |= __future__.annotations.compiler_flag
        if code.co_flags & inspect.CO_COROUTINE:
            asyncio.run(eval(code, names))
        else:
            exec(code, names)
    return names


def run_exec(source: str, *, kept: bool) -> dict[str, Any]:
    name = "<generated source>"
    if kept:
        linecache.cache[name] = (len(source), None, source.splitlines(keepends=True), name)
    names: dict[str, Any] = {}
    exec(compile(source, name, "exec"), names)
    return names


def main() -> None:
    order = json.load(sys.stdin)
    sys.path.insert(0, order["files"])
    if order["how"] == "cells":
        names = run_cells(order["cells"])
    else:
        names = run_exec(order["cells"][0], kept=order["how"] == "exec")
    publish(eval(order["target"], names), order["folder"], order["options"])


if __name__ == "__main__":
    main()
