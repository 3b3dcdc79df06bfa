"""The machine's heartbeat where its event loop can't beat: a thread with a connection of its own and a small request.

Polls renew the leases in ordinary times, and this thread sends nothing then. When the loop is busy for long, with a
large answer, say, or because others have all the cores, the renewal is late; then the thread renews what is in hand.
"""

from __future__ import annotations

import http.client
import json
import logging
import ssl
import threading
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from typing import Any

from spl.daemon.server_link.api import ServerApi
from spl.daemon.server_link.clocks import boot_seconds

log = logging.getLogger(__name__)

# A poll in good order renews after two thirds of a lease at the latest: beyond that, something is busy.
LATE_SHARE = 0.7
# Looks in one lease: a beat that is due is sent a fifteenth of a lease later at most, which leaves a fifth for its way.
LOOKS_PER_LEASE = 15.0
SHORTEST_LOOK_SECONDS = 0.05
# A loop that has not turned for so long will not any more: its runs have to end for the server, as those of a machine
# that is gone do.
STUCK_SECONDS = 600.0
# Of a lease; what takes longer is tried again, and there is time for that.
PATIENCE_SHARE = 0.15
SHORTEST_PATIENCE_SECONDS = 0.5
LEAVING_SECONDS = 2.0


@dataclass(frozen=True, slots=True)
class Pulse:
    """What one beat needs to know.

    Attributes:
        lease: seconds of the shortest lease.
        renewed, turned: when the leases were renewed, and when the event loop was seen to turn; boot seconds.
        held: what polls say of attempts.
    """

    connection_id: str
    lease: float
    renewed: float
    turned: float
    held: list[dict[str, Any]]


class Heart:
    """Beats from `begin` until `close`. `pulse` is asked from the thread; None while there is no connection."""

    def __init__(
        self, api: ServerApi, *, lease: Callable[[], float], pulse: Callable[[], Pulse | None],
        renewed: Callable[[float], None],
    ) -> None:  # fmt: skip
        self._api = api
        self._lease = lease
        self._pulse = pulse
        self._renewed = renewed
        self._leaving = threading.Event()
        self._thread: threading.Thread | None = None
        self._tls: ssl.SSLContext | None = None
        self.beats = 0

    def begin(self) -> None:
        self._thread = threading.Thread(target=self._run, name="heartbeat", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Stop. A beat that is under way ends by itself; nobody waits long for it."""
        self._leaving.set()
        if self._thread is not None:
            self._thread.join(LEAVING_SECONDS)

    def _run(self) -> None:
        while not self._leaving.wait(max(SHORTEST_LOOK_SECONDS, self._lease() / LOOKS_PER_LEASE)):
            try:
                pulse = self._pulse()
                if pulse is not None and is_due(pulse, boot_seconds()):
                    self.beat(pulse)
            except Exception as error:  # whatever it is, the next look is soon, and the loop tells what is wrong
                log.warning("a heartbeat failed: %s: %s", type(error).__name__, error)

    def beat(self, pulse: Pulse) -> None:
        """Renew the leases once.

        Raises:
            OSError, HTTPException: there was no answer.
        """
        sent = boot_seconds()
        body = {"connection_id": pulse.connection_id, "poll": 0, "wait": 0, "capacity": 0, "held": pulse.held,
                "events": []}  # fmt: skip
        headers = {"Authorization": f"Bearer {self._api.token}", "Content-Type": "application/json"}
        path = f"{self._api.exchange.address.prefix}/sync"
        # Beats are so far apart that a kept connection would be closed by then, and found so when there is no time.
        with closing(self._connection(max(SHORTEST_PATIENCE_SECONDS, pulse.lease * PATIENCE_SHARE))) as connection:
            connection.request("POST", path, json.dumps(body, separators=(",", ":")), headers)
            answer = connection.getresponse()
            answer.read()
        if answer.status == http.client.OK:
            self.beats += 1
            self._renewed(sent)
            log.info("the event loop is busy; its leases were renewed beside it")

    def _connection(self, seconds: float) -> http.client.HTTPConnection:
        address = self._api.exchange.address
        if not address.secure:
            return http.client.HTTPConnection(address.host, address.port, timeout=seconds)
        self._tls = self._tls or ssl.create_default_context()
        return http.client.HTTPSConnection(address.host, address.port, timeout=seconds, context=self._tls)


def is_due(pulse: Pulse, now: float) -> bool:
    """Whether a beat is due: the leases are late, and the loop will still come to look after them."""
    return now - pulse.renewed > pulse.lease * LATE_SHARE and now - pulse.turned < STUCK_SECONDS
