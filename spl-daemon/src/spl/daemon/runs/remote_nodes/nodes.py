"""The remote nodes of a published pipeline: all that its runs may ask for. Pure, but for `of_folder`."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self


@dataclass(frozen=True, slots=True)
class RemoteNode:
    """What a node of a pipeline calls, and where.

    Attributes:
        id: the node.
        name, function: the object, and the function inside it where one is meant.
        version: a number as text, or `latest`.
        owner, library: the namespace it is in; None means the caller's own.
        url: the server it is on; None means the one that this daemon is connected to.
        target_machine: where it shall run; None leaves that to the library.
    """

    id: str
    name: str
    function: str | None = None
    version: str = "latest"
    owner: str | None = None
    library: str | None = None
    url: str | None = None
    target_machine: str | None = None

    @property
    def names_a_place(self) -> bool:
        """Whether it says more than the object's name: such a node is a server's matter."""
        return any((self.owner, self.library, self.url, self.target_machine))

    @property
    def reference(self) -> str:
        """What messages call it: `owner/library/object::function`, as far as it is known."""
        place = "/".join(part for part in (self.owner, self.library) if part)
        name = f"{self.name}::{self.function}" if self.function else self.name
        return f"{place}/{name}" if place else name

    @classmethod
    def of_step(cls, step: Mapping[str, Any]) -> Self:
        """From the step of a compiled plan."""
        remote = step["remote"]
        names = ("name", "function", "version", "owner", "library", "url", "target_machine")
        return cls(step["id"], **{name: remote[name] for name in names if remote.get(name) is not None})


def of_plans(bundle: Mapping[str, Any]) -> dict[str, RemoteNode]:
    """The remote nodes of a bundle's entrypoint, by id; none where that is a function."""
    plan = bundle["plans"].get(bundle["entrypoint"]) or {"steps": ()}
    return {step["id"]: RemoteNode.of_step(step) for step in plan["steps"] if "remote" in step}


def of_folder(folder: Path) -> dict[str, RemoteNode]:
    """Those of a bundle as it was written for the workers."""
    return of_plans(json.loads((folder / "bundle.json").read_text(encoding="utf-8")))
