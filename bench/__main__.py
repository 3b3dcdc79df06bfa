"""Run the benchmarks and print their table: `python -m bench [suite ...] [--json FILE] [--page]`."""

from __future__ import annotations

import argparse
import json
import platform
import sys
import time
from pathlib import Path

from bench import blobs, calls, claims, console, daemons, environments, lists, pipelines, remote, values
from bench.figures import Figure, table

SUITES = {
    module.__name__.split(".")[-1]: module
    for module in (calls, environments, values, pipelines, daemons, remote, claims, lists, blobs, console)
}
PAGE = Path(__file__).parent.parent / "docs" / "reference" / "performance.md"
BEGIN, END = "<!-- figures: begin -->", "<!-- figures: end -->"


def machine() -> str:
    import os

    return f"{platform.system()} {platform.release()}, {os.cpu_count()} cores, Python {platform.python_version()}"


def write_page(figures: list[Figure]) -> None:
    """Put the table into the performance page, between its marks."""
    text = PAGE.read_text(encoding="utf-8")
    head, rest = text.split(BEGIN)
    tail = rest.split(END)[1]
    body = f"{BEGIN}\n\nMeasured on {time.strftime('%Y-%m-%d')}: {machine()}.\n\n{table(figures)}\n\n{END}"
    PAGE.write_text(head + body + tail, encoding="utf-8")


def main() -> int:
    parser = argparse.ArgumentParser(prog="bench", description=__doc__)
    parser.add_argument("suites", nargs="*", metavar="suite", help=", ".join(SUITES))
    parser.add_argument("--json", type=Path, help="also write the figures to this file")
    parser.add_argument("--page", action="store_true", help="also write the table into docs/reference/performance.md")
    options = parser.parse_args()
    figures: list[Figure] = []
    for name in options.suites or SUITES:
        print(f"measuring {name} ...", file=sys.stderr, flush=True)
        for figure in SUITES[name].figures():
            print(figure.row(), file=sys.stderr, flush=True)
            figures.append(figure)
    print(f"\n{machine()}\n\n{table(figures)}")
    if options.json:
        options.json.write_text(json.dumps([figure.document() for figure in figures], indent=1))
    if options.page:
        write_page(figures)
    return 1 if any(figure.kept is False for figure in figures) else 0


if __name__ == "__main__":
    sys.exit(main())
