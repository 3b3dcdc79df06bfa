"""Run one page's blocks as a notebook would: cell after cell in one `__main__`, each with its source at hand."""

from __future__ import annotations

import contextlib
import io
import json
import linecache
import sys
import types


def run_cell(namespace: dict[str, object], name: str, source: str) -> str:
    """Execute a cell and return what it printed."""
    linecache.cache[name] = (len(source), None, source.splitlines(keepends=True), name)
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        exec(compile(source, name, "exec"), namespace)
    return printed.getvalue()


def main() -> int:
    cells = json.load(sys.stdin)
    page = types.ModuleType("__main__")
    sys.modules["__main__"] = page
    for cell in cells:
        printed = run_cell(page.__dict__, f"<{cell['page']}:{cell['line']}>", cell["source"])
        expected = cell["output"]
        if expected is not None and printed.strip() != expected.strip():
            print(f"{cell['page']}:{cell['line']} printed\n{printed}\ninstead of\n{expected}", file=sys.stderr)
            return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
