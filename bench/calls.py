"""Warm calls in the four isolation modes, and batches."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from time import perf_counter

from bench.figures import Figure, median_ms, p95_ms, timed
from bench.functions import with_numpy, with_pandas
from bench.peers import measured, python_with, redis, redis_installed
from bench.stack import Stack, daemon, free_port
from spl.client import SPLClient

CALLS = 200

# An interpreter with its imports starts in a tenth of a second here.
REFILL_SECONDS = 0.15


def add(a: int, b: int, scale: int = 1) -> dict[str, int]:
    return {"value": (a + b) * scale}


def call(client: SPLClient, name: str, isolation: str, **kwargs: int) -> object:
    return client.call(name, kwargs=kwargs, isolation=isolation).value


def spaced(work: Callable[[], object], client: SPLClient, *, times: int) -> list[float]:
    """Seconds of calls with a pause before each, in which the next spare interpreter starts.

    The pause is filled with small requests: sleeping processors take milliseconds to wake, whatever they are asked.
    """
    seconds = []
    for _ in range(times):
        until = perf_counter() + REFILL_SECONDS
        while perf_counter() < until:
            client.health()
        seconds += timed(work, times=1, warm_up=0)
    return seconds


def celery() -> dict[str, float]:
    if not redis_installed():
        return {}
    with redis() as port:
        return measured(python_with("celery", "redis", "packaging"), "celery_calls.py", str(port))


def rq() -> dict[str, float]:
    if not redis_installed():
        return {}
    with redis() as port:
        return measured(python_with("rq"), "rq_calls.py", str(port))


def warm_calls(stack: Stack) -> Iterator[Figure]:
    client = stack.client()
    client.publish(add, name="add").ready()
    splime = measured(python_with("splime==0.4.13"), "splime_calls.py", str(free_port()))
    prefork, forking = celery(), rq()
    beside = f"splime 0.4.13 {splime['p50_ms']:.0f} ms"
    fork = timed(partial(call, client, "add", "fork", a=1, b=2), times=CALLS, warm_up=20)
    yield Figure("warm call, fresh process by fork, p50", median_ms(fork), "ms", 4, beside)
    yield Figure("the same, p95", p95_ms(fork), "ms", None, f"RQ, fork per job {forking.get('p50_ms', 0):.1f} ms (p50)")
    ratio = splime["p50_ms"] / median_ms(fork)
    yield Figure("times faster than splime 0.4.13", ratio, "x", 60, beside, at_least=True)
    spare = spaced(partial(call, client, "add", "spare", a=1, b=2), client, times=40)
    hurried = timed(partial(call, client, "add", "spare", a=1, b=2), times=60)
    beside = f"without a pause, so that each call waits for a new interpreter, {median_ms(hurried):.1f} ms"
    yield Figure("warm call, spare interpreter at hand, p50", median_ms(spare), "ms", 8, beside)
    fresh = timed(partial(call, client, "add", "fresh", a=1, b=2), times=30)
    yield Figure("warm call, fresh interpreter, p50", median_ms(fresh), "ms", 45)
    reuse = timed(partial(call, client, "add", "reuse", a=1, b=2), times=CALLS, warm_up=20)
    bar = prefork.get("p50_ms", 2.1)
    yield Figure("warm call, reuse, p50", median_ms(reuse), "ms", bar, f"Celery prefork 2 + Redis {bar:.2f} ms")
    for function in (with_numpy, with_pandas):
        client.publish(function, name=function.__name__).ready()
        seconds = timed(partial(call, client, function.__name__, "fork", a=10), times=100, warm_up=10)
        extra = median_ms(seconds) - median_ms(fork)
        yield Figure(f"warm call {function.__name__.replace('_', ' ')}, beyond the trivial one", extra, "ms", 3)
    yield from batches(client, prefork, splime)


def batches(client: SPLClient, prefork: dict[str, float], splime: dict[str, float]) -> Iterator[Figure]:
    for isolation, bar in (("fork", 400.0), ("reuse", 2000.0)):
        rates = []
        for _ in range(3):
            begin = perf_counter()
            answers = list(
                client.map("add", [{"a": n, "b": 1} for n in range(1000)], isolation=isolation, progress=False)
            )
            rates.append(1000 / (perf_counter() - begin))
            assert [answer["value"] for answer in answers] == [n + 1 for n in range(1000)]
        beside = f"Celery {prefork.get('per_second', 0):,.0f}/s, splime {splime['per_second']:.1f}/s"
        yield Figure(f"1,000 calls through map, {isolation}", sorted(rates)[1], "1/s", bar, beside, at_least=True)


def figures() -> Iterator[Figure]:
    with daemon() as stack:
        yield from warm_calls(stack)
