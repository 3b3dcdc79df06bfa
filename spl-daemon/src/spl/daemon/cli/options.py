"""Options and arguments that several commands share."""

from __future__ import annotations

from contextlib import closing, suppress
from pathlib import Path
from typing import Annotated, Literal

import typer

from spl.core.errors import InvalidRequest, SPLError
from spl.daemon.cli.command import Cli


def published_names(incomplete: str) -> list[str]:
    """What the shell offers for an object's name: nothing where no daemon answers."""
    with suppress(SPLError), closing(Cli()) as cli:
        names = [str(name) for name in cli.client.objects(scope="local", compact=True)]
        return [name for name in names if name.startswith(incomplete)]
    return []


Reference = Annotated[
    str,
    typer.Argument(
        metavar="NAME_OR_ID",
        help="An object's name, `name::function`, or a version's id.",
        autocompletion=published_names,
    ),
]
Callee = Annotated[
    str,
    typer.Argument(metavar="OBJECT", help="An object's name, or `name::function`.", autocompletion=published_names),
]
Version = Annotated[
    str | None, typer.Option("--version", metavar="N", help="The version: a number or `latest`. Default: the latest.")
]
InnerFunction = Annotated[str | None, typer.Option("--function", metavar="NAME", help="A function inside the object.")]
RunId = Annotated[str, typer.Argument(metavar="RUN", help="The run's id.")]
ArtifactsDir = Annotated[
    Path | None, typer.Option("--artifacts-dir", metavar="DIR", help="Fetch the run's artifacts into this folder.")
]
Label = Annotated[str | None, typer.Option("--display-name", metavar="TEXT", help="A label for people.")]
Isolation = Annotated[
    Literal["auto", "fork", "spare", "reuse", "fresh"] | None,
    typer.Option("--isolation", help="How a run gets its process. Default: as the object or the daemon says."),
]
WaitTimeout = Annotated[
    float | None,
    typer.Option("--wait-timeout", metavar="SECONDS", min=0, help="Stop waiting after this long; what runs goes on."),
]
Yes = Annotated[bool, typer.Option("--yes", "-y", help="Don't ask whether it is meant.")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Only say what would be removed.")]
OlderThan = Annotated[
    float | None, typer.Option("--older-than-days", metavar="DAYS", min=0, help="Only what is older than this.")
]

_UNITS = {"": 1, "k": 1024, "m": 1024**2, "g": 1024**3, "t": 1024**4}


def confirm(cli: Cli, question: str, *, yes: bool) -> None:
    """Ask before something is taken away.

    Raises:
        InvalidRequest: there is nobody to ask, and `--yes` was not given.
        typer.Abort: the answer is no.
    """
    if yes:
        return
    if not cli.out.interactive:
        raise InvalidRequest(f"{question} There is no terminal to ask at.", hint="Pass --yes if it is meant.")
    typer.confirm(question, abort=True, err=True)


def parse_size(text: str) -> int:
    """`20GiB`, `500M`, `1000`: a number of bytes.

    Raises:
        typer.BadParameter: it is none.
    """
    number = text.strip().lower().removesuffix("b").removesuffix("i")
    unit = number[-1:] if number[-1:] in _UNITS else ""
    try:
        size = float(number.removesuffix(unit)) * _UNITS[unit]
    except ValueError:
        raise typer.BadParameter(f"{text!r} is not a size such as 20GiB, 500MiB or 1000000.") from None
    if not 0 <= size < 2**62:
        raise typer.BadParameter(f"{text!r} is not a size that a disk can have.")
    return int(size)
