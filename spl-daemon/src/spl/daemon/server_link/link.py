"""One connection to a server, as long as the daemon lives: connected again by itself, however often it breaks.

connect ──> poll (heartbeat, jobs, cancellations)  ┐
            deliver (ends, telemetry)              ├──> one of them broke ──> wait ──> connect
            publish (versions for the catalogue)   │
            keep (calls made while it was away)    │
            rotate (the machine's own token)       ┘
"""

from __future__ import annotations

import asyncio
import json
import logging
import random
from collections.abc import Awaitable, Callable, Coroutine
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, Literal

from spl.core.errors import SPLError
from spl.daemon import __version__
from spl.daemon.runs.live import now_ms
from spl.daemon.server_link.api import Refusal
from spl.daemon.server_link.backoff import LONGEST_SECONDS, Backoff
from spl.daemon.server_link.carrier import Carrier
from spl.daemon.server_link.clocks import boot_seconds, skew_ms
from spl.daemon.server_link.delivery import Delivery
from spl.daemon.server_link.exchange import Unreachable
from spl.daemon.server_link.heart import Heart, Pulse
from spl.daemon.server_link.line import Line

log = logging.getLogger(__name__)

Status = Literal["connecting", "connected", "offline", "refused"]

# A poll is renewed at least three times in the shortest lease, so that one that is lost on the way costs nothing.
BEATS_PER_LEASE = 3.0
LONGEST_POLL_SECONDS = 25.0
# Of the patience that a daemon has for an answer, a poll waits for so much by intention.
POLL_SHARE = 0.7
# What an answer may take beyond the wait that was asked for.
PATIENCE_SECONDS = 10.0
# A run that may be started elsewhere ends here so long before its lease does.
SELF_FENCE_SECONDS = 10.0
GUARD_SECONDS = 1.0
GOODBYE_SECONDS = 2.0
LOOK_SECONDS = 0.02
# More polls than this at once are a server that does not let go of old ones.
MOST_POLLS = 4


@dataclass(slots=True)
class Times:
    """What the server announced, in seconds."""

    machine_lease: float = 45.0
    run_lease: float = 45.0
    wait: float = LONGEST_POLL_SECONDS

    @classmethod
    def read(cls, document: dict[str, Any]) -> Times:
        times = cls()
        times.machine_lease = float(document.get("machine_lease_seconds") or times.machine_lease)
        times.run_lease = float(document.get("run_lease_seconds") or times.run_lease)
        times.wait = float(document.get("wait_seconds") or times.wait)
        return times

    @property
    def lease(self) -> float:
        """The shortest one."""
        return min(self.machine_lease, self.run_lease)

    @property
    def poll(self) -> float:
        return min(self.wait, LONGEST_POLL_SECONDS, self.lease / BEATS_PER_LEASE)


