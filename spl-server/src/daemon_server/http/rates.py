"""How often is too often: a bucket for each caller that fills at a steady rate."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
from ipaddress import IPv6Address, ip_address

from daemon_server.clock import Clock

# Buckets of callers who were not seen for longest are forgotten first; a full one would say the same.
MOST_CALLERS = 20_000
MINUTE_MS = 60_000
# Whoever goes on after a refusal waits longer each time, up to so many seconds.
LONGEST_PENALTY_SECONDS = 60


@dataclass(slots=True)
class Bucket:
    tokens: float
    at_ms: int
    refusals: int = 0


class Rates:
    """So many a minute for each key, in bursts of up to a minute's worth."""

    def __init__(self, clock: Clock, per_minute: int, *, growing: bool = False) -> None:
        """`growing`: each refusal makes the time to wait longer, for whoever guesses."""
        self._clock = clock
        self._per_minute = per_minute
        self._growing = growing
        self._buckets: OrderedDict[str, Bucket] = OrderedDict()

    def take(self, key: str) -> int:
        """Use one; 0 where there was one, else how many seconds to wait for the next."""
        bucket = self._bucket(key)
        if bucket.tokens >= 1:
            bucket.tokens -= 1
            bucket.refusals = 0
            return 0
        return self._wait(bucket)

    def spent(self, key: str) -> int:
        """How many seconds to wait, without using one; 0 where there is one."""
        if key not in self._buckets:
            return 0
        bucket = self._bucket(key)
        return 0 if bucket.tokens >= 1 else self._wait(bucket)

    def _wait(self, bucket: Bucket) -> int:
        seconds = (1 - bucket.tokens) * 60 / self._per_minute
        if self._growing:
            bucket.refusals += 1
            seconds = min(seconds * 2 ** min(bucket.refusals, 10), LONGEST_PENALTY_SECONDS)
        return max(1, int(seconds + 0.999))

    def _bucket(self, key: str) -> Bucket:
        now = self._clock.boot_ms()
        bucket = self._buckets.get(key)
        if bucket is None:
            bucket = self._buckets[key] = Bucket(float(self._per_minute), now)
            if len(self._buckets) > MOST_CALLERS:
                self._buckets.popitem(last=False)
        self._buckets.move_to_end(key)
        gained = (now - bucket.at_ms) * self._per_minute / MINUTE_MS
        bucket.tokens = min(float(self._per_minute), bucket.tokens + gained)
        bucket.at_ms = now
        return bucket


def network_of(ip: str) -> str:
    """Who counts as one caller: an IPv4 address, or the /64 that one IPv6 customer gets."""
    try:
        address = ip_address(ip)
    except ValueError:
        return ip
    if isinstance(address, IPv6Address):
        if address.ipv4_mapped is not None:
            return str(address.ipv4_mapped)
        return f"{IPv6Address(int(address) >> 64 << 64)}/64"
    return ip
