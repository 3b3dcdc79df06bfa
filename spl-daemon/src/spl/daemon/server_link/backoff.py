"""How long to wait before a server that did not answer is asked again. Pure."""

from __future__ import annotations

from dataclasses import dataclass

# A server that restarts is back within seconds, and then all its machines come: full jitter spreads them.
FIRST_SECONDS = 0.5
LONGEST_SECONDS = 30.0
# Never more than about one request a second, however the dice fall.
LEAST_SECONDS = 0.5


@dataclass(slots=True)
class Backoff:
    """Grows with each failure; a success begins anew."""

    failures: int = 0

    def succeeded(self) -> None:
        self.failures = 0

    def failed(self, chance: float) -> float:
        """Seconds to wait after one more failure; `chance` is between 0 and 1."""
        self.failures += 1
        most = min(LONGEST_SECONDS, FIRST_SECONDS * 2.0 ** min(self.failures, 16))
        return LEAST_SECONDS + chance * (most - LEAST_SECONDS)
