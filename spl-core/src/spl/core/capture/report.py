"""What was captured, to be shown: nothing is taken along silently."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any, Self

WARN_BYTES = 256 * 1024
"""From here on a captured constant is worth a warning: it is sent with every publish and read by every worker."""

REFUSE_BYTES = 16 * 1024 * 1024
"""Data of this size belongs in an argument, a file or a store, not in a function's source."""


@dataclass(frozen=True, slots=True)
class CaptureReport:
    """What a bundle took along.

    Attributes:
        functions, classes: `module:qualname` of each definition that was extracted from a notebook, script or prompt.
        constants: (name, module, bytes) of each captured value.
        modules: (name, path, bytes) of each embedded source.
        files: (path, bytes) of each embedded data file.
        distributions: what is imported directly, `name==version`.
        constraints: what those need, as installed here.
        requirements: the author's own requirement lines, which win over both.
        warnings: what may turn out otherwise than expected.
        notes: what is good to know.
        remote_nodes: what each remote node calls, and in which version: `{"node", "reference", "version", ...}`.
    """

    functions: tuple[str, ...] = ()
    classes: tuple[str, ...] = ()
    constants: tuple[tuple[str, str, int], ...] = ()
    modules: tuple[tuple[str, str, int], ...] = ()
    files: tuple[tuple[str, int], ...] = ()
    distributions: tuple[str, ...] = ()
    constraints: tuple[str, ...] = ()
    requirements: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    remote_nodes: tuple[Mapping[str, Any], ...] = ()

    def to_json(self) -> dict[str, Any]:
        return {
            name: [list(item) if isinstance(item, tuple) else item for item in items]
            for name, items in asdict(self).items()
        }

    @classmethod
    def from_json(cls, document: Mapping[str, Any]) -> Self:
        """Read what `to_json` wrote; fields of another version are left out."""
        known = {field.name for field in fields(cls)}
        values: dict[str, Any] = {
            name: tuple(tuple(item) if isinstance(item, list) else item for item in items)
            for name, items in document.items()
            if name in known
        }
        return cls(**values)

    def __str__(self) -> str:
        lines = [
            *_listed("functions", self.functions),
            *_listed("classes", self.classes),
            *_listed("constants", [f"{name} ({size(count)})" for name, _, count in self.constants]),
            *_listed("modules", [f"{path} ({size(count)})" for _, path, count in self.modules]),
            *_listed("files", [f"{path} ({size(count)})" for path, count in self.files]),
            *_listed("requirements" if self.requirements else "pins", self.requirements or self.distributions),
            *_listed("remote nodes", [_remote_node(one) for one in self.remote_nodes]),
        ]
        if self.constraints:
            lines.append(f"constraints: {len(self.constraints)} more distributions")
        lines += [f"warning: {text}" for text in self.warnings]
        lines += [f"note: {text}" for text in self.notes]
        return "\n".join(lines)


def _remote_node(one: Mapping[str, Any]) -> str:
    version = f"v{one['version']}" if one.get("version") is not None else str(one.get("was") or "latest")
    return f"{one['reference']} {version}"


def _listed(title: str, items: Any) -> list[str]:
    return [f"{title}: {', '.join(items)}"] if items else []


def size(count: int) -> str:
    """Bytes as people say them."""
    if count < 1024:
        return f"{count} B"
    return f"{count / 1024:.1f} KiB" if count < 1024 * 1024 else f"{count / 1024 / 1024:.1f} MiB"
