"""What `doctor` looks at: each check says what it found and, where that is not well, how to mend it."""

from __future__ import annotations

import os
import shutil
import sqlite3
import stat
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from spl.core.errors import DaemonUnreachable, SPLError
from spl.core.wire.base import Flow, get
from spl.core.wire.endpoint import DEFAULT_PORT, Endpoint, read_endpoint
from spl.daemon.cli.command import Cli
from spl.daemon.cli.layout import duration, plural, size
from spl.daemon.home import Home

OK, WARNING, FAILED = "ok", "warning", "failed"

OLDEST_PYTHON = (3, 13)
# The version that mended a rare corruption of the write-ahead log; our single writer already avoids it.
GOOD_SQLITE = (3, 51, 3)
# Below this nothing can be written; below the share, it is time to look.
DISK_FLOOR, DISK_SHARE = 256 * 1024**2, 0.10
# A worker has a handful of files open, a connection one; this many are enough for both at full load.
OPEN_FILES = 1024
# Machines that keep their clocks by NTP are within a tenth of this; one-time codes live for ten minutes.
CLOCK_SECONDS = 5.0


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was looked at."""

    name: str
    outcome: str
    found: str
    fix: str | None = None

    def to_json(self, number: int) -> dict[str, Any]:
        return {"number": number, "name": self.name, "outcome": self.outcome, "found": self.found, "fix": self.fix}

    def lines(self, number: int) -> list[str]:
        head = f"{number:2}. {self.outcome:<7}  {self.name}: {self.found}"
        return [head, f"             fix: {self.fix}"] if self.fix else [head]


@dataclass(slots=True)
class Patient:
    """What the checks look at."""

    cli: Cli
    home: Home
    endpoint: Endpoint | None
    status: dict[str, Any] | None = None
    refusal: SPLError | None = None


def examine(cli: Cli) -> Iterator[Check]:
    """All checks, in the order in which one thing needs the other."""
    patient = _admitted(cli)
    for check in CHECKS:
        try:
            yield check(patient)
        except Exception as error:
            name = check.__name__.strip("_").replace("_", " ")
            yield Check(name, FAILED, f"could not be checked: {type(error).__name__}: {error}")


def _admitted(cli: Cli) -> Patient:
    """The daemon that is meant, as far as it can be reached."""
    status, refusal = None, None
    try:
        status = dict(cli.client.status())
    except SPLError as error:
        refusal = error
    chosen = cli.home or (Path(status["home"]) if status else None) or os.environ.get("SPL_DAEMON_HOME")
    home = Home(Path(chosen).expanduser().absolute() if chosen else Path.home() / ".spl-daemon")
    return Patient(cli, home, read_endpoint(home.endpoint_file), status, refusal)


def python_version(patient: Patient) -> Check:
    found = ".".join(map(str, sys.version_info[:3]))
    if sys.version_info[:2] < OLDEST_PYTHON:
        return Check("python", FAILED, found, f"Install it on Python {'.'.join(map(str, OLDEST_PYTHON))} or newer.")
    return Check("python", OK, f"{found} at {sys.executable}")


def home_folder(patient: Patient) -> Check:
    root = patient.home.root
    if not root.exists():
        return Check("home", OK, f"{root} is not there yet; `spl-daemon serve` makes it")
    if sys.platform != "win32":
        found = root.stat()
        if found.st_uid != os.geteuid():
            return Check("home", FAILED, f"{root} belongs to another user", "Pass a --home of your own.")
        if stat.S_IMODE(found.st_mode) & 0o077:
            return Check("home", FAILED, f"others may look into {root}", f"chmod 700 {root}")
    try:
        with tempfile.TemporaryFile(dir=root):
            return Check("home", OK, f"{root} is private and can be written")
    except OSError as error:
        return Check("home", FAILED, f"{root} can't be written: {error.strerror}", "Mend its permissions.")


def disk_space(patient: Patient) -> Check:
    place = next(folder for folder in (patient.home.root, *patient.home.root.parents) if folder.exists())
    usage = shutil.disk_usage(place)
    found = f"{size(usage.free)} of {size(usage.total)} free"
    fix = "`spl-daemon env-build-prune` and `spl-daemon run-prune` make room."
    if usage.free < DISK_FLOOR:
        return Check("disk", FAILED, found, fix)
    low = usage.free < usage.total * DISK_SHARE
    return Check("disk", WARNING, found, fix) if low else Check("disk", OK, found)


def endpoint_file(patient: Patient) -> Check:
    file, endpoint = patient.home.endpoint_file, patient.endpoint
    if endpoint is None:
        if file.exists():
            return Check("endpoint file", FAILED, f"{file} can't be read", f"Remove {file}, then start the daemon.")
        return Check("endpoint file", OK, f"none in {patient.home.root}: no daemon has it")
    from spl.client.discovery import process_is_gone

    if process_is_gone(endpoint.pid):
        found = f"{file} names pid {endpoint.pid}, which is gone"
        return Check("endpoint file", WARNING, found, "`spl-daemon serve` replaces it.")
    return Check("endpoint file", OK, f"{endpoint.url}, pid {endpoint.pid}")


def daemon_answers(patient: Patient) -> Check:
    if patient.status is not None:
        return Check("daemon", OK, f"answers at {patient.status['url']}, and knows our token")
    refusal = patient.refusal
    assert refusal is not None
    if isinstance(refusal, DaemonUnreachable):
        return Check("daemon", FAILED, refusal.message, refusal.hint)
    return Check("daemon", FAILED, f"answers, but refuses us: {refusal.message}", refusal.hint)


def daemon_version(patient: Patient) -> Check:
    from spl.daemon import __version__

    if patient.status is None:
        return Check("version", OK, f"{__version__}; the daemon's is not known")
    running = patient.status["version"]
    if running != __version__:
        return Check("version", WARNING, f"{__version__} here, {running} running", "Restart the daemon.")
    return Check("version", OK, __version__)


def port(patient: Patient) -> Check:
    import socket

    if patient.status is not None:
        return Check("port", OK, f"{patient.status['url']} is the daemon's")
    number = patient.endpoint.port if patient.endpoint else int(os.environ.get("SPL_DAEMON_PORT") or DEFAULT_PORT)
    with socket.socket() as knock:
        knock.settimeout(1.0)
        if knock.connect_ex(("127.0.0.1", number)) == 0:
            found = f"something else listens on 127.0.0.1:{number}"
            return Check("port", FAILED, found, f"Stop it, or `spl-daemon serve --port {number + 1}`.")
    return Check("port", OK, f"{number} is free")


def database(patient: Patient) -> Check:
    """The pages of the file, looked at only while no daemon has it open."""
    file = patient.home.database
    if not file.exists():
        return Check("database", OK, "not there yet; the daemon makes it")
    if patient.status is not None:
        return Check("database", OK, f"{file}, open in the running daemon")
    connection = sqlite3.connect(f"{file.absolute().as_uri()}?mode=ro", uri=True)
    try:
        (answer,) = connection.execute("PRAGMA quick_check(1)").fetchone()
    except sqlite3.Error as error:
        answer = str(error)
    finally:
        connection.close()
    if answer != "ok":
        return Check("database", FAILED, f"{file}: {answer}", "Restore it from a backup, or move the home away.")
    return Check("database", OK, f"{file} is whole")


def sqlite_version(patient: Patient) -> Check:
    if sqlite3.sqlite_version_info < GOOD_SQLITE:
        wanted = ".".join(map(str, GOOD_SQLITE))
        found = f"{sqlite3.sqlite_version}; {wanted} mends a rare fault that the daemon already steers around"
        return Check("sqlite", WARNING, found, "A newer Python brings a newer one; nothing is urgent.")
    return Check("sqlite", OK, sqlite3.sqlite_version)


def environments(patient: Patient) -> Check:
    if patient.status is None:
        return Check("environments", OK, "not known: the daemon is not running")
    known = patient.cli.client.envs()
    if not known:
        return Check("environments", WARNING, "none is registered", "spl-daemon env-add default")
    gone = [name for name, env in known.items() if not Path(env["python"]).exists()]
    if gone:
        found = f"the Python of {', '.join(gone)} is gone"
        return Check("environments", FAILED, found, f"spl-daemon env-add {gone[0]} PYTHON")
    return Check("environments", OK, ", ".join(f"{name} (Python {env['version']})" for name, env in known.items()))


def environment_builds(patient: Patient) -> Check:
    if patient.status is None:
        return Check("environment builds", OK, "not known: the daemon is not running")
    builds = patient.cli.client.environment_builds()
    failed = [build["spec_hash"] for build in builds if build["status"] == "failed"]
    if failed:
        found = f"{len(failed)} of {len(builds)} failed, the last one {failed[0]}"
        return Check("environment builds", WARNING, found, f"spl-daemon env-build-show {failed[0]}")
    return Check("environment builds", OK, f"{len(builds)} cached")


def installer(patient: Patient) -> Check:
    import importlib.util

    if importlib.util.find_spec("uv") is not None:
        from uv import find_uv_bin

        return Check("installer", OK, f"uv at {find_uv_bin()}")
    return Check("installer", WARNING, "uv is missing; pip is used, which is slower", "pip install uv")


def open_files(patient: Patient) -> Check:
    if sys.platform == "win32":
        return Check("open files", OK, "not limited here")
    import resource

    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft < OPEN_FILES:
        return Check("open files", WARNING, f"at most {soft}", f"ulimit -n {min(hard, 4 * OPEN_FILES)}")
    return Check("open files", OK, f"at most {soft}")


def _asked(path: str) -> Flow[dict[str, Any]]:
    response = yield get(path)
    found: dict[str, Any] = response.json()
    return found


def server_link(patient: Patient) -> Check:
    if patient.status is None:
        return Check("server", OK, "not known: the daemon is not running")
    link, outbox = patient.cli.do(_asked("/server")), patient.cli.do(_asked("/server/outbox"))
    waiting = f", {outbox['waiting']} events wait to be told" if outbox["waiting"] else ""
    waiting += f", {plural(outbox['calls'], 'call')} kept for it" if outbox["calls"] else ""
    if outbox["dead"]:
        first = outbox["dead"][0]
        about = f"{first['kind']} of {first['run_id']}" if first["run_id"] else first["kind"]
        found = f"{len(outbox['dead'])} events will never be taken, the last one {about}: {first['answer']}"
        return Check("server", WARNING, found, "GET /server/outbox lists them; all they tell of is still here.")
    if link["status"] == "not_connected":
        return Check("server", OK, "not connected to one")
    if link["status"] == "connected":
        return Check("server", OK, f"{link['server_url']} as {link['owner']}'s {link['machine_id']}{waiting}")
    fix = "It is tried again by itself." if link["status"] == "offline" else "spl-daemon join URL CODE"
    return Check("server", WARNING, f"{link['server_url']}: {link['status']}, {link['last_error']}{waiting}", fix)


def clock(patient: Patient) -> Check:
    """This machine's clock against its server's: what expires, and what was when, is told by both."""
    if patient.status is None:
        return Check("clock", OK, "not known: the daemon is not running")
    skew = patient.cli.do(_asked("/server")).get("clock_skew_ms")
    if skew is None:
        return Check("clock", OK, "not compared: no server has been asked the time")
    seconds = abs(skew) / 1000
    if seconds <= CLOCK_SECONDS:
        return Check("clock", OK, f"within {max(seconds, 0.1):.1f} s of the server's")
    where = "ahead of" if skew > 0 else "behind"
    found = f"{duration(abs(skew))} {where} the server's: times of runs look wrong, and codes may expire early"
    return Check("clock", WARNING, found, "Set it: `timedatectl set-ntp true`, or look at the server's clock.")


CHECKS: tuple[Callable[[Patient], Check], ...] = (
    python_version,
    home_folder,
    disk_space,
    endpoint_file,
    daemon_answers,
    daemon_version,
    port,
    database,
    sqlite_version,
    environments,
    environment_builds,
    installer,
    open_files,
    server_link,
    clock,
)
