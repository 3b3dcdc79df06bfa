"""Telling systemd how it goes, where systemd started us: one datagram each to the socket that `NOTIFY_SOCKET` names."""

from __future__ import annotations

import os
import socket
from contextlib import suppress

MICROSECONDS = 1_000_000


def tell(*states: str) -> None:
    """`tell("READY=1")`; nothing where nobody listens."""
    address = os.environ.get("NOTIFY_SOCKET", "")
    if not address.startswith(("/", "@")) or not hasattr(socket, "AF_UNIX"):
        return
    if address.startswith("@"):  # a name without a file, as Linux has them
        address = "\0" + address[1:]
    with suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as channel:
        channel.connect(address)
        channel.send("\n".join(states).encode())


def watchdog_seconds() -> float | None:
    """How often systemd wants to hear that we live; None where it does not ask."""
    asked = os.environ.get("WATCHDOG_USEC", "")
    for_us = os.environ.get("WATCHDOG_PID", str(os.getpid())) == str(os.getpid())
    return int(asked) / MICROSECONDS if asked.isdigit() and for_us else None
