"""Daemons that only speak: they connect, wait for jobs, ask for the start and report an end, and run nothing.

`python -m bench.swarm URL TOKEN --daemons 1000 --rate 100 --seconds 60` prints what the server did as one line of JSON.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import random
import sys
import tempfile
import time
import uuid
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from spl.core import spl_export_to_file

CAPACITY = 4
ENROL_AT_ONCE = 16
DRAIN_SECONDS = 20.0


def echo(n: int) -> int:
    return n


class Refused(Exception):
    """An answer that was no success."""


class Line:
    """One kept connection. Requests take turns on it; it is opened anew where the server closed it."""

    def __init__(self, url: str, token: str) -> None:
        parts = urlsplit(url)
        self._host, self._port = parts.hostname or "127.0.0.1", parts.port or 80
        self._head = f"Host: {parts.netloc}\r\nAuthorization: Bearer {token}\r\nContent-Type: application/json\r\n"
        self._turn = asyncio.Lock()
        self._streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def ask(self, method: str, path: str, body: object = None) -> Any:
        """The JSON of the answer.

        Raises:
            Refused: with the status and the problem.
        """
        content = b"" if body is None else json.dumps(body).encode()
        request = f"{method} {path} HTTP/1.1\r\n{self._head}Content-Length: {len(content)}\r\n\r\n".encode() + content
        async with self._turn:
            status, answer = await self._exchange(request)
        if status >= 400:
            raise Refused(f"{method} {path}: {status} {answer[:300].decode(errors='replace')}")
        return json.loads(answer) if answer else None

    async def _exchange(self, request: bytes) -> tuple[int, bytes]:
        if self._streams is None:
            self._streams = await asyncio.open_connection(self._host, self._port)
        reader, writer = self._streams
        writer.write(request)
        head = await reader.readuntil(b"\r\n\r\n")
        status = int(head.split(b" ", 2)[1])
        length = 0
        for line in head.split(b"\r\n")[1:]:
            name, _, value = line.partition(b":")
            if name.lower() == b"content-length":
                length = int(value)
        answer = await reader.readexactly(length) if length else b""
        if b"connection: close" in head.lower():
            self.close()
        return status, answer

    def close(self) -> None:
        if self._streams is not None:
            self._streams[1].close()
            self._streams = None


@dataclass
class Tally:
    """What was seen: seconds of each request by kind, errors, and how runs went."""

    seconds: dict[str, list[float]] = field(default_factory=dict)
    errors: list[str] = field(default_factory=list)
    created: int = 0
    started: Counter[str] = field(default_factory=Counter)
    recorded: Counter[str] = field(default_factory=Counter)
    pickup: list[float] = field(default_factory=list)
    born: dict[str, float] = field(default_factory=dict)

    async def timed(self, kind: str, work: Any) -> Any:
        begin = time.perf_counter()
        try:
            return await work
        except (Refused, OSError, asyncio.IncompleteReadError) as error:
            self.errors.append(f"{kind}: {error}"[:300])
            return None
        finally:
            self.seconds.setdefault(kind, []).append(time.perf_counter() - begin)

    def document(self) -> dict[str, Any]:
        short = [value for kind, values in self.seconds.items() if kind != "poll" for value in values]
        return {
            "created": self.created,
            "recorded": len(self.recorded),
            "recorded_twice": sum(1 for times in self.recorded.values() if times > 1),
            "started_twice": sum(1 for times in self.started.values() if times > 1),
            "errors": len(self.errors),
            "first_errors": self.errors[:3],
            "requests": len(short),
            "p50_ms": rank(short, 0.5),
            "p99_ms": rank(short, 0.99),
            "by_kind_p99_ms": {kind: rank(values, 0.99) for kind, values in self.seconds.items() if kind != "poll"},
            "pickup_p50_ms": rank(self.pickup, 0.5),
            "pickup_p99_ms": rank(self.pickup, 0.99),
        }


def rank(seconds: list[float], share: float) -> float:
    return round(sorted(seconds)[min(len(seconds) - 1, int(len(seconds) * share))] * 1000, 2) if seconds else 0.0


class Daemon:
    """One machine as the server knows it."""

    def __init__(self, url: str, machine: str, token: str, tally: Tally) -> None:
        self.machine = machine
        self._poll_line, self._line = Line(url, token), Line(url, token)
        self._tally = tally
        self._held: dict[str, str] = {}
        self._connection = ""
        self._tasks: set[asyncio.Task[None]] = set()

    async def connect(self) -> None:
        body = {
            "boot_id": uuid.uuid4().hex,
            "daemon_version": "1.0.0",
            "capabilities": {},
            "capacity": CAPACITY,
            "policy": {},
            "snapshot": {},
            "held": [],
        }
        answer = await self._tally.timed("connect", self._line.ask("POST", "/connections/connect", body))
        self._connection = answer["connection_id"] if answer else ""

    async def serve(self) -> None:
        poll = 0
        while self._connection:
            poll += 1
            held = [{"run_id": run, "fence": fence} for run, fence in self._held.items()]
            body = {
                "connection_id": self._connection,
                "poll": poll,
                "wait": 25,
                "capacity": max(0, CAPACITY - len(held)),
                "held": held,
                "events": [],
            }
            answer = await self._tally.timed("poll", self._poll_line.ask("POST", "/sync", body))
            if answer is None:
                await asyncio.sleep(0.5)
                continue
            for job in answer["jobs"]:
                task = asyncio.create_task(self._do(job))
                self._tasks.add(task)
                task.add_done_callback(self._tasks.discard)

    async def _do(self, job: dict[str, Any]) -> None:
        run, fence = job["run_id"], job["fence"]
        if run in self._tally.born:
            self._tally.pickup.append(time.perf_counter() - self._tally.born[run])
        self._held[run] = fence
        started = await self._tally.timed(
            "start", self._line.ask("POST", f"/remote-runs/{run}/start", {"fence": fence})
        )
        if started is not None:
            self._tally.started[run] += 1
            event = {
                "id": str(uuid.uuid4()),
                "kind": "finished",
                "run_id": run,
                "fence": fence,
                "seq": 1,
                "data": {"state": "succeeded", "reason": "ok", "result": job["kwargs"].get("n"), "artifacts": []},
            }
            body = {
                "connection_id": self._connection, "poll": 0, "wait": 0, "capacity": 0, "held": [], "events": [event],
            }  # fmt: skip
            answer = await self._tally.timed("finish", self._line.ask("POST", "/sync", body))
            if answer and answer["events"][0]["status"] == "ok":
                self._tally.recorded[run] += 1
        self._held.pop(run, None)

    def close(self) -> None:
        self._poll_line.close()
        self._line.close()


async def enrolled(url: str, token: str, count: int, tally: Tally) -> list[Daemon]:
    """So many machines with tokens of their own."""
    lines = [Line(url, token) for _ in range(ENROL_AT_ONCE)]

    async def one(number: int) -> Daemon:
        body = {"name": f"swarm-{number}", "issue": "token"}
        made = await lines[number % ENROL_AT_ONCE].ask("POST", "/daemon-enrollment", body)
        return Daemon(url, made["machine_id"], made["machine_token"], tally)

    return list(await asyncio.gather(*(one(number) for number in range(count))))


def bundle_text() -> str:
    """A published function, as a daemon would send it."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "echo.yaml"
        spl_export_to_file(path, [echo])
        return path.read_text(encoding="utf-8")


