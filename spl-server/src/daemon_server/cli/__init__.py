"""`spl-server`: one command, one function."""

from __future__ import annotations

import sys
from collections.abc import Sequence


def main(arguments: Sequence[str] | None = None) -> None:
    """The console command; ends the process with the command's exit code."""
    from daemon_server.cli.application import run

    sys.exit(run(list(sys.argv[1:] if arguments is None else arguments)))
