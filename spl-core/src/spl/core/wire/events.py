"""Server-sent events, read line by line."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Event:
    """One event: its kind (`state`, `phase`, `progress`, `log`, ...), its data, and its id where it has one."""

    kind: str
    data: Any
    id: str = ""


class EventReader:
    """Takes lines, gives an event for each that completes one. Comments, and events without data, are passed over."""

    def __init__(self) -> None:
        self._kind = "message"
        self._id = ""
        self._data: list[str] = []

    def take(self, raw: bytes) -> Event | None:
        line = raw.decode("utf-8", "replace").rstrip("\r\n")
        if not line:
            return self._complete()
        name, _, value = line.partition(":")
        value = value.removeprefix(" ")
        if name == "event":
            self._kind = value
        elif name == "data":
            self._data.append(value)
        elif name == "id":
            self._id = value
        return None

    def _complete(self) -> Event | None:
        kind, data = self._kind, self._data
        self._kind, self._data = "message", []
        return Event(kind, _decoded("\n".join(data)), self._id) if data else None


def read_events(lines: Iterable[bytes]) -> Iterator[Event]:
    """The events in these lines."""
    reader = EventReader()
    for line in lines:
        event = reader.take(line)
        if event is not None:
            yield event


def _decoded(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return text
