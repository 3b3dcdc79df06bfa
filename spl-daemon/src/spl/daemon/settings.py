"""Every setting of the daemon, once: a name, a default, and the sentence that explains it.

Each has an environment variable: its name in capitals behind `SPL_DAEMON_` (`max_workers` is `SPL_DAEMON_MAX_WORKERS`).
Settings are built at the door, by `Settings.load`, and handed down as this frozen value. The table in the reference is
made from `described()`.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from dataclasses import Field, dataclass, field, fields
from ipaddress import ip_address
from pathlib import Path
from typing import Any, Literal, get_args

from spl.core.errors import InvalidRequest

Isolation = Literal["auto", "fork", "spare", "reuse", "fresh"]

PREFIX = "SPL_DAEMON_"

KIB = 1024
MIB = 1024 * KIB
GIB = 1024 * MIB


def says(sentence: str, *, shown: str | None = None) -> dict[str, str | None]:
    """A field's metadata: its sentence, and what the reference prints for a default that depends on the machine."""
    return {"sentence": sentence, "shown": shown}


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """How this daemon is to behave. Sizes are bytes, times are seconds unless the name says days."""

    home: Path = field(
        default_factory=lambda: Path.home() / ".spl-daemon",
        metadata=says("The folder that holds everything the daemon keeps.", shown="~/.spl-daemon"),
    )
    host: str = field(
        default="127.0.0.1",
        metadata=says("The address to listen on; one that only this machine reaches, unless you know better."),
    )
    port: int = field(default=8765, metadata=says("The port to listen on; 0 takes a free one."))

    max_workers: int = field(
        default_factory=lambda: os.cpu_count() or 1,
        metadata=says("How many runs may execute at the same time.", shown="the number of cores"),
    )
    isolation: Isolation = field(
        default="auto",
        metadata=says(
            "How a run gets its process: `fork` of a warm parent, a `spare` interpreter, `reuse` of one process, or a "
            "`fresh` interpreter. `auto` forks where that is safe and takes a spare elsewhere."
        ),
    )
    worker_idle_seconds: float = field(default=600.0, metadata=says("How long an idle worker is kept warm."))
    worker_idle_bytes: int = field(
        default=1 * GIB,
        metadata=says("How much memory idle workers may hold together; the longest idle one goes first."),
    )
    kill_grace_seconds: float = field(
        default=10.0, metadata=says("How long a run has to end after SIGTERM before it is killed.")
    )
    drain_seconds: float = field(
        default=30.0, metadata=says("How long running work may take to finish when the daemon is asked to stop.")
    )
    run_timeout_seconds: float = field(
        default=0.0, metadata=says("The longest a run may take when it names no timeout; 0 means no limit.")
    )

    max_waiting_runs: int = field(
        default=10_000, metadata=says("How many runs may wait for a worker; more are refused with 503.")
    )
    max_batch_calls: int = field(default=10_000, metadata=says("How many calls one batch may hold."))
    max_wait_seconds: float = field(
        default=60.0, metadata=says("The longest one request may wait for something to happen before it answers.")
    )
    writer_queue: int = field(
        default=1_000, metadata=says("How many database writes may wait for the writer; more are refused with 503.")
    )

    output_bytes: int = field(
        default=10 * MIB, metadata=says("How much of a run's stdout, and of its stderr, is kept.")
    )
    result_bytes: int = field(default=2 * GIB, metadata=says("The largest result a run may return."))
    artifact_bytes: int = field(default=2 * GIB, metadata=says("The largest single artifact a run may leave."))
    max_artifacts: int = field(default=100, metadata=says("How many artifacts a run may leave."))
    body_bytes: int = field(default=4 * MIB, metadata=says("The largest request body."))
    publish_bytes: int = field(default=8 * MIB, metadata=says("The largest request body of a publish."))
    blob_bytes: int = field(default=2 * GIB, metadata=says("The largest blob that may be uploaded."))
    body_seconds: float = field(
        default=30.0, metadata=says("How long a request may stay silent while its body is awaited.")
    )

    server_read_seconds: float = field(
        default=35.0,
        metadata=says(
            "How long a server may take to answer, or stay silent within an answer, before it is asked again."
        ),
    )

    server_keep_seconds: float = field(
        default=7 * 24 * 3600.0,
        metadata=says(
            "How long a call that was made with offline_policy='queue' waits here for a server that is away; at most "
            "for as long as ended runs are kept."
        ),
    )

    keep_run_folder_days: float = field(default=7.0, metadata=says("How long the folder of an ended run is kept."))
    keep_run_folder_bytes: int = field(
        default=10 * GIB, metadata=says("How much the folders of ended runs may hold together; the oldest go first.")
    )
    keep_history_days: float = field(default=30.0, metadata=says("How long an ended run stays in the history."))
    retention_interval_seconds: float = field(
        default=600.0, metadata=says("How often old runs and environment builds are looked for.")
    )

    build_seconds: float = field(default=1800.0, metadata=says("The longest an environment build may take."))
    max_builds: int = field(default=2, metadata=says("How many environments may be built at the same time."))
    build_cache_bytes: int = field(
        default=20 * GIB, metadata=says("How much environment builds may hold together; the longest unused go first.")
    )
    build_cache_days: float = field(default=30.0, metadata=says("How long an unused environment build is kept."))
    allow_source_builds: bool = field(
        default=True,
        metadata=says(
            "Whether a package without a wheel may be built from its source, which runs code of that package."
        ),
    )
    compile_bytecode: bool = field(
        default=False, metadata=says("Whether a new environment is compiled in the background, at low priority.")
    )

    ballast_bytes: int = field(
        default=32 * MIB,
        metadata=says("Room kept aside on the disk so that a full one can still be cleaned up; 0 keeps none."),
    )

    @classmethod
    def load(cls, environ: Mapping[str, str] | None = None, **chosen: Any) -> Settings:
        """Settings from the environment; what was `chosen` explicitly (and is not None) wins.

        Raises:
            InvalidRequest: a variable does not hold what its setting needs.
        """
        environ = os.environ if environ is None else environ
        values: dict[str, Any] = {}
        for entry in fields(cls):
            explicit = chosen.get(entry.name)
            variable = variable_of(entry.name)
            if explicit is not None:
                values[entry.name] = explicit
            elif environ.get(variable):
                values[entry.name] = _parse(entry, variable, environ[variable])
        return cls(**values)

    def __post_init__(self) -> None:
        object.__setattr__(self, "home", Path(self.home).expanduser().absolute())
        object.__setattr__(self, "host", "127.0.0.1" if self.host == "localhost" else self.host)
        if self.isolation not in get_args(Isolation):
            raise InvalidRequest(f"isolation is one of {', '.join(get_args(Isolation))}, not {self.isolation!r}.")
        if not _is_address(self.host):
            raise InvalidRequest(f"host is an IP address such as 127.0.0.1, not {self.host[:80]!r}.")
        if not 0 <= self.port <= 65_535:
            raise InvalidRequest(f"port is between 0 and 65535, not {self.port}.")
        for entry in fields(self):
            value = getattr(self, entry.name)
            if isinstance(value, int | float) and not value >= 0:  # NaN is neither
                raise InvalidRequest(f"{entry.name} is not negative, but it is {value}.")
        if not self.server_read_seconds > 0:
            raise InvalidRequest("server_read_seconds is more than 0: an answer takes some time.")
        for name in ("max_workers", "max_builds", "writer_queue"):
            if getattr(self, name) < 1:
                raise InvalidRequest(f"{name} is at least 1, not {getattr(self, name)}.")