@dataclass(slots=True, eq=False)
class Link:
    """Keeps the connection of one record. `hello` says what is told when connecting; `welcomed` hears the answer."""

    line: Line
    carrier: Carrier
    delivery: Delivery
    boot_id: str
    hello: Callable[[], Awaitable[dict[str, Any]]]
    welcomed: Callable[[dict[str, Any]], Awaitable[None]]
    publishing: Callable[[], Coroutine[None, None, None]]
    rotation: Callable[[], Coroutine[None, None, None]]
    keeping: Callable[[], Coroutine[None, None, None]]
    status: Status = "connecting"
    last_error: str | None = None
    times: Times = field(default_factory=Times)
    settled: asyncio.Event = field(default_factory=asyncio.Event)
    skew_ms: int | None = None
    heart: Heart = field(init=False)
    _connection_id: str = ""
    _poll: int = 0
    _unanswered: set[int] = field(default_factory=set)
    _asked: set[int] = field(default_factory=set)
    _renewed: float = 0.0
    _turned: float = 0.0
    _again: asyncio.Event = field(default_factory=asyncio.Event)
    _task: asyncio.Task[None] | None = None

    def __post_init__(self) -> None:
        self.heart = Heart(
            self.line.api, lease=lambda: self.times.lease, pulse=self._pulse, renewed=self._renewed_beside
        )

    def begin(self) -> None:
        self._turned = boot_seconds()
        self.heart.begin()
        self._task = asyncio.create_task(self._keep(), name=f"link to {self.line.record.url}")

    def connect_again(self) -> None:
        """What was said at the last connect is out of date, or it is not worth waiting any longer."""
        self._again.set()

    async def close(self) -> None:
        """Say goodbye, if anybody listens: what ended last is told before, as far as that takes no time."""
        await self.carrier.close()
        await asyncio.to_thread(self.heart.close)
        was_up = self.line.up.is_set()
        deadline = asyncio.get_running_loop().time() + GOODBYE_SECONDS
        while self.line.ready and self.line.up.is_set() and asyncio.get_running_loop().time() < deadline:
            await asyncio.sleep(LOOK_SECONDS)
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
        self.line.up.clear()
        if was_up and self._connection_id:
            with suppress(Unreachable, Refusal):
                await self.line.api.disconnect(self._connection_id, seconds=GOODBYE_SECONDS)
        await self.line.api.exchange.close()

    async def _keep(self) -> None:
        backoff = Backoff()
        async with asyncio.TaskGroup() as group:
            group.create_task(self._guard(), name="leases")
            while True:
                self._again.clear()
                try:
                    await self._connect()
                    backoff.succeeded()
                    await self._lanes()
                    continue
                except Unreachable as error:
                    self._down("offline", str(error))
                except Refusal as error:
                    self._down("refused" if error.credential or error.status == 403 else "offline", str(error))
                except SPLError as error:
                    self._down("offline", error.message)
                except Exception as error:
                    log.exception("the link to %s broke", self.line.record.url)
                    self._down("offline", f"{type(error).__name__}: {error}")
                seconds = LONGEST_SECONDS if self.status == "refused" else backoff.failed(random.random())
                with suppress(TimeoutError):
                    async with asyncio.timeout(seconds):
                        await self._again.wait()

    def _down(self, status: Status, why: str) -> None:
        if self.status != status:
            log.warning("the server at %s: %s, %s", self.line.record.url, status, why)
        self.status, self.last_error = status, why
        self.line.up.clear()
        self.settled.set()

    async def _connect(self) -> None:
        await self.carrier.measure()
        asked = await self.hello()
        asked |= {"boot_id": self.boot_id, "daemon_version": __version__, "capacity": self.carrier.capacity}
        begun = {held.job.fence for held in self.carrier.held.values() if held.live is None}
        asked["held"] = [
            {"run_id": one["run_id"], "fence": one["fence"], "state": "claimed" if one["fence"] in begun else "running"}
            for one in self._held()
        ]
        sent, asked_at = boot_seconds(), now_ms()
        answer = await self.line.api.connect(asked)
        self._renewed = sent
        if isinstance(told := answer.get("server_time"), int):
            self.skew_ms = skew_ms(asked_at=asked_at, answered_at=now_ms(), server_time=told)
        self._connection_id = str(answer["connection_id"])
        self.times = Times.read(answer.get("times") or {})
        self.line.kinds = frozenset(map(str, answer.get("event_kinds") or ()))
        await self.welcomed(answer)
        for one in answer.get("held") or ():
            await self._heed(str(one.get("fence")), str(one.get("verdict")))
        if self.status != "connected":
            log.info("connected to %s as machine %s", self.line.record.url, self.line.record.machine_id)
        self.status, self.last_error = "connected", None
        self.line.up.set()
        self.settled.set()

    async def _heed(self, fence: str, verdict: str) -> None:
        if verdict == "stop":
            self.carrier.cancel(fence)
        elif verdict == "stale":
            self.line.disown(fence)
            await self.carrier.orphan(fence)

    async def _lanes(self) -> None:
        """All lanes, until one of them breaks or what we said is out of date."""
        self._asked.clear()  # polls of an earlier connection are answered to nobody any more
        lanes = [
            asyncio.create_task(self._polls(), name="polls"),
            asyncio.create_task(self.delivery.run(self._connection_id), name="deliveries"),
            asyncio.create_task(self.publishing(), name="publishing"),
            asyncio.create_task(self.rotation(), name="the token's age"),
            asyncio.create_task(self.keeping(), name="calls that were kept"),
            asyncio.create_task(self._again.wait(), name="told to connect again"),
        ]
        try:
            done, _ = await asyncio.wait(lanes, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for lane in lanes:
                lane.cancel()
            await asyncio.gather(*lanes, return_exceptions=True)
        for lane in done:
            lane.result()

    async def _polls(self) -> None:
        """One poll after the other; one that is out of date is followed by a newer one before it has come back."""
        older: set[asyncio.Task[None]] = set()
        try:
            while True:
                self.line.renew.clear()
                capacity = self.carrier.capacity
                current = asyncio.create_task(self._poll_once(capacity))
                while not current.done():
                    renewal = asyncio.create_task(self.line.renew.wait())
                    await asyncio.wait({current, renewal, *older}, return_when=asyncio.FIRST_COMPLETED)
                    renewal.cancel()
                    _finished(older)
                    self.line.renew.clear()
                    if not current.done() and capacity == 0 < self.carrier.capacity and len(older) < MOST_POLLS:
                        break
                if current.done():
                    current.result()
                else:
                    older.add(current)
        finally:
            for task in (*older, current):
                task.cancel()
            await asyncio.gather(*older, current, return_exceptions=True)

    async def _poll_once(self, capacity: int) -> None:
        patience = self.line.api.exchange.read_seconds
        wait = min(self.times.poll, patience * POLL_SHARE)
        number = self._number()
        asked = {
            "connection_id": self._connection_id,
            "poll": number,
            "wait": wait,
            "capacity": capacity,
            "held": self._held(),
            "events": [],
        }
        sent = boot_seconds()
        body = json.dumps(asked, separators=(",", ":")).encode()
        answer = await self.line.api.sync(body, seconds=wait + min(PATIENCE_SECONDS, patience))
        self._renewed = max(self._renewed, sent)
        await self.carrier.take(answer.get("jobs") or ())
        self._unanswered.discard(number)
        for one in answer.get("cancel") or ():
            await self._heed(str(one.get("fence")), "stop")
        for one in answer.get("stale") or ():
            await self._heed(str(one.get("fence")), "stale")

    def _number(self) -> int:
        """The number of the next poll: one whose answer was lost is asked again, for it may have brought jobs."""
        lost = self._unanswered - self._asked
        if lost:
            number = min(lost)
        else:
            self._poll += 1
            number = self._poll
        self._unanswered.add(number)
        self._asked.add(number)
        return number

    def _held(self) -> list[dict[str, Any]]:
        """Every attempt in hand, and those that ended here without the server's knowledge."""
        held = {held.job.fence: held.told() for held in list(self.carrier.held.values())}
        return [*({str(one["fence"]): one for one in self.line.ended()} | held).values()]

    def _pulse(self) -> Pulse | None:
        """What the heartbeat needs to know; asked from its thread."""
        if not self.line.up.is_set() or not self._renewed:
            return None
        return Pulse(self._connection_id, self.times.lease, self._renewed, self._turned, self._held())

    def _renewed_beside(self, sent: float) -> None:
        """The heartbeat got through; said from its thread, and a number is set in one go."""
        self._renewed = max(self._renewed, sent)

    async def _guard(self) -> None:
        """End runs that may be started a second time before the server may start them."""
        while True:
            await asyncio.sleep(GUARD_SECONDS)
            self._turned = boot_seconds()
            repeatable = [held for held in self.carrier.held.values() if held.job.repeatable and not held.orphaned]
            margin = min(SELF_FENCE_SECONDS, self.times.run_lease / 4)
            if repeatable and self._renewed and boot_seconds() - self._renewed > self.times.run_lease - margin:
                log.error("no sign from the server: %d runs that it may give away end here", len(repeatable))
                for held in repeatable:
                    await self.carrier.orphan(held.job.fence)


def _finished(tasks: set[asyncio.Task[None]]) -> None:
    """Take those out that are over; an older poll that broke is no news that the present one would not bring."""
    for task in [task for task in tasks if task.done()]:
        tasks.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            log.debug("an older poll broke: %s", error)
