"""The worker's command line, run by file name with the interpreter of an environment build:

    python -I <root>/spl/runtime/__main__.py zygote --parent PID --bundle DIR --blobs DIR --control FD
    python -I <root>/spl/runtime/__main__.py serve  --parent PID --bundle DIR --blobs DIR [--once [--cold]]

`<root>` holds nothing but `spl/runtime`, so nothing else of SPLime can be imported by accident.
"""

from __future__ import annotations

import os
import sys


def main(arguments: list[str]) -> None:
    here = os.path.dirname(os.path.abspath(__file__))
    sys.path[:] = [path for path in sys.path if path != here]
    sys.path.insert(0, os.path.dirname(os.path.dirname(here)))
    command, options = arguments[0], _options(arguments[1:])
    if command == "zygote":
        from spl.runtime import zygote

        zygote.main(options["bundle"], options["blobs"], int(options["control"]), int(options["parent"]))
    elif command == "serve":
        from spl.runtime import worker

        worker.main(
            options["bundle"], options["blobs"], int(options["parent"]), once="once" in options, cold="cold" in options
        )
    else:
        raise SystemExit(f"unknown command {command!r}")


def _options(arguments: list[str]) -> dict[str, str]:
    """`--name value` and `--flag`; argparse would cost more than all the rest of the start."""
    found = {}
    while arguments:
        name = arguments.pop(0)[2:]
        has_value = bool(arguments) and not arguments[0].startswith("--")
        found[name] = arguments.pop(0) if has_value else ""
    return found


if __name__ == "__main__":
    main(sys.argv[1:])
