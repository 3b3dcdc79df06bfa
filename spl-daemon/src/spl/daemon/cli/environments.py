"""Named base Pythons, and the cached environments built from them."""

from __future__ import annotations

import os
import shutil
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import typer

from spl.core.errors import EnvironmentBuildFailed, InvalidRequest, WaitTimedOut
from spl.daemon.cli.command import ENVIRONMENTS, Cli, command
from spl.daemon.cli.layout import duration, fields, moment, plural, size, table
from spl.daemon.cli.options import DryRun, OlderThan, WaitTimeout, Yes, confirm, parse_size
from spl.daemon.cli.waiting import Screen

app = typer.Typer()

# The whole hash, or as much of its beginning as tells it from the others.
SpecHash = Annotated[str, typer.Argument(metavar="HASH", help="The spec's hash, or a beginning that only it has.")]
HASH_CHARACTERS = 32
# A build takes seconds to minutes; a look costs the daemon next to nothing.
LOOK_SECONDS = 0.3


@command(app, "env-add", panel=ENVIRONMENTS)
def add(
    cli: Cli,
    name: Annotated[str, typer.Argument(metavar="NAME", help="What objects will ask for.")],
    python: Annotated[
        str | None,
        typer.Argument(metavar="[PYTHON]", help="The interpreter. Default: the one that runs this command."),
    ] = None,
) -> None:
    """Give a Python a name that objects are published for.

    The interpreter is run once, to prove that it is one. A name that exists is given to the new one.
    """
    known = cli.client.register_env(name, _located(python))
    cli.out.data(dict(known), lambda: [f"{known['name']} is Python {known['version']} at {known['python']}"])


@command(app, "env-list", panel=ENVIRONMENTS)
def list_environments(cli: Cli) -> None:
    """List the named Pythons."""
    known = cli.client.envs()
    rows = [(env["name"], env["version"], env["implementation"], env["python"]) for env in known.values()]
    cli.out.data(list(known.values()), lambda: cli.out.table(table(("NAME", "PYTHON", "IMPLEMENTATION", "PATH"), rows)))
    if not rows:
        cli.out.note("None yet. `spl-daemon env-add default` registers the Python that runs this command.")


@command(app, "env-remove", panel=ENVIRONMENTS)
def remove(cli: Cli, name: Annotated[str, typer.Argument(metavar="NAME", help="The name.")], yes: Yes = False) -> None:
    """Take a name away. Objects published for it stay, and need it again before they run."""
    confirm(cli, f"Remove the environment {name!r}?", yes=yes)
    receipt = cli.client.remove_env(name)
    cli.out.data(dict(receipt), list)
    cli.out.note(f"Removed {name!r}.")


@command(app, "env-build-list", panel=ENVIRONMENTS)
def list_builds(cli: Cli) -> None:
    """List the cached environments, one for each set of packages."""
    builds = cli.client.environment_builds()
    headers = ("HASH", "STATUS", "ENV", "SIZE", "TOOK", "LAST USED", "REQUIREMENTS")
    rows = [
        (
            build["spec_hash"],
            build["status"],
            build.get("env"),
            size(build.get("size_bytes")),
            duration(build.get("duration_ms")),
            moment(build.get("last_used_at")),
            plural(len(_requirements(build)), "package"),
        )
        for build in builds
    ]
    cli.out.data(list(builds), lambda: cli.out.table(table(headers, rows)))


@command(app, "env-build-show", panel=ENVIRONMENTS)
def show_build(cli: Cli, spec_hash: SpecHash) -> None:
    """Show one cached environment: what is in it, and what the installer said."""
    build = cli.client.environment_build(full_hash(cli, spec_hash))
    cli.out.data(dict(build), lambda: _card(build))


@command(app, "env-build-rebuild", panel=ENVIRONMENTS)
def rebuild(
    cli: Cli,
    spec_hash: SpecHash,
    wait: Annotated[bool, typer.Option("--wait/--no-wait", help="Stay until it is done.")] = False,
    wait_timeout: WaitTimeout = None,
) -> None:
    """Build one anew. The present one is used until the new one is there."""
    whole = full_hash(cli, spec_hash)
    build: Mapping[str, Any] = cli.client.rebuild_environment(whole)
    if wait:
        build = _built(cli, whole, wait_timeout)
    cli.out.data(dict(build), lambda: [f"{whole} is {build['status']}"])
    if not wait:
        cli.out.note(f"`spl-daemon env-build-show {whole}` tells how far it is.")