def _is_address(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return False
    return True


def variable_of(name: str) -> str:
    """The environment variable of a setting."""
    return PREFIX + name.upper()


@dataclass(frozen=True, slots=True)
class Description:
    """One line of the settings table in the reference."""

    name: str
    variable: str
    default: str
    sentence: str


def described() -> Iterator[Description]:
    """Every setting, in the order they are declared."""
    for entry in fields(Settings):
        default = entry.metadata["shown"] or str(entry.default)
        yield Description(entry.name, variable_of(entry.name), default, entry.metadata["sentence"])


_TRUE = {"1", "true", "yes", "on"}
_FALSE = {"0", "false", "no", "off"}


def _boolean(text: str) -> bool:
    lowered = text.lower()
    if lowered not in _TRUE | _FALSE:
        raise ValueError(text)
    return lowered in _TRUE


_PARSERS: dict[str, tuple[Callable[[str], Any], str]] = {
    "int": (int, "a whole number"),
    "float": (float, "a number"),
    "bool": (_boolean, "true or false"),
    "Path": (Path, "a path"),
}


def _parse(entry: Field[Any], variable: str, text: str) -> Any:
    parse, wanted = _PARSERS.get(str(entry.type), (str, "text"))
    try:
        return parse(text)
    except ValueError:
        raise InvalidRequest(f"{variable} should be {wanted}, but it is {text[:80]!r}.") from None
