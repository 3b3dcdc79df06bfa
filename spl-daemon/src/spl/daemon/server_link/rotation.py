"""A machine's token is replaced by the machine itself, long before it ends.

The server lets the old token live for another day. Whatever breaks between its answer and our file, the old token is
what the next daemon finds; it is close to its end then, and is replaced again.
"""

from __future__ import annotations

import asyncio
import logging
from typing import Any

from spl.daemon.runs.live import now_ms
from spl.daemon.server_link.api import Refusal, json_object
from spl.daemon.server_link.exchange import Unreachable
from spl.daemon.server_link.line import Line
from spl.daemon.server_link.records import Tokens

log = logging.getLogger(__name__)

# A token is replaced when this share of its life is left: a machine that is off for a season still comes back.
LEFT_SHARE = 1 / 3
# Machines sleep, and clocks are set: what was reckoned is reckoned anew so often.
LOOK_SECONDS = 6 * 3600.0
# A replacement that failed is tried again after this share of what is left of the token.
AGAIN_SHARE = 0.1
LEAST_SECONDS = 0.1


def left_ms(*, written_at: int, now: int, server_time: int, expires_at: int) -> tuple[int, int]:
    """How long a token is good for, and how long until it should be replaced (not above 0: at once); milliseconds.

    Args:
        written_at, now: on this machine's clock: when the token came here, and the present.
        server_time, expires_at: on the server's: the present, and the token's end.
    """
    age = max(0, now - written_at)
    left = expires_at - server_time
    return left, int(left - (age + left) * LEFT_SHARE)


class Rotation:
    """Watches the token of one connection."""

    def __init__(self, line: Line, tokens: Tokens) -> None:
        self._line = line
        self._tokens = tokens

    async def run(self) -> None:
        """Keep the token young until cancelled.

        Raises:
            Refusal: the server does not accept the token.
        """
        while True:
            try:
                seconds = await self._look()
            except (Unreachable, Refusal, OSError) as error:
                if isinstance(error, Refusal) and error.credential:
                    raise
                log.warning("the machine's token could not be looked after: %s", error)
                seconds = AGAIN_SHARE * LOOK_SECONDS
            await asyncio.sleep(max(LEAST_SECONDS, min(seconds, LOOK_SECONDS)))

    async def _look(self) -> float:
        """Replace the token where it is time to; seconds until the next look."""
        found = await self._line.api.whoami()
        expires_at, server_time = found.get("expires_at"), found.get("server_time")
        if not isinstance(expires_at, int) or not isinstance(server_time, int):
            return LOOK_SECONDS
        record_id = self._line.record.id
        written_at = await asyncio.to_thread(self._tokens.written_at, record_id)
        left, due = left_ms(written_at=written_at, now=now_ms(), server_time=server_time, expires_at=expires_at)
        if due > 0:
            return due / 1000
        try:
            await asyncio.shield(self._replace(record_id))
        except (Unreachable, Refusal, OSError) as error:
            if isinstance(error, Refusal) and error.credential:
                raise
            log.warning("the machine's token could not be replaced, and is good for %d s more: %s", left // 1000, error)
            return AGAIN_SHARE * left / 1000
        return LEAST_SECONDS

    async def _replace(self, record_id: str) -> None:
        answer: dict[str, Any] = json_object(await self._line.api.request("POST", "/machine-token/rotate"))
        token = answer.get("machine_token")
        if not isinstance(token, str) or not token.isascii() or not token.replace("_", "").isalnum():
            raise Unreachable("the answer to a rotation has no token", sent=True)
        await asyncio.to_thread(self._tokens.write, record_id, token)
        self._line.api.token = token
        log.info("this machine has a new token for %s", self._line.record.url)
