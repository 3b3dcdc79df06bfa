"""The command line: `spl-daemon`, and `python -m spl.daemon`."""

from __future__ import annotations

from collections.abc import Sequence


def main(arguments: Sequence[str] | None = None) -> None:
    """Run one command and leave the process with its exit code."""
    import sys

    from spl.daemon.cli.quick import quickly

    given = sys.argv[1:] if arguments is None else arguments
    code = quickly(given)
    if code is None:
        from spl.daemon.cli.application import run

        code = run(given)
    sys.exit(code)
