"""What `status` and `health` show. Asked many times a minute by scripts, so nothing heavy is imported here."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from spl.core.errors import DaemonUnreachable
from spl.daemon.cli.exit_codes import ExitCode
from spl.daemon.cli.layout import duration, fields, size
from spl.daemon.cli.session import Cli, in_our_words

NOT_RUNNING = "not_running"


def ask(cli: Cli) -> dict[str, Any]:
    """The daemon's status; `{"status": "not_running", ...}` where there is none."""
    try:
        return dict(cli.client.status())
    except DaemonUnreachable as error:
        return {"status": NOT_RUNNING, "detail": error.message, "hint": in_our_words(error).hint}


def show_status(cli: Cli) -> ExitCode:
    found = ask(cli)
    cli.out.data(found, lambda: lines(found))
    if found["status"] != NOT_RUNNING:
        return ExitCode.OK
    cli.out.note(f"next: {found['hint']}")
    return ExitCode.NOT_RUNNING


def show_health(cli: Cli) -> ExitCode:
    found = dict(cli.client.health())
    cli.out.data(found, lambda: [str(found.get("status"))])
    return ExitCode.OK


def lines(found: Mapping[str, Any]) -> Iterable[str]:
    """One screen of it."""
    if found["status"] == NOT_RUNNING:
        return ["not running", *fields([("where", found["detail"])])]
    workers, queue = found["workers"], found["queue"]
    shown = {
        "status": found["status"],
        "url": found["url"],
        "pid": found["pid"],
        "version": found["version"],
        "home": found["home"],
        "up": duration(found["uptime_ms"]),
        "isolation": found["isolation"],
        "workers": f"{workers['busy']} of {workers['max']} busy, {len(workers['idle'])} warm",
        "runs": f"{queue['running']} running, {queue['waiting']} waiting",
        "objects": found["objects"],
        "environments": found["environments"],
        "disk": f"{size(found['disk']['free_bytes'])} free",
        "server": found.get("server", "not_connected").replace("_", " "),
    }
    return fields(shown.items())
