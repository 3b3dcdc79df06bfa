"""`spl-daemon run`: call a published object."""

from __future__ import annotations

from typing import Annotated

import typer

from spl.daemon.cli.arguments import keyword_arguments, positional_arguments
from spl.daemon.cli.command import RUNS, Cli, command
from spl.daemon.cli.options import ArtifactsDir, Callee, InnerFunction, Isolation, Version, WaitTimeout
from spl.daemon.cli.runs import print_result
from spl.daemon.cli.watching import watched

app = typer.Typer()


@command(app, "run", panel=RUNS)
def run(
    cli: Cli,
    name: Callee,
    kwargs: Annotated[
        str | None, typer.Option("--kwargs", metavar="JSON", help='Arguments by name: --kwargs "{\\"seed\\": 42}".')
    ] = None,
    kwarg: Annotated[
        list[str] | None,
        typer.Option("--kwarg", metavar="NAME=VALUE", help="One argument, as JSON or as text; may be repeated."),
    ] = None,
    kwargs_file: Annotated[
        str | None,
        typer.Option("--kwargs-file", metavar="FILE", help="Arguments by name as a JSON file; - is stdin."),
    ] = None,
    args: Annotated[
        str | None, typer.Option("--args", metavar="JSON", help="Arguments by position: --args [1,2].")
    ] = None,
    output: Annotated[
        str | None, typer.Option("--output", metavar="ALIAS", help="Of a pipeline: the output that is wanted.")
    ] = None,
    function: InnerFunction = None,
    version: Version = None,
    timeout: Annotated[
        float | None, typer.Option("--timeout", metavar="SECONDS", min=0, help="Stop the run after this long.")
    ] = None,
    isolation: Isolation = None,
    wait: Annotated[
        bool, typer.Option("--wait/--no-wait", help="Stay until it has ended, and print its value.")
    ] = True,
    wait_timeout: WaitTimeout = None,
    artifacts_dir: ArtifactsDir = None,
) -> None:
    """Run an object, and print the value it comes to.

    What it prints goes to stderr meanwhile. Ctrl-C stops the waiting; a terminal is asked whether to stop the run too.
    """
    started = cli.client.start(
        name,
        args=positional_arguments(args),
        kwargs=keyword_arguments(kwargs, kwarg or (), kwargs_file),
        output=output,
        function=function,
        version=version,
        timeout_seconds=timeout,
        isolation=isolation,
    )
    if wait:
        print_result(cli, watched(cli, started, patience=wait_timeout), artifacts_dir)
        return
    cli.out.data(started.raw, lambda: [started.id])
    cli.out.note(
        f"Run {started.id} is {started.state}. `spl-daemon run-result {started.id} --wait` waits for its value."
    )
