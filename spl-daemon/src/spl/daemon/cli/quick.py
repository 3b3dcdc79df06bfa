"""A short cut for what is asked all the time, without the command parser: `status`, `health`, and a plain `serve`.

The parser alone takes longer to import than the question takes to answer. What it would do differently (another option,
a mistake, `--help`) is left to it.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import fields
from pathlib import Path

from spl.core.errors import InvalidRequest, SPLError
from spl.daemon.cli.exit_codes import ExitCode
from spl.daemon.cli.output import Output
from spl.daemon.cli.session import Cli, ended
from spl.daemon.cli.status import show_health, show_status

COMMANDS: dict[str, Callable[[Cli], ExitCode]] = {"status": show_status, "health": show_health}
FLAGS = {"--json": "json", "--quiet": "quiet", "-q": "quiet", "--no-color": "no_color"}
VALUES = {"--home", "--url"}


def quickly(arguments: Sequence[str]) -> int | None:
    """The exit code of a command that could be answered here; None where the parser is needed."""
    if "serve" in arguments:
        return _serve_quickly(arguments)
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


def _serve_quickly(arguments: Sequence[str]) -> int | None:
    """`serve` with settings that are written out as `--name value`; None for anything else, mistakes among it."""
    from spl.daemon.cli.serving import be_the_daemon, is_loopback
    from spl.daemon.settings import Settings, variable_of

    options = {f"--{entry.name.replace('_', '-')}": entry for entry in fields(Settings) if entry.type != "bool"}
    given = {**os.environ}
    waiting = iter([word for word in arguments if word != "serve"])
    for word in waiting:
        value = next(waiting, "")
        if word not in options or not value or value[0] == "-":
            return None
        given[variable_of(options[word].name)] = value
    try:
        settings = Settings.load(given)
    except InvalidRequest:
        return None
    if "SPL_DAEMON_LOG_LEVEL" in given or not is_loopback(settings.host):
        return None
    try:
        be_the_daemon(Output(), settings)
    except (SPLError, KeyboardInterrupt) as error:
        return ended(error, Output())
    return 0
