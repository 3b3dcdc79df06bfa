"""What a run leaves on the disk.

runs/<run-id>/
├── inputs.json    the arguments, as value documents by name
├── stdout.txt     at most so many bytes, then a line that says how many are missing
├── stderr.txt
├── result.json    the result's document, or the error's; what counts is in the database
├── object.yaml    what was run
└── artifacts/     what the run keeps beside its value
"""

from __future__ import annotations

import os
import re
import shutil
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

Stream = Literal["stdout", "stderr"]
STREAMS: tuple[Stream, Stream] = ("stdout", "stderr")

# Written behind the last byte that is kept.
CUT = "\n[output cut here: at least {dropped} bytes dropped]\n"
_CUT = re.compile(rb"\n\[output cut here: at least (\d+) bytes dropped\]\n\Z")
_LONGEST_CUT = 100

# A character of UTF-8 has at most this many bytes.
LONGEST_CHARACTER = 4


@dataclass(frozen=True, slots=True)
class Slice:
    """A piece of a stream, whole characters only.

    Attributes:
        offset, next_offset: where it begins, and where the next piece does.
        size: how long the stream is now.
        dropped: how many bytes are missing at its end.
    """

    offset: int
    next_offset: int
    size: int
    text: str
    dropped: int


@dataclass(frozen=True, slots=True)
class RunFolder:
    """One run's folder; everything about it may be missing, because a function may take it away."""

    path: Path

    def stream(self, name: Stream) -> Path:
        return self.path / f"{name}.txt"

    @property
    def artifacts(self) -> Path:
        return self.path / "artifacts"

    def size(self, name: Stream) -> int:
        try:
            return self.stream(name).stat().st_size
        except OSError:
            return 0

    def hold_to(self, limit: int, name: Stream) -> int:
        """Cut a stream that is still written to back to its limit; how many bytes went, but for the very last."""
        size = self.size(name)
        if size <= limit:
            return 0
        with suppress(OSError):
            os.truncate(self.stream(name), limit)
            return size - limit
        return 0

    def finish(self, limit: int, name: Stream, dropped: int) -> None:
        """Cut a stream to its limit for good, and say so in its last line."""
        dropped += self.hold_to(limit, name)
        if dropped:
            with suppress(OSError), self.stream(name).open("ab") as file:
                file.write(CUT.format(dropped=dropped).encode())

    def read(self, name: Stream, offset: int, limit: int, *, ended: bool) -> Slice:
        """A piece of a stream from a byte offset on. Half a character at its end waits for the rest, if any comes."""
        try:
            with self.stream(name).open("rb") as file:
                size = file.seek(0, os.SEEK_END)
                file.seek(max(0, size - _LONGEST_CUT))
                cut = _CUT.search(file.read())
                file.seek(min(offset, size))
                data = file.read(limit)
        except OSError:
            return Slice(offset, offset, 0, "", 0)
        start = min(offset, size)
        complete = ended and start + len(data) == size
        data = data if complete else data[: whole_characters(data)]
        text = data.decode("utf-8", "replace")
        return Slice(start, start + len(data), size, text, int(cut[1]) if cut else 0)

    def tail(self, name: Stream, size: int) -> str:
        """The end of a stream."""
        start = max(0, self.size(name) - size)
        text = self.read(name, start, size, ended=True).text
        return text if start == 0 else text.partition("\n")[2] or text

    def artifact(self, name: str) -> Path | None:
        """The file of an artifact; None where it is gone, or is not a file below the artifact folder any more."""
        root = self.artifacts.resolve()
        path = (root / name).resolve()
        return path if path.is_file() and path.is_relative_to(root) else None

    def remove(self) -> None:
        shutil.rmtree(self.path, ignore_errors=True)

    def bytes(self) -> int:
        """What all of it holds."""
        total = 0
        for folder, _, files in os.walk(self.path):
            for file in files:
                with suppress(OSError):
                    total += os.lstat(Path(folder, file)).st_size
        return total


def whole_characters(data: bytes) -> int:
    """How many bytes of UTF-8 can be read without the half character at their end."""
    for back in range(1, min(LONGEST_CHARACTER, len(data)) + 1):
        byte = data[-back]
        if byte < 0x80:
            return len(data)
        if byte >= 0xC0:
            needed = 2 if byte < 0xE0 else 3 if byte < 0xF0 else 4
            return len(data) if back >= needed else len(data) - back
    return len(data)
