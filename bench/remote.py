"""Runs on another machine: a server, two daemons and the caller share this one."""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path

import psutil

from bench.figures import Figure, median_ms, p95_ms, timed

sys.path.insert(0, str(Path(__file__).parent.parent / "tools"))

import postgresql
from processes import Server, Stack
from spl.client import SPLClient

CALLS = 150
PICKUPS = 150
SUSTAINED = 1_000
MACHINES = ("here", "there")

# The load is ours; the limits that protect a server from one user would only measure themselves.
UNLIMITED = {
    "SPL_SERVER_REQUESTS_PER_MINUTE": "100000000",
    "SPL_SERVER_MACHINE_REQUESTS_PER_MINUTE": "100000000",
    "SPL_SERVER_MAX_ACTIVE_PER_OWNER": "1000000",
    "SPL_SERVER_MAX_QUEUED_PER_MACHINE": "1000000",
}

SWARM = int(os.environ.get("SPL_BENCH_SWARM", "1000"))
SWARM_RATE = float(os.environ.get("SPL_BENCH_SWARM_RATE", "100"))
SWARM_SECONDS = float(os.environ.get("SPL_BENCH_SWARM_SECONDS", "60"))
IDLE_POLLS = 3_000


def add(a: int, b: int) -> int:
    return a + b


@contextmanager
def served(*, database_url: str = "") -> Iterator[tuple[Server, dict[str, SPLClient], str]]:
    """A server, a client of each of two daemons, and their owner's token."""
    with tempfile.TemporaryDirectory(prefix="spl-bench-") as place, Stack(Path(place)) as stack, ExitStack() as ends:
        os.environ["SPL_STATE_DIR"] = str(Path(place) / "state")
        stack.env |= UNLIMITED
        server = stack.server(database_url=database_url)
        token = server.person("alice", database_url=database_url)
        clients = {}
        for machine in MACHINES:
            client = ends.enter_context(SPLClient(daemon_home=stack.daemon(machine).home))
            code = server.request("POST", "/daemon-enrollment", {"machine_id": machine}, token=token)["code"]
            client.connect_server(server_url=server.url, code=code)
            client.register_env("default")
            clients[machine] = client
        clients["here"].publish(add, name="add").ready()
        clients["here"].call("add", owner="alice", library="default", target_machine="there", kwargs={"a": 1, "b": 2})
        yield server, clients, token


@contextmanager
def postgresql_url() -> Iterator[str]:
    with postgresql.cluster(durable=True) as cluster:
        yield cluster.create("bench")


def remote_calls(client: SPLClient, where: str) -> Iterator[Figure]:
    call = partial(
        client.call, "add", owner="alice", library="default", target_machine="there", kwargs={"a": 1, "b": 2}
    )
    seconds = timed(call, times=CALLS, warm_up=20)
    beside = "splime 0.4.13: 1,030 ms on one machine"
    yield Figure(f"remote call, warm, {where}, p50", median_ms(seconds), "ms", 25, beside)
    yield Figure("the same, p95", p95_ms(seconds), "ms", 60)


def pick_up(server: Server, token: str) -> Iterator[Figure]:
    """From the moment that the caller asks to the moment that the machine has it."""
    waits = []
    for n in range(PICKUPS):
        body = {"object": "add", "kwargs": {"a": n, "b": 1}, "target_machine": MACHINES[n % 2]}
        run = server.request("POST", "/remote-runs", body, token=token)
        server.request("GET", f"/remote-runs/{run['id']}?wait=20", token=token)
        detail = server.request("GET", f"/remote-runs/{run['id']}/detail", token=token)
        waits.append(detail["attempts"][0]["claimed_at"] - detail["run"]["created_at"])
    yield Figure("queue pick-up by an idle remote daemon, p50", statistics.median(waits), "ms", 50)
    yield Figure("the same, p99", sorted(waits)[int(len(waits) * 0.99)], "ms", 300)


