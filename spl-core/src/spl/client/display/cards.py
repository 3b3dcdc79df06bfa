"""The cards of handles, results, published objects and the client itself."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from spl.client.display import html
from spl.client.display.capture import capture_part
from spl.client.display.text import duration, moment, size, whole
from spl.core.errors import SPLError

if TYPE_CHECKING:
    from spl.client.client import SPLClient
    from spl.client.handles import RunBase
    from spl.client.publishing import PublishedObject
    from spl.client.results import CallResult

_TIMINGS = {"queued_ms": "waited", "build_ms": "environment", "start_ms": "started in", "run_ms": "ran"}


def run_card(run: RunBase) -> dict[str, str]:
    """A run as it is now: state, phase, progress, times, error."""
    document = run.raw
    about = {
        "state": html.state(run.status),
        "waiting for": (run.waiting or {}).get("text"),
        "phase": run.phase,
        "machine": run.machine,
        "attempt": run.attempt if (run.attempt or 0) > 1 else None,
        "reason": None if run.reason in (None, "ok") else run.reason,
        "started": moment(document.get("started_at") or document.get("created_at")),
        **_times(run.timings),
        "artifacts": ", ".join(row["name"] for row in document.get("artifacts") or ()) or None,
    }
    parts = [html.fields(about), _progress(run.progress), error_part(document.get("error"))]
    return html.bundle(repr(run), html.card(f"{run.object} v{run.version}", parts, beside=f"run {run.id}"))


def result_card(result: CallResult) -> dict[str, str]:
    """A result: the value's own repr, then files and times."""
    run = result.run
    rows = [(html.code(name), size(one.size), one.media_type) for name, one in result.artifacts.items()]
    where = f" on {run.machine}" if run.machine else ""
    parts = [
        html.pre(whole(result.value)),
        html.table(("artifact", "size", "type"), rows) if rows else None,
        html.soft_line(f"{run.object} v{run.version}, {_took(run)}{where}, run {run.id}"),
    ]
    return html.bundle(repr(result), html.card("Result", parts))


def published_card(published: PublishedObject) -> dict[str, str]:
    """What was published, and what was captured for it."""
    about = {
        "entrypoint": html.code(published.entrypoint),
        "kind": published.kind,
        "env": published.env,
        "environment": str(published.raw.get("environment_build", {}).get("status") or "") or None,
    }
    notes = [html.soft_line(note) for note in published.notes]
    title = f"{published.name} v{published.version}"
    said = "published" if published.created else "this content was published before"
    parts = [html.fields(about), *notes, capture_part(published.capture)]
    return html.bundle(repr(published), html.card(title, parts, beside=said))


def error_part(error: Mapping[str, Any] | None) -> html.Markup | None:
    """What a run failed with: the sentence first, then the author's lines."""
    if not error:
        return None
    said = f"{error.get('type') or 'Error'}: {error.get('message') or ''}"
    lines = []
    for frame in error.get("frames") or ():
        lines.append(f"{frame['file'].replace(chr(92), '/').rpartition('/')[2]}:{frame['line']} in {frame['function']}")
        if frame.get("source"):
            lines.append(f"    {frame['source']}")
    trace = html.details("traceback", html.pre("\n".join(lines))) if lines else html.Markup("")
    return html.Markup(f'<div class="spl-bad">{html.text(said, 1_000)}</div>{trace.html}', said)


def client_card(client: SPLClient) -> dict[str, str]:
    """The daemon a client speaks to. It asks the daemon, and says so if that does not answer."""
    try:
        status = client.status()
    except SPLError as error:
        return html.bundle(repr(client), html.card("SPLClient", [html.state("unreachable"), html.pre(str(error))]))
    connection = _connection(client)
    workers, queue = status.get("workers") or {}, status.get("queue") or {}
    about = {
        "daemon": html.code(status.get("url")),
        "home": status.get("home"),
        "version": status.get("version"),
        "objects": status.get("objects"),
        "environments": status.get("environments"),
        "runs": f"{queue.get('running', 0)} running, {queue.get('waiting', 0)} waiting",
        "workers": f"{workers.get('busy', 0)} of {workers.get('max', '?')} busy",
        "free disk": size((status.get("disk") or {}).get("free_bytes")),
        "server": connection,
    }
    return html.bundle(repr(client), html.card("SPLClient", [html.fields(about)]))


def _connection(client: SPLClient) -> str:
    """Which server the daemon is connected to, in a few words."""
    try:
        told = client.current_server_connection()
    except SPLError:
        return "not known"
    if not told.get("server_url"):
        return "not connected"
    return f"{told.get('status')}: {told['server_url']} as {told.get('machine_id')}"


def _times(timings: Mapping[str, float]) -> dict[str, str]:
    return {word: duration(timings[name]) for name, word in _TIMINGS.items() if timings.get(name)}


def _took(run: RunBase) -> str:
    taken = run.timings.get("run_ms")
    return f"took {duration(taken)}" if taken is not None else run.status


def _progress(told: Mapping[str, Any] | None) -> html.Markup | None:
    if not told:
        return None
    bar = html.progress("progress", told.get("done") or 0, told.get("total"))
    return html.Markup(f"<div>{bar.html} {html.text(told.get('text'))}</div>")
