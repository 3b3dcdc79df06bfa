"""A short cut for what scripts and prompts ask all the time: `status` and `health` without the command parser.

The parser alone takes longer to import than the question takes to answer. What it would do differently (another option,
a mistake, `--help`) is left to it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from spl.core.errors import SPLError
from spl.daemon.cli.exit_codes import ExitCode
from spl.daemon.cli.output import Output
from spl.daemon.cli.session import Cli, ended
from spl.daemon.cli.status import show_health, show_status

COMMANDS: dict[str, Callable[[Cli], ExitCode]] = {"status": show_status, "health": show_health}
FLAGS = {"--json": "json", "--quiet": "quiet", "-q": "quiet", "--no-color": "no_color"}
VALUES = {"--home", "--url"}


def quickly(arguments: Sequence[str]) -> int | None:
    """The exit code of a command that could be answered here; None where the parser is needed."""
    words, flags, values = [], {}, {}
    waiting = iter(arguments)
    for word in waiting:
        if word in FLAGS:
            flags[FLAGS[word]] = True
        elif word in VALUES:
            values[word] = next(waiting, "")
        else:
            words.append(word)
    if len(words) != 1 or words[0] not in COMMANDS or any(not value or value[0] == "-" for value in values.values()):
        return None
    home = values.get("--home")
    cli = Cli(values.get("--url"), Path(home) if home else None, Output(**flags))
    try:
        return COMMANDS[words[0]](cli)
    except (SPLError, KeyboardInterrupt) as error:
        return ended(error, cli.out)
    finally:
        cli.close()
