"""Every setting of the server, once: a name, a default, and the sentence that explains it.

Each has an environment variable: its name in capitals behind `SPL_SERVER_` (`port` is `SPL_SERVER_PORT`).
Settings are built at the door, by `Settings.load`, and handed down as this frozen value.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import Field, dataclass, field, fields
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network
from pathlib import Path
from typing import Any, Literal, get_args
from urllib.parse import urlsplit

from daemon_server.errors import BadSetting

type LogFormat = Literal["json", "text"]
type Network = IPv4Network | IPv6Network

PREFIX = "SPL_SERVER_"

KIB = 1024
MIB = 1024 * KIB
GIB = 1024 * MIB
DAY_SECONDS = 86_400.0


def says(sentence: str, *, shown: str | None = None) -> dict[str, str | None]:
    """A field's metadata: its sentence, and what the reference prints for a default that depends on the machine."""
    return {"sentence": sentence, "shown": shown}


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """How this server is to behave. Sizes are bytes, times are seconds unless the name says days or minute."""

    home: Path = field(
        default_factory=lambda: Path.home() / ".spl-server",
        metadata=says("The folder that holds the database, the blobs and the pepper.", shown="~/.spl-server"),
    )
    host: str = field(
        default="127.0.0.1", metadata=says("The address to listen on; a proxy with TLS stands before it.")
    )
    port: int = field(default=9876, metadata=says("The port to listen on; 0 takes a free one."))
    database_url: str = field(
        default="",
        metadata=says("Where PostgreSQL is (`postgresql://user@host/name`); empty keeps a SQLite file in the home."),
    )
    public_url: str = field(
        default="",
        metadata=says(
            "What browsers call this server (`https://splime.io`, or with the path that a proxy puts it below);"
            " the console's requests must come from it."
        ),
    )
    trusted_proxies: str = field(
        default="",
        metadata=says("Networks, with commas between, whose `X-Forwarded-For` and `X-Forwarded-Proto` are believed."),
    )
    log_format: LogFormat = field(default="json", metadata=says("How log lines are written: `json` or `text`."))
    metrics_port: int = field(
        default=0, metadata=says("A loopback port where `/metrics` needs no token; 0 opens none.")
    )

    database_threads: int = field(default=8, metadata=says("How many units of work PostgreSQL is given at a time."))
    writer_queue: int = field(
        default=1_000, metadata=says("How many database writes may wait; more are refused with 503.")
    )
    drain_seconds: float = field(
        default=30.0, metadata=says("How long requests that run may take to end when the server is asked to stop.")
    )
    ballast_bytes: int = field(
        default=32 * MIB,
        metadata=says("Room kept aside on the disk so that a full one can still be cleaned up; 0 keeps none."),
    )

    body_bytes: int = field(default=1 * MIB, metadata=says("The largest request body."))
    publish_bytes: int = field(default=4 * MIB, metadata=says("The largest request body of a publish."))
    sync_bytes: int = field(default=1 * MIB, metadata=says("The largest request body of a daemon's sync."))
    chunk_bytes: int = field(default=8 * MIB, metadata=says("The largest piece of an upload."))
    blob_bytes: int = field(default=2 * GIB, metadata=says("The largest blob, artifact or result."))
    body_seconds: float = field(
        default=30.0, metadata=says("How long a request may stay silent while its body is awaited.")
    )
    max_connections: int = field(default=5_000, metadata=says("How many connections are held; more get 503."))
    max_streams: int = field(default=200, metadata=says("How many event streams one user may hold open."))
    max_wait_seconds: float = field(
        default=25.0, metadata=says("The longest one request may wait for something to happen before it answers.")
    )

    failures_per_minute: int = field(
        default=30, metadata=says("How many refused credentials one address may send in a minute.")
    )
    requests_per_minute: int = field(default=1_200, metadata=says("How many requests one token may make in a minute."))
    machine_requests_per_minute: int = field(
        default=12_000,
        metadata=says("How many requests one machine may make in a minute; each of its runs needs some."),
    )
    runs_per_minute: int = field(
        default=120, metadata=says("How many runs one library execution token may create in a minute.")
    )
    publishes_per_minute: int = field(default=60, metadata=says("How many publishes one token may make in a minute."))
    logins_per_minute: int = field(default=10, metadata=says("How many logins one address may try in a minute."))

    sync_seconds: float = field(default=10.0, metadata=says("How often a machine reports when nothing happens."))
    machine_lease_seconds: float = field(
        default=45.0, metadata=says("How long a silent machine is believed to be there: four reports may be lost.")
    )
    run_lease_seconds: float = field(
        default=45.0, metadata=says("How long a run is believed to go on after its machine's last word.")
    )
    claim_lease_seconds: float = field(
        default=30.0, metadata=says("How long a machine may take from a claim to asking for the start.")
    )
    reaper_seconds: float = field(default=5.0, metadata=says("How often leases that have run out are looked for."))
    lost_after_seconds: float = field(
        default=900.0, metadata=says("How long a called run may stay unknown before it is lost.")
    )
    queued_lost_after_seconds: float = field(
        default=DAY_SECONDS, metadata=says("How long a queued run may stay unknown before it is lost.")
    )
    queue_ttl_seconds: float = field(
        default=7 * DAY_SECONDS, metadata=says("How long a run may wait for a machine before it expires.")
    )
    retry_grace_seconds: float = field(
        default=15.0, metadata=says("How long after its lease an attempt that may be repeated is left alone.")
    )
    cancel_seconds: float = field(
        default=60.0, metadata=says("How long a machine has to confirm a cancel before it counts as done.")
    )
    run_timeout_seconds: float = field(
        default=3_600.0, metadata=says("The timeout of runs made with an execution token, which must have one.")
    )
    max_queued_per_machine: int = field(default=10_000, metadata=says("How many runs may wait for one machine."))
    max_active_per_owner: int = field(
        default=1_000, metadata=says("How many runs that are not waiting one owner may have.")
    )
    max_batch_calls: int = field(default=10_000, metadata=says("How many calls one batch may hold."))
    max_artifacts: int = field(default=100, metadata=says("How many artifacts a run may leave."))
    run_artifact_bytes: int = field(default=10 * GIB, metadata=says("How much the artifacts of one run may hold."))
    max_run_events: int = field(default=10_000, metadata=says("How many events of one run are kept."))
    run_log_bytes: int = field(default=10 * MIB, metadata=says("How much of a run's stdout, and stderr, is kept."))

    keep_runs_days: float = field(default=30.0, metadata=says("How long an ended run is kept."))
    keep_failed_runs_days: float = field(default=90.0, metadata=says("How long a run that did not succeed is kept."))
    keep_audit_days: float = field(default=365.0, metadata=says("How long audit rows are kept."))
    keep_inbox_days: float = field(
        default=30.0, metadata=says("How long an event or a request that is repeated gets its first answer.")
    )
    retention_interval_seconds: float = field(default=600.0, metadata=says("How often what is old is looked for."))

    @classmethod
    def load(cls, environ: Mapping[str, str] | None = None, **chosen: Any) -> Settings:
        """Settings from the environment; what was `chosen` explicitly (and is not None) wins.

        Raises:
            BadSetting: a variable does not hold what its setting needs.
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
        object.__setattr__(self, "public_url", self.public_url.rstrip("/"))
        if not _is_address(self.host):
            raise BadSetting(f"host is an IP address such as 127.0.0.1, not {self.host[:80]!r}.")
        for name in ("port", "metrics_port"):
            if not 0 <= getattr(self, name) <= 65_535:
                raise BadSetting(f"{name} is between 0 and 65535, not {getattr(self, name)}.")
        if self.log_format not in get_args(LogFormat.__value__):
            raise BadSetting(f"log_format is json or text, not {self.log_format[:80]!r}.")
        if self.database_url and not self.database_url.startswith(POSTGRESQL_PREFIXES):
            scheme = self.database_url.partition(":")[0][:20]  # the rest may hold a password
            raise BadSetting(
                f"database_url begins with postgresql://, not {scheme!r}.", hint="Leave it empty for a SQLite file."
            )
        if self.public_url and not _is_public_address(self.public_url):
            raise BadSetting(
                f"public_url is like https://splime.io or https://splime.io/tools, not {self.public_url[:80]!r}."
            )
        self.proxies  # noqa: B018  a network that can't be read is told of now
        for entry in fields(self):
            value = getattr(self, entry.name)
            if isinstance(value, int | float) and not value >= 0:  # NaN is neither
                raise BadSetting(f"{entry.name} is not negative, but it is {value}.")
        for name in ("database_threads", "writer_queue", "requests_per_minute", "max_connections"):
            if getattr(self, name) < 1:
                raise BadSetting(f"{name} is at least 1, not {getattr(self, name)}.")

    @property
    def proxies(self) -> tuple[Network, ...]:
        """`trusted_proxies` as networks."""
        try:
            return tuple(ip_network(part.strip()) for part in self.trusted_proxies.split(",") if part.strip())
        except ValueError as error:
            raise BadSetting(f"trusted_proxies are networks such as 10.0.0.0/8: {error}.") from None

    def wait_ms(self, seconds: float) -> float:
        """What a caller's `wait` is cut to, in milliseconds."""
        return 1000 * min(max(seconds, 0.0), self.max_wait_seconds)


POSTGRESQL_PREFIXES = ("postgresql://", "postgres://", "postgresql+psycopg://")


def _is_address(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return False
    return True


# A path that means the same before and after a proxy: no escapes, no dots that climb.
_PUBLIC_PATH = re.compile(r"(/(?!\.{1,2}(/|$))[A-Za-z0-9._~-]+)*")


def _is_public_address(url: str) -> bool:
    try:
        parts = urlsplit(url)
        parts.port  # noqa: B018  one that is no number is told of now
    except ValueError:
        return False
    plain = not (parts.query or parts.fragment or "@" in url)
    return (
        parts.scheme in ("http", "https")
        and bool(parts.hostname)
        and plain
        and bool(_PUBLIC_PATH.fullmatch(parts.path))
    )


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


_PARSERS: dict[str, tuple[Callable[[str], Any], str]] = {
    "int": (int, "a whole number"),
    "float": (float, "a number"),
    "Path": (Path, "a path"),
}


def _parse(entry: Field[Any], variable: str, text: str) -> Any:
    parse, wanted = _PARSERS.get(str(entry.type), (str, "text"))
    try:
        return parse(text)
    except ValueError:
        raise BadSetting(f"{variable} should be {wanted}, but it is {text[:80]!r}.") from None
