"""What a pipeline computed, node by node."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from html import escape
from typing import Any

from spl.core.entities.nearest import did_you_mean, listed
from spl.core.entities.node import Node
from spl.core.entities.pipeline import Pipeline
from spl.core.entities.port import DEFAULT_PORT
from spl.core.errors import OutputNotFound
from spl.runtime.execute import Outcome
from spl.runtime.plan import Program

SHOWN_ROWS = 50
SHOWN_LETTERS = 200


class Run:
    """One run of a pipeline: `run["alias"]["default"]`, `run[node]["default"]`, `run.value("alias")`.

    Iterating gives the names of its results: the aliases, or the last nodes where there are none.

    Attributes:
        pipeline: what was run.
        timings: seconds that each node took, by id.
        failed: the id of the node that raised, if one did.
    """

    def __init__(self, pipeline: Pipeline, program: Program, outcome: Outcome, failed: str | None = None) -> None:
        self.pipeline = pipeline
        self.timings: Mapping[str, float] = outcome.seconds
        self.failed = failed
        self._program = program
        self._values = outcome.values

    def __getitem__(self, key: str | Node) -> dict[str, Any]:
        """A node's values by output port; `key` is a node, an alias or a node's id."""
        name = key.id if isinstance(key, Node) else key
        node_id = self.pipeline.aliases.get(name, name) if isinstance(key, str) else name
        if node_id not in self._values:
            raise self._absent(name, node_id)
        return self._program.ports_of(node_id, self._values[node_id])

    def value(self, name: str | Node | None = None, port: str = DEFAULT_PORT) -> Any:
        """One value; the name may be left out where the pipeline has one result."""
        if name is None:
            known = list(self._names())
            if len(known) != 1:
                raise OutputNotFound(f"The run has {len(known)} results.", hint=f"Name one: {listed(known)}.")
            name = known[0]
        ports = self[name]
        if port not in ports:
            if port == DEFAULT_PORT and len(ports) == 1:
                return next(iter(ports.values()))
            raise OutputNotFound(f"{name!r} has no output port {port!r}.", hint=f"Its ports: {listed(ports)}.")
        return ports[port]

    @property
    def nodes(self) -> tuple[str, ...]:
        """The ids of the nodes that have a value."""
        return tuple(self._values)

    def keys(self) -> list[str]:
        return list(self)

    def items(self) -> list[tuple[str, dict[str, Any]]]:
        return [(name, self[name]) for name in self]

    def __iter__(self) -> Iterator[str]:
        return (name for name in self._names() if self.pipeline.aliases.get(name, name) in self._values)

    def __len__(self) -> int:
        return sum(1 for _ in self)

    def __contains__(self, key: object) -> bool:
        name = key.id if isinstance(key, Node) else key
        return isinstance(name, str) and self.pipeline.aliases.get(name, name) in self._values

    def _names(self) -> Mapping[str, str] | list[str]:
        return self.pipeline.aliases or list(self._program.sinks)

    def _absent(self, name: str, node_id: str) -> OutputNotFound:
        if node_id in self.pipeline.nodes:
            why = f"{self.failed!r} failed before it." if self.failed else "It was not needed."
            return OutputNotFound(f"Node {node_id!r} has no value in this run: {why}")
        known = list(self.pipeline.aliases) or list(self.pipeline.nodes)
        guess = did_you_mean(str(name), known)
        return OutputNotFound(f"The run has no output {name!r}.{guess}", hint=f"Its outputs: {listed(known)}.")

    def __repr__(self) -> str:
        state = f"failed at {self.failed!r}" if self.failed else f"{len(self._values)} nodes"
        results = ", ".join(f"{name}={_clipped(self.value(name), 60)}" for name in list(self)[:4])
        return f"<Run of {self.pipeline.name!r}, {state}{': ' if results else ''}{results}>"

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> dict[str, str]:
        return {"text/plain": repr(self), "text/html": self._html()}

    def _html(self) -> str:
        named = {node_id: alias for alias, node_id in self.pipeline.aliases.items()}
        shown = sorted(self._values, key=lambda node_id: node_id not in named)[:SHOWN_ROWS]
        rows = "".join(
            f"<tr><td>{escape(named.get(node_id, ''))}</td><td>{escape(node_id)}</td>"
            f"<td><code>{escape(_clipped(self._values[node_id], SHOWN_LETTERS))}</code></td>"
            f"<td>{self.timings.get(node_id, 0) * 1000:.1f} ms</td></tr>"
            for node_id in shown
        )
        state = f"failed at <b>{escape(self.failed)}</b>" if self.failed else f"{len(self._values)} nodes"
        more = len(self._values) - len(shown)
        rest = f"<p>... {more} more</p>" if more else ""
        head = "<tr><th>output</th><th>node</th><th>value</th><th>time</th></tr>"
        return f"<div><p>Run of <b>{escape(self.pipeline.name)}</b>, {state}</p><table>{head}{rows}</table>{rest}</div>"


def _clipped(value: Any, letters: int) -> str:
    try:
        text = " ".join(repr(value).split())
    except Exception as error:  # a broken __repr__ must not hide the other values
        text = f"<{type(value).__name__}, its repr raised {type(error).__name__}>"
    return text if len(text) <= letters else text[: letters - 3] + "..."
