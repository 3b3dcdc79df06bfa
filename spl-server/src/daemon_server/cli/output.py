"""Where a command's words go: data to stdout, everything else to stderr."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable
from typing import Any

from daemon_server.http.answers import Problem, document


def show(data: Any, lines: Iterable[str], *, as_json: bool) -> None:
    """The command's answer: one JSON document for programs, lines for people."""
    if as_json:
        print(json.dumps(data, ensure_ascii=False, indent=2))
    else:
        for line in lines:
            print(line)


def note(text: str) -> None:
    """Something nice to know, on stderr."""
    print(text, file=sys.stderr)


def tell(error: Problem, *, as_json: bool) -> None:
    """What went wrong, and what to do next."""
    if as_json:
        print(json.dumps({"error": document(error)}, ensure_ascii=False, indent=2))
    print(f"error: {error.message}", file=sys.stderr)
    if error.hint:
        print(f"  next: {error.hint}", file=sys.stderr)
