"""Wake-ups between server processes: PostgreSQL carries them with the commit, and one thread listens for them."""

from __future__ import annotations

import json
import logging
import os
import secrets
import select
import threading
from collections.abc import Iterable, Iterator

import psycopg
from sqlalchemy import URL, Connection, text

from daemon_server.db.topics import Topics

log = logging.getLogger(__name__)

CHANNEL = "spl_topics"
# PostgreSQL takes 8,000 bytes in one notice.
NOTICE_BYTES = 7_500
# How long to wait before connecting again: at once, then longer and longer, for the database may be restarting.
FIRST_PAUSE_SECONDS = 0.2
LONGEST_PAUSE_SECONDS = 5.0
# A connection that a firewall dropped silently is noticed by these.
KEEPALIVES = {"keepalives": "1", "keepalives_idle": "30", "keepalives_interval": "10", "keepalives_count": "3"}

# A notice is no promise: its commit need not wait for the disk.
_NOT_ON_DISK = text("SET LOCAL synchronous_commit = off")
_NOTIFY = text("SELECT pg_notify(:channel, :payload)")


def publish(connection: Connection, sender: str, topics: Iterable[str]) -> None:
    """Have the present transaction wake these topics in the other servers when it commits."""
    connection.execute(_NOT_ON_DISK)
    for payload in payloads(sender, topics):
        connection.execute(_NOTIFY, {"channel": CHANNEL, "payload": payload})


def payloads(sender: str, topics: Iterable[str]) -> Iterator[str]:
    """The topics as notices that are not too long."""
    part: list[str] = [sender]
    size = len(sender)
    for topic in topics:
        if size + len(topic.encode()) + 4 > NOTICE_BYTES and len(part) > 1:
            yield json.dumps(part, separators=(",", ":"), ensure_ascii=False)
            part, size = [sender], len(sender)
        part.append(topic)
        size += len(topic.encode()) + 4  # its quotes, its comma, and one to spare
    if len(part) > 1:
        yield json.dumps(part, separators=(",", ":"), ensure_ascii=False)


class Listener(threading.Thread):
    """Hears what other servers woke. After a break it can't know what it missed, so everybody looks again."""

    def __init__(self, url: URL, topics: Topics) -> None:
        super().__init__(name="db-listener", daemon=True)
        self.name_of_server = secrets.token_hex(8)
        self._conninfo = psycopg.conninfo.make_conninfo(
            url.set(drivername="postgresql").render_as_string(hide_password=False),
            application_name="spl-server topics",
            connect_timeout="5",
            **KEEPALIVES,
        )
        self._topics = topics
        self._stopping = threading.Event()
        self._woken, self._waker = os.pipe()
        self._connection: psycopg.Connection | None = None

    def begin(self) -> None:
        """Listen from now on.

        Raises:
            psycopg.Error: the database can't be reached.
        """
        self._connection = self._connect()
        self.start()

    def end(self) -> None:
        """Stop listening."""
        self._stopping.set()
        os.write(self._waker, b".")
        self.join()
        os.close(self._waker)
        os.close(self._woken)

    def run(self) -> None:
        pause = FIRST_PAUSE_SECONDS
        while not self._stopping.is_set():
            try:
                if self._connection is None:
                    self._connection = self._connect()
                    self._topics.wake_all()
                pause = FIRST_PAUSE_SECONDS
                self._hear(self._connection)
            except (psycopg.Error, OSError) as error:
                log.warning("no wake-ups of other servers for now: %s", error)
                self._drop()
                self._stopping.wait(pause)
                pause = min(2 * pause, LONGEST_PAUSE_SECONDS)
        self._drop()

    def _connect(self) -> psycopg.Connection:
        connection = psycopg.connect(self._conninfo, autocommit=True)
        connection.execute(f"LISTEN {CHANNEL}")
        return connection

    def _hear(self, connection: psycopg.Connection) -> None:
        """Deliver what comes, until asked to stop or the connection breaks."""
        while not self._stopping.is_set():
            select.select([connection.fileno(), self._woken], [], [])
            for notice in connection.notifies(timeout=0):
                sender, *topics = json.loads(notice.payload)
                if sender != self.name_of_server:  # our own were delivered when they were committed
                    self._topics.deliver(topics)

    def _drop(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None
