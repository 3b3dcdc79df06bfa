"""The daemon's own log: `<home>/daemon.log`, and stderr beside it.

The file is started over at `ROTATE_BYTES`; `daemon.log.1` to `daemon.log.3` hold what was before.
"""

from __future__ import annotations

import logging
import sys
import time
from collections.abc import Iterator
from logging.handlers import RotatingFileHandler
from pathlib import Path

log = logging.getLogger("spl.daemon")

NAME = "daemon.log"
FORMAT = "%(asctime)s %(levelname)s %(name)s: %(message)s"
# Weeks of a busy daemon, and still opened by any editor.
ROTATE_BYTES, ROTATED = 10 * 1024**2, 3
# How much of the end is read for its last lines: a thousand long ones.
TAIL_BYTES = 512 * 1024
# A follower looks this often; a person does not notice, and a look is one call of the system.
LOOK_SECONDS = 0.2


def write_logs(home: Path, level: str) -> None:
    """Send what this process logs to stderr and to the home's log file."""
    # The file is opened by the first line, which comes after the home is locked: a second daemon never touches it.
    handlers: list[logging.Handler] = [
        logging.StreamHandler(sys.stderr),
        RotatingFileHandler(home / NAME, maxBytes=ROTATE_BYTES, backupCount=ROTATED, encoding="utf-8", delay=True),
    ]
    logging.basicConfig(level=level.upper(), format=FORMAT, handlers=handlers, force=True)


def last_lines(file: Path, count: int) -> tuple[list[str], int]:
    """The last lines of the file, and where it ended."""
    with file.open("rb") as opened:
        end = opened.seek(0, 2)
        begin = max(0, end - TAIL_BYTES)
        opened.seek(begin)
        lines = opened.read(end - begin).decode("utf-8", "replace").splitlines()
    return (lines[1:] if begin else lines)[-count:] if count else [], end


def follow(file: Path, position: int) -> Iterator[str]:
    """The lines that are written from `position` on, for ever; also across a file that is started over."""
    rest = b""
    while True:
        try:
            if file.stat().st_size < position:
                position, rest = 0, b""
            with file.open("rb") as opened:
                opened.seek(position)
                new = opened.read()
        except FileNotFoundError:  # between two files
            new = b""
        position += len(new)
        *lines, rest = (rest + new).split(b"\n")
        yield from (line.decode("utf-8", "replace") for line in lines)
        if not new:
            time.sleep(LOOK_SECONDS)
