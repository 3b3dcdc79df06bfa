"""The documentation as programs: pages, their blocks of Python, and what they say they print."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
FENCE = re.compile(
    r"(?P<skip><!-- not run: (?P<why>[^\n]+) -->\n)?^```(?P<kind>python|text output)\n(?P<body>.*?)^```", re.M | re.S
)


@dataclass(frozen=True)
class Block:
    """One block of Python: where it stands, its text, and what must be printed, where the page says so."""

    page: str
    line: int
    source: str
    output: str | None = None


def pages() -> list[Path]:
    """Every page with a block of Python in it."""
    found = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
    return [page for page in found if "```python" in page.read_text(encoding="utf-8")]


def blocks(page: Path) -> list[Block]:
    """The page's blocks, in order; those marked as not run are left out."""
    text = page.read_text(encoding="utf-8")
    name = page.relative_to(ROOT).as_posix()
    found: list[Block] = []
    for fence in FENCE.finditer(text):
        if fence["kind"] == "text output":
            last = found.pop()
            found.append(Block(last.page, last.line, last.source, fence["body"]))
        elif not fence["skip"]:
            line = text.count("\n", 0, fence.start("body")) + 1
            found.append(Block(name, line, fence["body"]))
    return found
