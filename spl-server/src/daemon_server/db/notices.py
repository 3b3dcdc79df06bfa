"""Wake-ups between server processes: one thread tells what was committed here, and one hears what was elsewhere."""

from __future__ import annotations

import json
import logging
import os
import secrets
import select
import threading
import time
from collections.abc import Iterable, Iterator

import psycopg
from sqlalchemy import URL

from daemon_server.db.topics import EVERYTHING, Topics

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
NOT_ON_DISK = "-c synchronous_commit=off"
_NOTIFY = f"SELECT pg_notify('{CHANNEL}', %s)"
# Topics that wait to be told, at most; beyond that everybody is told to look again.
MOST_UNTOLD = 10_000


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


def conninfo_of(url: URL, name: str, **more: str) -> str:
    """A connection of a thread's own, beside those of the pool."""
    return psycopg.conninfo.make_conninfo(
        url.set(drivername="postgresql").render_as_string(hide_password=False),
        application_name=name,
        connect_timeout="5",
        **KEEPALIVES,
        **more,
    )


class Announcer(threading.Thread):
    """Tells the other servers what was committed here, behind the back of whoever committed it.

    A notice in the unit itself would have every commit wait for the one before it, and one after it would have its
    caller wait. Here those that come while one is under way go out together. What the database can't take now is told
    when it is back; who waits for it meanwhile looks again by themselves.
    """

    def __init__(self, url: URL, sender: str) -> None:
        super().__init__(name="db-announcer", daemon=True)
        self._conninfo = conninfo_of(url, "spl-server notices", options=NOT_ON_DISK)
        self._sender = sender
        self._news = threading.Condition()
        self._untold: dict[str, None] = {}
        self._stopping = False
        self._connection: psycopg.Connection | None = None

    def tell(self, topics: Iterable[str]) -> None:
        """Have the others woken soon."""
        with self._news:
            self._untold.update(dict.fromkeys(topics))
            if len(self._untold) > MOST_UNTOLD:
                self._untold = {EVERYTHING: None}
            self._news.notify()

    def end(self) -> None:
        """Tell what is left, and stop. Ended once, it stays so."""
        with self._news:
            self._stopping = True
            self._news.notify()
        if self.is_alive():
            self.join()

    def run(self) -> None:
        pause = FIRST_PAUSE_SECONDS
        while True:
            with self._news:
                self._news.wait_for(lambda: self._untold or self._stopping)
                topics, self._untold = list(self._untold), {}
                stopping = self._stopping
            if topics:
                try:
                    self._send(topics)
                    pause = FIRST_PAUSE_SECONDS
                except (psycopg.Error, OSError) as error:
                    log.warning("the other servers are not woken for now: %s", error)
                    self._drop()
                    if stopping:
                        return
                    self.tell(topics)
                    time.sleep(pause)
                    pause = min(2 * pause, LONGEST_PAUSE_SECONDS)
            if stopping:
                self._drop()
                return

    def _send(self, topics: list[str]) -> None:
        if self._connection is None:
            self._connection = psycopg.connect(self._conninfo, autocommit=True)
        for payload in payloads(self._sender, topics):
            self._connection.execute(_NOTIFY, (payload,))

    def _drop(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None


class Listener(threading.Thread):
    """Hears what other servers woke. After a break it can't know what it missed, so everybody looks again."""

    def __init__(self, url: URL, topics: Topics) -> None:
        super().__init__(name="db-listener", daemon=True)
        self.name_of_server = secrets.token_hex(8)
        self._conninfo = conninfo_of(url, "spl-server topics")
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
                if sender == self.name_of_server:  # our own were delivered when they were committed
                    continue
                if EVERYTHING in topics:
                    self._topics.wake_all()
                else:
                    self._topics.deliver(topics)

    def _drop(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None