async def swarm(url: str, token: str, *, daemons: int, rate: float, seconds: float) -> dict[str, Any]:
    tally = Tally()
    people = Line(url, token)
    who = await people.ask("GET", "/whoami")
    place = f"/owners/{who['user']}/libraries/default/objects"
    await people.ask("POST", place, {"yaml": bundle_text(), "name": "echo", "env": "default"})
    machines = await enrolled(url, token, daemons, tally)
    await asyncio.gather(*(machine.connect() for machine in machines))
    polls = [asyncio.create_task(machine.serve()) for machine in machines]
    creators = [Line(url, token) for _ in range(8)]
    chance = random.Random(1)
    pending: set[asyncio.Task[None]] = set()

    async def create(line: Line, n: int) -> None:
        body = {"object": "echo", "kwargs": {"n": n}, "target_machine": chance.choice(machines).machine}
        begin = time.perf_counter()
        run = await tally.timed("create", line.ask("POST", "/remote-runs", body))
        if run is not None:
            tally.created += 1
            tally.born[run["id"]] = begin

    begin = time.perf_counter()
    for n in range(int(rate * seconds)):
        await asyncio.sleep(max(0.0, begin + n / rate - time.perf_counter()))
        task = asyncio.create_task(create(creators[n % len(creators)], n))
        pending.add(task)
        task.add_done_callback(pending.discard)
    if pending:
        await asyncio.wait(pending)
    until = time.perf_counter() + DRAIN_SECONDS
    while len(tally.recorded) < tally.created and time.perf_counter() < until:
        await asyncio.sleep(0.05)
    for poll in polls:
        poll.cancel()
    await asyncio.gather(*polls, return_exceptions=True)
    for machine in machines:
        machine.close()
    return tally.document()


def main() -> int:
    parser = argparse.ArgumentParser(prog="bench.swarm", description=__doc__)
    parser.add_argument("url")
    parser.add_argument("token")
    parser.add_argument("--daemons", type=int, default=1000)
    parser.add_argument("--rate", type=float, default=100)
    parser.add_argument("--seconds", type=float, default=60)
    options = parser.parse_args()
    import uvloop

    result = uvloop.run(
        swarm(options.url, options.token, daemons=options.daemons, rate=options.rate, seconds=options.seconds)
    )
    print(json.dumps(result))
    return 0


if __name__ == "__main__":
    sys.exit(main())
