"""The reference of the command line, from the commands themselves: `python -m spl.daemon.cli.reference [FILE]`."""

from __future__ import annotations

import inspect
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import typer

from spl.daemon.cli.application import HELP, PROGRAM, build
from spl.daemon.cli.command import GLOBAL_OPTIONS, PANELS
from spl.daemon.cli.exit_codes import ExitCode

_INTRODUCTION = f"""\
# Command line

<!-- Written by `python -m spl.daemon.cli.reference`. -->

{HELP}
`python -m spl.daemon` is the same as `{PROGRAM}`.

Data goes to stdout, everything else to stderr. Tables and colours are for terminals: elsewhere the text is plain, and
`NO_COLOR` or `--no-color` keeps it plain everywhere. Ids and hashes are never cut off.

With `--json`, stdout holds one JSON document and nothing else: the daemon's own answer, with times in epoch
milliseconds (`*_at`) and durations in milliseconds (`*_ms`). A command that fails prints
`{{"error": {{"code": ..., "detail": ..., "hint": ...}}}}`. Commands that go on (`logs -f`, `status --watch`)
print one document a line.

An error says what happened, and after `next:` what to do about it.
"""

_COMPLETION = f"""\
## Completion

`{PROGRAM} --install-completion` sets up completion of commands and options for the shell it is called from (bash, zsh,
fish, PowerShell); `{PROGRAM} --show-completion` prints the script instead.
"""


def markdown() -> str:
    """The whole page."""
    root: Any = typer.main.get_command(build())
    commands = list(root.commands.values())
    parts = [_INTRODUCTION, *_exit_codes(), *_global_options(commands[0])]
    for panel in PANELS:
        parts.append(f"## {panel}\n")
        parts += [_command(command) for command in commands if command.rich_help_panel == panel]
    return "\n".join([*parts, _COMPLETION])


def _exit_codes() -> Iterator[str]:
    yield "## Exit codes\n"
    yield "| code | meaning |\n| --- | --- |"
    yield "\n".join(f"| {code.value} | {code.meaning} |" for code in ExitCode) + "\n"


def _global_options(command: Any) -> Iterator[str]:
    yield "## Global options\n"
    yield "They may stand before the command or after it.\n"
    yield _rows(parameter for parameter in command.params if parameter.name in GLOBAL_OPTIONS) + "\n"


def _command(command: Any) -> str:
    own = [parameter for parameter in command.params if parameter.name not in GLOBAL_OPTIONS]
    arguments = [parameter for parameter in own if parameter.param_type_name == "argument"]
    options = [parameter for parameter in own if parameter.param_type_name == "option"]
    usage = " ".join(
        [PROGRAM, command.name, *(_metavar(one) for one in arguments), *(["[OPTIONS]"] if options else [])]
    )
    parts = [f"### {command.name}\n", f"```text\n{usage}\n```\n", f"{inspect.cleandoc(command.help or '')}\n"]
    if own:
        parts.append(f"{_rows(own)}\n")
    return "\n".join(parts)


def _rows(parameters: Any) -> str:
    lines = [f"| {_names(one)} | {_meaning(one)} |" for one in parameters]
    return "\n".join(["| option | meaning |", "| --- | --- |", *lines])


def _names(parameter: Any) -> str:
    if parameter.param_type_name == "argument":
        return f"`{_metavar(parameter)}`"
    names = ", ".join(f"`{name}`" for name in [*parameter.opts, *parameter.secondary_opts])
    takes = _takes(parameter)
    return f"{names} {takes}".rstrip()


def _metavar(parameter: Any) -> str:
    return str(parameter.metavar or parameter.name.upper())


def _takes(parameter: Any) -> str:
    """What has to follow the option."""
    if getattr(parameter, "is_flag", False):
        return ""
    if parameter.metavar:
        return f"`{parameter.metavar}`"
    return f"`{_choices(parameter)}`"


def _choices(parameter: Any) -> str:
    found = getattr(parameter.type_descriptor, "choices", None) if hasattr(parameter, "type_descriptor") else None
    return "\\|".join(str(choice) for choice in found or ())


def _meaning(parameter: Any) -> str:
    words = [str(parameter.help or "").replace("|", "\\|")]
    default = parameter.default
    if default not in (None, False, (), []) and not callable(default) and "Default:" not in words[0]:
        words.append(f"Default: `{_default(parameter)}`.")
    if parameter.envvar:
        words.append(f"Environment variable: `{parameter.envvar}`.")
    return " ".join(word for word in words if word)


def _default(parameter: Any) -> str:
    if parameter.default is True:
        return str(parameter.opts[0])
    return str(parameter.default)


def main() -> None:
    """Write the page to the file named on the command line, or to stdout."""
    page = markdown()
    if len(sys.argv) > 1:
        Path(sys.argv[1]).write_text(page, encoding="utf-8", newline="\n")
    else:
        sys.stdout.write(page)


if __name__ == "__main__":
    main()
