"""Steps that run elsewhere: a worker asks its daemon for them, over the line on which it was given the run.

remote   {"op": "remote", "run", "n", "step"}: run this step of the run's own pipeline; body: the arguments' documents
answer   {"op": "answer", "run", "n", "state", "kind", "remote"}; body: the value's document, or the error's
forget   {"op": "forget", "run"}: nobody waits any more; whatever is still open is ended and answered all the same

Several steps may be under way, each asked for by a thread of its own. One of the threads that wait reads the line for
all of them: there is no further thread that would outlive the run.
"""

from __future__ import annotations

import json
import threading

from spl.runtime import values
from spl.runtime.execute import RemoteFailed
from spl.runtime.ports import DEFAULT, by_port

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any

    from spl.runtime.blobs import Blobs
    from spl.runtime.channel import Channel

    Answer = tuple[dict[str, Any], bytes]

PIPELINE = "pipeline"


class Remotes:
    """The remote steps of one run; calling it is what the plan executor does with one."""

    def __init__(
        self,
        run: str,
        channel: Channel,
        blobs: Blobs,
        find_type: Callable[[str, str], type | None],
        *,
        allow_pickle: bool = False,
    ) -> None:
        self._run = run
        self._channel = channel
        self._blobs = blobs
        self._find_type = find_type
        self._allow_pickle = allow_pickle
        self._news = threading.Condition()
        self._asked = 0
        self._open: set[int] = set()
        self._answers: dict[int, Answer] = {}
        self._reading = False
        self._lost = False
        self._closed = False

    def __call__(self, step: Mapping[str, Any], arguments: Mapping[str, Any]) -> Any:
        """The value of a step, or its values by port where it has ports by name.

        Raises:
            RemoteFailed: with the error of the run elsewhere.
            NotEncodable, NotDecodable: an argument or the value can't travel.
        """
        body = self._encoded(arguments)
        number = self._begin()
        try:
            self._channel.send({"op": "remote", "run": self._run, "n": number, "step": step["id"]}, body)
            header, answer = self._answer_to(number)
        finally:
            with self._news:
                self._open.discard(number)
                self._news.notify_all()
        if header["state"] != "succeeded":
            raise RemoteFailed(json.loads(answer), header.get("remote"))
        doc = values.loads(answer)
        value = values.decode(doc, self._blobs, allow_pickle=self._allow_pickle, types=self._find_type)
        return by_port(step.get("outputs") or (DEFAULT,), value, pipeline=header.get("kind") == PIPELINE)

    def close(self) -> None:
        """Give up what is still open; returns when no thread waits for it any more, and the line is the worker's."""
        with self._news:
            self._closed = True
            if not self._open:
                return
        try:
            self._channel.send({"op": "forget", "run": self._run})
        except OSError:
            pass  # the daemon is gone, and reading says so
        with self._news:
            while self._open:
                self._news.wait()

    def _encoded(self, arguments: Mapping[str, Any]) -> bytes:
        docs = {}
        for name, value in arguments.items():
            doc = values.encode(value, self._blobs, allow_pickle=self._allow_pickle, root=name)
            docs[name] = values.spill(doc, self._blobs)
        return values.dumps(docs)

    def _begin(self) -> int:
        with self._news:
            if self._closed or self._lost:
                raise ConnectionError("The run is over, or its daemon is gone.")
            self._asked += 1
            self._open.add(self._asked)
            return self._asked

    def _answer_to(self, number: int) -> Answer:
        while True:
            with self._news:
                while self._reading and number not in self._answers and not self._lost:
                    self._news.wait()
                if number in self._answers:
                    return self._answers.pop(number)
                if self._lost:
                    raise ConnectionError("The daemon is gone.")
                self._reading = True
            self._read()

    def _read(self) -> None:
        frame = None
        try:
            frame = self._channel.receive("answer")
        finally:
            with self._news:
                self._reading = False
                if frame is None:
                    self._lost = True
                elif frame[0]["run"] == self._run:
                    self._answers[int(str(frame[0]["n"]))] = frame
                self._news.notify_all()