def sustained(server: Server, token: str) -> Iterator[Figure]:
    begin = time.perf_counter()
    batches = []
    for machine in MACHINES:
        body = {
            "object": "add",
            "target_machine": machine,
            "isolation": "reuse",
            "calls": [{"kwargs": {"a": n, "b": 1}} for n in range(SUSTAINED // 2)],
        }
        batches.append(server.request("POST", "/remote-batches", body, token=token)["id"])
    for batch in batches:
        while not server.request("GET", f"/remote-batches/{batch}", token=token)["done"]:
            time.sleep(0.02)
    seconds = time.perf_counter() - begin
    wrong = 0
    for batch in batches:
        after, seen = 0, {}
        while True:
            page = server.request("GET", f"/remote-batches/{batch}/results?after={after}&wait=1", token=token)
            seen.update({item["index"]: item["result"] for item in page["items"]})
            after = page["next"]
            if (page["done"] and not page["items"]) or len(seen) == SUSTAINED // 2:
                break
        wrong += sum(1 for n in range(SUSTAINED // 2) if seen.get(n) != n + 1)
    said = f"{SUSTAINED} runs, {wrong} not recorded right"
    yield Figure("remote runs sustained, two daemons, reuse", SUSTAINED / seconds, "1/s", 60, said, at_least=True)


def crowd() -> Iterator[Figure]:
    """The server alone, before machines that only speak."""
    with tempfile.TemporaryDirectory(prefix="spl-bench-") as place, Stack(Path(place)) as stack:
        stack.env |= UNLIMITED
        server = stack.server()
        process = psutil.Process(server.process.pid)
        words = ["--daemons", str(SWARM), "--rate", str(SWARM_RATE), "--seconds", str(SWARM_SECONDS)]
        command = [sys.executable, "-m", "bench.swarm", server.url, server.person("alice"), *words]
        done = subprocess.run(command, capture_output=True, text=True, check=True, cwd=Path(__file__).parent.parent)
        told = json.loads(done.stdout)
        memory = process.memory_info().rss / 1e6
    said = (
        f"{told['created']} runs, {told['recorded']} recorded, {told['recorded_twice']} twice, "
        f"{told['errors']} errors in {told['requests']} requests"
    )
    what = f"{SWARM:,} daemons connected, {SWARM_RATE:g} runs/s for {SWARM_SECONDS:g} s"
    yield Figure(f"{what}: request p99", told["p99_ms"], "ms", 250, said)
    yield Figure("the same, memory of the server", memory, "MB", 400, f"pick-up p99 {told['pickup_p99_ms']:.0f} ms")
    if told["errors"] or told["recorded"] != told["created"] or told["recorded_twice"]:
        yield Figure("the same, errors and runs not recorded once", told["errors"] + 1, "", 0, str(told))


def idle_polls() -> Iterator[Figure]:
    with tempfile.TemporaryDirectory(prefix="spl-bench-") as place, Stack(Path(place)) as stack:
        stack.env |= UNLIMITED
        server = stack.server()
        process = psutil.Process(server.process.pid)
        before = process.memory_info().rss / 1e6
        words = ["--daemons", str(IDLE_POLLS), "--rate", "1", "--seconds", "10"]
        command = [sys.executable, "-m", "bench.swarm", server.url, server.person("alice"), *words]
        with subprocess.Popen(command, stdout=subprocess.DEVNULL, cwd=Path(__file__).parent.parent) as swarm:
            highest = before
            while swarm.poll() is None:
                highest = max(highest, process.memory_info().rss / 1e6)
                time.sleep(0.2)
    yield Figure(f"{IDLE_POLLS:,} idle long polls, memory of the server", highest, "MB", 200, f"{before:.0f} MB before")


def figures() -> Iterator[Figure]:
    with served() as (server, clients, token):
        yield from remote_calls(clients["here"], "SQLite")
        yield from pick_up(server, token)
        yield from sustained(server, token)
    with postgresql_url() as url, served(database_url=url) as (_, clients, _token):
        yield from remote_calls(clients["here"], "PostgreSQL")
    yield from crowd()
    yield from idle_polls()
