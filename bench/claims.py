"""Claims through the service layer on PostgreSQL: four claimers, each a process, that all want the same runs."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from bench.figures import Figure
from bench.remote import postgresql_url

CLAIMERS = 4
RUNS = 6_000
# What a machine asks for at once: the free places of a daemon with a few cores, and the least.
CAPACITIES = (4, 1)
PER_UNIT = 500


def fill(url: str, count: int) -> None:
    """Runs in one lane that every machine of their owner takes from."""
    from daemon_server import ids
    from daemon_server.clock import SystemClock
    from daemon_server.db.postgresql import PostgresqlDatabase
    from daemon_server.runs import submitting
    from daemon_server.runs.records import Limits, NewRun

    database = PostgresqlDatabase(url, SystemClock())
    no_limits = Limits(queued_per_machine=10_000_000, active_per_owner=10_000_000)
    for _ in range(count // PER_UNIT):
        made = [
            NewRun(
                id=ids.new("run"),
                owner_id="usr_alice",
                owner="alice",
                library_id="lib_risk",
                library="risk",
                object="report",
                version=1,
                version_id="ver_1",
                content_hash="0" * 64,
                kind="function",
                entrypoint="report",
                env="default",
                caller_id="usr_alice",
                caller="alice",
                token_kind="user",
                token_id="0123456789",
                lane=f"{submitting.POOL}usr_alice",
                lost_after_ms=900_000,
                queue_ttl_ms=3_600_000,
            )
            for _ in range(PER_UNIT)
        ]
        database.transact(lambda session, made=made: submitting.submit(session, made, no_limits))  # type: ignore[misc]
    database.close()


def claim(url: str, number: int, capacity: int) -> None:
    """Claim until nothing is left; print when it began and ended, and what was claimed."""
    from daemon_server.clock import SystemClock
    from daemon_server.db.postgresql import PostgresqlDatabase
    from daemon_server.runs import claiming
    from daemon_server.runs.records import Claimant, Times

    database = PostgresqlDatabase(url, SystemClock(), threads=1)
    machine = Claimant(f"mch_{number}_{capacity}", "usr_alice", "boot", allow=("alice/*/*",))
    claimed: list[str] = []
    poll = 0
    print("ready", flush=True)
    sys.stdin.readline()
    begin = time.time()
    while True:
        poll += 1
        jobs = database.transact(
            lambda session, poll=poll: claiming.claim(session, machine, poll=poll, capacity=capacity, times=Times())  # type: ignore[misc]
        )
        if not jobs:
            break
        claimed += [f"{job.run_id}:{job.fence}" for job in jobs]
    end = time.time()
    database.close()
    print(json.dumps({"begin": begin, "end": end, "claimed": claimed}))


def figures() -> Iterator[Figure]:
    from daemon_server.db.upgrade import upgrade

    with postgresql_url() as url:
        upgrade(url)
        for capacity in CAPACITIES:
            fill(url, RUNS)
            command = [sys.executable, "-m", "bench.claims", url]
            started = [
                subprocess.Popen(
                    [*command, str(number), str(capacity)],
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    text=True,
                    cwd=Path(__file__).parent.parent,
                )
                for number in range(CLAIMERS)
            ]
            for process in started:
                assert process.stdout is not None
                process.stdout.readline()
            told = [json.loads(out) for out in _answers(started)]
            every = [pair for one in told for pair in one["claimed"]]
            seconds = max(one["end"] for one in told) - min(one["begin"] for one in told)
            runs = {pair.split(":")[0] for pair in every}
            fences = {pair.split(":")[1] for pair in every}
            double = (len(every) - len(runs)) + (len(every) - len(fences)) + (RUNS - len(runs))
            shares = "/".join(str(len(one["claimed"])) for one in told)
            what = f"claims on PostgreSQL, {CLAIMERS} claimers, {capacity} at a time"
            bar = 1_500 if capacity > 1 else None
            yield Figure(what, len(runs) / seconds, "1/s", bar, f"shares {shares}", at_least=True)
            yield Figure("the same, claimed twice or left behind", double, "", 0)


def _answers(started: list[subprocess.Popen[str]]) -> list[str]:
    """All begin at once; each then says what it did."""
    for process in started:
        assert process.stdin is not None
        process.stdin.write("go\n")
        process.stdin.flush()
    return [process.communicate()[0] for process in started]


if __name__ == "__main__":
    claim(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))
