"""One invocation of the command line: which daemon is meant, how to speak, and how an error ends it."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from spl.core.errors import DaemonUnreachable, RunFailed, SPLError
from spl.daemon.cli.exit_codes import ExitCode, exit_code
from spl.daemon.cli.output import Output

if TYPE_CHECKING:
    from spl.client import SPLClient
    from spl.core.wire.base import Flow


@dataclass
class Cli:
    """One invocation: which daemon is meant, and how to speak."""

    url: str | None = None
    home: Path | None = None
    out: Output = field(default_factory=Output)
    _client: SPLClient | None = field(default=None, repr=False)

    @property
    def client(self) -> SPLClient:
        """The client of the daemon that is meant; looked for when it is first needed."""
        if self._client is None:
            from spl.client import SPLClient

            self._client = SPLClient(self.url, daemon_home=self.home)
        return self._client

    def do[T](self, flow: Flow[T]) -> T:
        """Run a conversation with the daemon that the client has no verb for."""
        return self.client._do(flow)

    def close(self) -> None:
        if self._client is not None:
            self._client.close()
            self._client = None


def merged(
    before: Cli | None,
    url: str | None = None,
    home: Path | None = None,
    json: bool = False,
    quiet: bool = False,
    no_color: bool = False,
) -> Cli:
    """What was said before the command, with what was said after it on top."""
    said = before or Cli()
    out = Output(said.out.json or json, said.out.quiet or quiet, said.out.no_color or no_color)
    return Cli(url or said.url, home or said.home, out)


def ended(error: BaseException, out: Output) -> ExitCode:
    """Say what went wrong; the exit code for it."""
    if isinstance(error, SPLError):
        out.error(in_our_words(error))
    return exit_code(error)


def in_our_words[E: SPLError](error: E) -> E:
    """The client's hints name its own verbs; here they are commands and options."""
    if isinstance(error, DaemonUnreachable) and error.hint and "base_url" in error.hint:
        error.hint = "Start it with `spl-daemon serve`, or say which one is meant with --home or --url."
    if isinstance(error, RunFailed) and error.run_id and error.hint is None:
        error.hint = f"`spl-daemon logs --run {error.run_id}` shows what it printed, `run-show` all about it."
    return error
