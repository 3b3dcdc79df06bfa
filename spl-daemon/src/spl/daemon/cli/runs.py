"""Runs that exist already: list, show, cancel, results, artifacts."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from spl.core.errors import ResultNotReady
from spl.daemon.cli.command import RUNS, Cli, command
from spl.daemon.cli.layout import duration, fields, moment, plural, size, table, value_text
from spl.daemon.cli.options import ArtifactsDir, DryRun, OlderThan, RunId, WaitTimeout, Yes, confirm
from spl.daemon.cli.values import plain_value
from spl.daemon.cli.watching import watched

if TYPE_CHECKING:
    from spl.client.handles import Run

app = typer.Typer()

State = Literal[
    "queued", "running", "cancelling", "succeeded", "failed", "cancelled", "timed_out", "waiting_for_server", "expired"
]  # fmt: skip
Scope = Literal["local", "server", "waiting"]


@command(app, "run-list", panel=RUNS)
def list_runs(
    cli: Cli,
    state: Annotated[State | None, typer.Option("--state", help="Only runs in this state.")] = None,
    of: Annotated[str | None, typer.Option("--object", metavar="NAME", help="Only runs of this object.")] = None,
    batch: Annotated[str | None, typer.Option("--batch", metavar="ID", help="Only runs of this batch.")] = None,
    limit: Annotated[int, typer.Option("--limit", min=1, max=100_000, help="How many at most.")] = 50,
    scope: Annotated[
        Scope,
        typer.Option("--scope", help="This daemon's, its server's, or the calls kept here until the server is back."),
    ] = "local",
) -> None:
    """List the latest runs, newest first."""
    listed = cli.client.runs(state=state, object=of, batch=batch, limit=limit, scope=scope)
    found = [dict(run) for run in _raw(listed)]
    rows = [
        (
            run["id"],
            _about(run),
            _target(run),
            moment(run["created_at"]),
            duration((run.get("timings") or {}).get("run_ms")),
        )
        for run in found
    ]
    cli.out.data(found, lambda: cli.out.table(table(("RUN", "STATE", "OBJECT", "CREATED", "TOOK"), rows)))


@command(app, "run-show", panel=RUNS)
def show(cli: Cli, run: RunId) -> None:
    """Show one run: its state, times, error and artifacts."""
    found = cli.client.run(run).raw
    cli.out.data(found, lambda: _card(found))


@command(app, "run-cancel", panel=RUNS)
def cancel(cli: Cli, run: RunId) -> None:
    """Stop a run. Stopping one that has ended changes nothing."""
    found = cli.client.cancel(run).raw
    cli.out.data(found, lambda: [f"{found['id']} is {found['state']}"])


@command(app, "run-result", panel=RUNS)
def result(
    cli: Cli,
    run: RunId,
    wait: Annotated[bool, typer.Option("--wait/--no-wait", help="Stay until the run has ended.")] = False,
    wait_timeout: WaitTimeout = None,
    artifacts_dir: ArtifactsDir = None,
) -> None:
    """Print the value that a run came to."""
    handle = cli.client.run(run)
    if not handle.ended and not wait and wait_timeout is None:
        raise ResultNotReady(
            f"Run {run} has not ended yet; it is {handle.state}.", hint=f"`spl-daemon run-result {run} --wait` waits."
        )
    print_result(cli, watched(cli, handle, patience=wait_timeout), artifacts_dir)


@command(app, "run-prune", panel=RUNS)
def prune(
    cli: Cli,
    older_than_days: OlderThan = None,
    state: Annotated[
        list[str] | None,
        typer.Option("--state", metavar="STATE", help="Only `succeeded`, `failed`, `cancelled` or `timed_out` ones."),
    ] = None,
    dry_run: DryRun = False,
    yes: Yes = False,
) -> None:
    """Forget runs that have ended: their rows, outputs and artifacts."""
    if not dry_run:
        older = f" older than {older_than_days:g} days" if older_than_days is not None else ""
        confirm(
            cli,
            f"Forget all ended runs{older}?" if not state else f"Forget {' and '.join(state)} runs{older}?",
            yes=yes,
        )
    pruned = cli.client.prune_runs(older_than_days=older_than_days, states=state or None, dry_run=dry_run)
    cli.out.data(dict(pruned), lambda: fields(pruned.items()))


@command(app, "artifact-list", panel=RUNS)
def list_artifacts(cli: Cli, run: RunId) -> None:
    """List the files that a run left."""
    found = list(cli.client.run(run).raw.get("artifacts") or ())
    rows = [(row["name"], size(row["size"]), row["media_type"], row["sha256"]) for row in found]
    cli.out.data(found, lambda: cli.out.table(table(("NAME", "SIZE", "TYPE", "SHA256"), rows)))


@command(app, "artifact-get", panel=RUNS)
def get_artifact(
    cli: Cli,
    run: RunId,
    name: Annotated[str, typer.Argument(metavar="NAME", help="The artifact's name.")],
    target: Annotated[
        Path, typer.Argument(metavar="[TARGET]", help="The folder or file to save it to.", show_default=False)
    ] = Path(),
) -> None:
    """Fetch one file that a run left."""
    place = _fetched(cli, run, name, target)
    cli.out.data({"run": run, "name": name, "path": str(place)}, lambda: [str(place)])


def print_result(cli: Cli, handle: Run, artifacts_dir: Path | None) -> None:
    """The value of a run that has ended, and where its files are.

    Raises:
        RunFailed: it came to none.
    """
    collected = handle.collect(artifacts_dir=artifacts_dir, progress=False)
    places = {name: str(path) for name, path in collected.downloaded_artifacts.items()}
    value = plain_value(handle.raw.get("result"), collected.value)
    document = {**handle.raw, "value": value, "downloaded_artifacts": places}
    cli.out.data(document, lambda: value_text(value).split("\n"))
    for path in places.values():
        cli.out.note(f"saved {path}")
    if not places and (left := handle.raw.get("artifacts")):
        cli.out.note(f"It left {plural(len(left), 'artifact')}: `spl-daemon artifact-list {handle.id}`.")


def _fetched(cli: Cli, run: str, name: str, target: Path) -> Path:
    """Save one artifact into a folder, or under the name of a file."""
    import tempfile

    from spl.client.results import Artifacts

    artifact = Artifacts(run, cli.client.run(run).raw.get("artifacts") or (), cli.do)[name]
    if target.is_dir() or str(target).endswith(("/", "\\")):
        return artifact.save(target)
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".spl-", dir=target.parent) as folder:
        return artifact.save(folder).replace(target)


def _raw(rows: Any) -> list[Mapping[str, Any]]:
    return [row.raw if hasattr(row, "raw") else row for row in rows]


def _took(run: Mapping[str, Any]) -> float | None:
    return (run.get("timings") or {}).get("run_ms")


def _about(run: Mapping[str, Any]) -> str:
    """The state, and what explains it."""
    if run["state"] in ("queued", "running") and run.get("phase"):
        return f"{run['state']} ({run['phase']})"
    reason = run.get("reason")
    return run["state"] if reason in (None, "ok", run["state"]) else f"{run['state']} ({reason})"


def _target(run: Mapping[str, Any]) -> str:
    inside = f"::{run['function']}" if run.get("function") else ""
    return f"{run['object']}{inside} v{run['version']}"


def _card(run: Mapping[str, Any]) -> list[str]:
    error = run.get("error") or {}
    timings = (f"{name.removesuffix('_ms')} {duration(took)}" for name, took in (run.get("timings") or {}).items())
    shown = {
        "run": run["id"],
        "state": _about(run),
        "object": _target(run),
        "output": run.get("output"),
        "isolation": run.get("isolation"),
        "batch": run.get("batch_id"),
        "created": moment(run["created_at"]),
        "started": moment(run.get("started_at")),
        "ended": moment(run.get("finished_at")),
        "times": ", ".join(timings) or None,
        "error": f"{error.get('type') or error.get('code') or ''}: {error.get('message') or ''}" if error else None,
        "node": error.get("node"),
        "traceback": "\n".join(_frames(error)) or None,
        "artifacts": "\n".join(f"{a['name']} ({size(a['size'])})" for a in run.get("artifacts") or ()) or None,
    }
    return fields(shown.items())


def _frames(error: Mapping[str, Any]) -> list[str]:
    return [
        f"{frame['file']}:{frame['line']} in {frame['function']}: {str(frame.get('source') or '').strip()}"
        for frame in error.get("frames") or ()
    ]