@command(app, "env-build-remove", panel=ENVIRONMENTS)
def remove_build(cli: Cli, spec_hash: SpecHash) -> None:
    """Remove one cached environment; the next run that needs it builds it again."""
    whole = full_hash(cli, spec_hash)
    receipt = cli.client.remove_environment_build(whole)
    cli.out.data(dict(receipt), list)
    cli.out.note(f"Removed {whole}.")


@command(app, "env-build-prune", panel=ENVIRONMENTS)
def prune_builds(
    cli: Cli,
    older_than_days: OlderThan = None,
    max_size: Annotated[
        str | None,
        typer.Option("--max-size", metavar="SIZE", help="Remove the longest unused until the rest fits: 20GiB."),
    ] = None,
    dry_run: DryRun = False,
    yes: Yes = False,
) -> None:
    """Remove cached environments that were not used for long. One in use always stays."""
    max_bytes = parse_size(max_size) if max_size is not None else None
    everything = older_than_days is None and max_bytes is None
    if everything:
        older_than_days = 0.0
    if not dry_run:
        which = "all cached environments that are not in use" if everything else "those cached environments"
        confirm(cli, f"Remove {which}?", yes=yes)
    pruned = cli.client.prune_environment_builds(older_than_days=older_than_days, max_bytes=max_bytes, dry_run=dry_run)
    cli.out.data(dict(pruned), lambda: fields((name, value) for name, value in pruned.items()))


def full_hash(cli: Cli, beginning: str) -> str:
    """The one spec hash that begins so.

    Raises:
        InvalidRequest: several do.
    """
    if len(beginning) >= HASH_CHARACTERS:
        return beginning
    hashes = [build["spec_hash"] for build in cli.client.environment_builds()]
    found = [spec_hash for spec_hash in hashes if spec_hash.startswith(beginning)]
    if len(found) > 1:
        raise InvalidRequest(
            f"{len(found)} environment builds begin with {beginning!r}.", hint="Give more of the hash."
        )
    return found[0] if found else beginning


def _built(cli: Cli, spec_hash: str, patience: float | None) -> Mapping[str, Any]:
    """The build once it has ended.

    Raises:
        EnvironmentBuildFailed: with the installer's words.
        WaitTimedOut: it takes longer than `patience` seconds; it goes on.
    """
    deadline = None if patience is None else time.monotonic() + patience
    with Screen(cli.out, f"Building {spec_hash}") as screen:
        while (build := cli.client.environment_build(spec_hash))["status"] == "building":
            if deadline is not None and time.monotonic() >= deadline:
                raise WaitTimedOut(
                    f"{spec_hash} is not built yet; the build goes on.",
                    hint=f"`spl-daemon env-build-show {spec_hash}` tells how far it is.",
                )
            screen.show(_last_line(build))
            time.sleep(LOOK_SECONDS)
    if build["status"] == "failed":
        raise EnvironmentBuildFailed(
            str(build.get("error") or "The environment could not be built."),
            reason="env_build_failed",
            hint=f"`spl-daemon env-build-show {spec_hash}` shows all that the installer said.",
        )
    return build


def _located(python: str | None) -> str:
    """The interpreter as the daemon can find it: the daemon has a folder and a PATH of its own."""
    if python is None:
        return sys.executable
    if os.sep in python or "/" in python or Path(python).exists():
        return str(Path(python).expanduser().absolute())
    return shutil.which(python) or python


def _requirements(build: Mapping[str, Any]) -> list[str]:
    return list(build.get("requirements") or (build.get("spec") or {}).get("requirements") or ())


def _last_line(build: Mapping[str, Any]) -> str:
    return (str(build.get("log") or "").strip().splitlines() or [""])[-1]


def _card(build: Mapping[str, Any]) -> list[str]:
    shown = {
        "hash": build["spec_hash"],
        "status": build["status"],
        "environment": build.get("env"),
        "python": build.get("python"),
        "made": moment(build.get("created_at")),
        "took": duration(build.get("duration_ms")),
        "last used": moment(build.get("last_used_at")),
        "size": size(build.get("size_bytes")),
        "requirements": "\n".join(_requirements(build)) or "none: the standard library is enough",
        "error": build.get("error"),
        "log": str(build.get("log") or "").strip() or None,
    }
    return fields(shown.items())
