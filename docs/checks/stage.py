"""A server and two daemons for the pages that need them; names of the pages stand for what is real here."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from .pages import ROOT, Block

sys.path.insert(0, str(ROOT / "tools"))

from processes import Stack

MARK = "<!-- stage: server -->"
URL = "https://splime.example/api"
PEOPLE = ("alice", "bob")


def needs_a_server(page: Path) -> bool:
    return MARK in page.read_text(encoding="utf-8")


def staged(stack: Stack) -> Callable[[Block], Block]:
    """Start everything; how a page's block reads here."""
    server = stack.server()
    tokens = {name: server.person(name) for name in PEOPLE}
    for name in PEOPLE:
        stack.daemon(name)

    def real(block: Block) -> Block:
        source = block.source.replace(URL, f"{server.url}/api")
        for name, token in tokens.items():
            source = source.replace(f"<{name}-token>", token)
        return replace(block, source=source)

    return real
