"""What a worker is asked for, and what comes back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from spl.runtime.channel import pack

Mode = Literal["fork", "spare", "reuse", "fresh"]


@dataclass(frozen=True, slots=True)
class Command:
    """One run, as its worker is told of it: `arguments` is a JSON object of documents, `object` a file to keep."""

    run: str
    attempt: int
    folder: str
    arguments: bytes
    object: str | None = None
    function: str | None = None
    output: str | None = None
    env: Mapping[str, str] = field(default_factory=dict)
    limits: Mapping[str, int] = field(default_factory=dict)
    artifacts: Mapping[str, int] = field(default_factory=dict)
    result_bytes: int | None = None
    allow_pickle: bool = False

    def frame(self) -> bytes:
        header: dict[str, object] = {"op": "run", "run": self.run, "attempt": self.attempt, "folder": self.folder}
        for name in ("object", "function", "output", "env", "limits", "artifacts", "result_bytes", "allow_pickle"):
            value = getattr(self, name)
            if value:
                header[name] = value
        return pack(header, self.arguments)


@dataclass(frozen=True, slots=True)
class Report:
    """What the worker itself said of a run's end.

    Attributes:
        body: the result's document, or the error's, as JSON that nobody here reads.
        output: how long stdout and stderr were.
        run_ms: how long the function took.
    """

    succeeded: bool
    reason: str
    body: bytes
    artifacts: Sequence[Mapping[str, Any]] = ()
    output: Sequence[int] = (0, 0)
    run_ms: float = 0.0

    @classmethod
    def read(cls, header: Mapping[str, Any], body: bytes) -> Report:
        return cls(
            header["state"] == "succeeded",
            header["reason"],
            body,
            header.get("artifacts", ()),
            header.get("output", (0, 0)),
            header.get("run_ms", 0.0),
        )


@dataclass(frozen=True, slots=True)
class Question:
    """A worker asks for a remote step of its run's pipeline. `arguments` is a JSON object of documents by name."""

    run: str
    number: int
    step: str
    arguments: bytes

    def answered(self, state: str, body: bytes, **more: object) -> bytes:
        """The frame that answers it: with a value's document where `state` is succeeded, else with an error's."""
        return pack({"op": "answer", "run": self.run, "n": self.number, "state": state, **more}, body)


@dataclass(frozen=True, slots=True)
class Crash:
    """The worker ended without a word.

    Attributes:
        status: its exit code, or minus the signal that ended it; None where nobody could see it.
        began: whether it may have begun with the run. One that did not can be given to another worker.
        hint: what else is known.
    """

    status: int | None = None
    began: bool = True
    hint: str = ""
