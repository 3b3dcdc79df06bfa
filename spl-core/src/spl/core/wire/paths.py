"""Where the runs, batches and blobs of one kind are: on the daemon itself, or on a server."""

from __future__ import annotations

from dataclasses import dataclass

from spl.core.wire import batches, blobs, runs

THROUGH_DAEMON = "/server/api"
"""Below it the daemon passes requests on to the server that it is connected to."""

SERVER_RUN = "run_"
"""What the id of a server's run begins with; the daemon's own are UUIDs."""

SERVER_BATCH = "bat_"

KEPT_RUN = "que_"
"""What the id of a call begins with that a daemon keeps until its server is there."""

KEPT = "/server/kept-runs"


@dataclass(frozen=True, slots=True)
class Paths:
    """The roots of one kind of runs.

    Attributes:
        prefix: what comes before every path of a server; empty on the server itself.
        elsewhere: whether runs happen on machines whose files are not ours to read.
    """

    runs: str = runs.HERE
    batches: str = batches.HERE
    blobs: str = blobs.HERE
    prefix: str = ""
    elsewhere: bool = False

    def blobs_of(self, run_id: str) -> str:
        """Where the blobs of a run's values are fetched."""
        return f"{self.runs}/{run_id}/blobs" if self.elsewhere else self.blobs


def server_paths(prefix: str = "") -> Paths:
    """The roots on a server whose paths begin with `prefix`."""
    return Paths(f"{prefix}/remote-runs", f"{prefix}/remote-batches", f"{prefix}/blobs", prefix=prefix, elsewhere=True)


DAEMON = Paths()
SERVER = server_paths()
DAEMONS_SERVER = server_paths(THROUGH_DAEMON)
