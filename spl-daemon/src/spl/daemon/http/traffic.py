"""How much is asked of the daemon at this moment."""

from __future__ import annotations

from dataclasses import dataclass

# One caller and somebody who follows the logs; with more, gathering writes of several serves all of them better.
FEW_REQUESTS = 2


@dataclass(slots=True)
class Traffic:
    """Counts the requests under way, those that wait included."""

    requests: int = 0

    def is_quiet(self) -> bool:
        return self.requests <= FEW_REQUESTS
