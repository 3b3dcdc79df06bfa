"""Numbers for Prometheus. What the server counts as it goes is here; what is counted in tables is added by `watch`."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.platform_collector import PlatformCollector
from prometheus_client.process_collector import ProcessCollector

from daemon_server.db import Database, Session

MEDIA_TYPE = "text/plain; version=0.0.4; charset=utf-8"

# From what a cached read takes to the longest wait of a poll.
SECONDS = (0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0, 30.0)


@dataclass(frozen=True, slots=True)
class Counted:
    """One gauge whose values are asked of the database at each scrape.

    Attributes:
        name: without the `spl_` that all have.
        labels: the names of its labels.
        rows: the values of the labels with the number, for each line.
    """

    name: str
    sentence: str
    labels: tuple[str, ...]
    rows: Callable[[Session], Iterable[tuple[tuple[str, ...], float]]]


@dataclass(slots=True)
class Metrics:
    """The numbers of one server process."""

    registry: CollectorRegistry = field(default_factory=CollectorRegistry)
    counted: list[Counted] = field(default_factory=list)
    requests: Counter = field(init=False)
    seconds: Histogram = field(init=False)
    open_requests: Gauge = field(init=False)
    refused: Counter = field(init=False)

    def __post_init__(self) -> None:
        PlatformCollector(registry=self.registry)
        ProcessCollector(registry=self.registry)
        self.requests = Counter(
            "spl_requests", "Requests answered.", ("method", "route", "status"), registry=self.registry
        )
        self.seconds = Histogram(
            "spl_request_seconds", "How long requests took; long polls wait on purpose.", ("method", "route"),
            buckets=SECONDS, registry=self.registry,
        )  # fmt: skip
        self.open_requests = Gauge("spl_open_requests", "Requests being answered.", registry=self.registry)
        self.refused = Counter("spl_refused", "Requests that the gate refused.", ("code",), registry=self.registry)

    def gauge(self, name: str, sentence: str, value: Callable[[], float]) -> None:
        """A number of this process, asked at each scrape."""
        Gauge(f"spl_{name}", sentence, registry=self.registry).set_function(value)

    def watch(self, *counted: Counted) -> None:
        """Numbers that are asked of the database at each scrape."""
        self.counted += counted

    async def page(self, db: Database) -> bytes:
        """Everything, as Prometheus reads it."""
        families = await db.read(lambda session: list(self._families(session))) if self.counted else []
        registry = CollectorRegistry()
        registry.register(_Once(families))
        return generate_latest(self.registry) + generate_latest(registry)

    def _families(self, session: Session) -> Iterator[GaugeMetricFamily]:
        for counted in self.counted:
            family = GaugeMetricFamily(f"spl_{counted.name}", counted.sentence, labels=counted.labels)
            for labels, value in counted.rows(session):
                family.add_metric(labels, value)
            yield family


@dataclass(frozen=True, slots=True, eq=False)
class _Once:
    """A collector of what was already collected."""

    families: list[GaugeMetricFamily]

    def collect(self) -> list[GaugeMetricFamily]:
        return self.families
