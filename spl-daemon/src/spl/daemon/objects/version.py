"""One published version, as those who run it see it, and what the database keeps of it beside its YAML."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, Self

from spl.core.entities.bundle import Bundle, Distribution
from spl.core.entities.nearest import did_you_mean, listed
from spl.core.entities.signature import Signature
from spl.core.errors import FunctionNotFound
from spl.daemon.environments import DependencySpec

Kind = Literal["function", "pipeline"]


@dataclass(frozen=True, slots=True)
class Card:
    """All of a bundle that is asked for without its source: kept as JSON, so that no reader of it needs the YAML.

    Attributes:
        entry: the signature of the entrypoint.
        functions: the signatures of the functions that can be called by name, the entrypoint's own among them.
    """

    entry: Signature
    functions: Mapping[str, Signature]
    requires_python: str = ">=3.9"
    python: str = ""
    dependencies: tuple[Distribution, ...] = ()
    constraints: tuple[Distribution, ...] = ()
    requirements: tuple[str, ...] = ()

    @classmethod
    def of(cls, bundle: Bundle) -> Self:
        return cls(
            entry=Signature.of(bundle),
            functions={function.name: Signature.of(bundle, function.name) for function in bundle.functions},
            requires_python=bundle.requires_python,
            python=bundle.python,
            dependencies=bundle.dependencies,
            constraints=bundle.constraints,
            requirements=bundle.requirements,
        )

    @property
    def signatures(self) -> dict[str | None, Signature]:
        """All of them, the entrypoint's under None."""
        found: dict[str | None, Signature] = {None: self.entry}
        found.update(self.functions)
        return found

    def to_json(self) -> dict[str, Any]:
        return {
            "entry": self.entry.to_json(),
            "functions": {name: signature.to_json() for name, signature in self.functions.items()},
            "requires_python": self.requires_python,
            "python": self.python,
            "dependencies": [str(distribution) for distribution in self.dependencies],
            "constraints": [str(distribution) for distribution in self.constraints],
            "requirements": list(self.requirements),
        }

    @classmethod
    def from_json(cls, document: Mapping[str, Any]) -> Self:
        return cls(
            entry=Signature.from_json(document["entry"]),
            functions={name: Signature.from_json(signature) for name, signature in document["functions"].items()},
            requires_python=document["requires_python"],
            python=document["python"],
            dependencies=_distributions(document["dependencies"]),
            constraints=_distributions(document["constraints"]),
            requirements=tuple(document["requirements"]),
        )


def _distributions(lines: Iterable[str]) -> tuple[Distribution, ...]:
    return tuple(Distribution(*line.split("==", 1)) for line in lines)


@dataclass(frozen=True, slots=True)
class ObjectVersion:
    """A version ready to run: its environment resolved, its bundle folder there.

    Attributes:
        id: its own id, never given twice.
        object, version: the name and the number it is known by.
        env, spec: the environment's name, and what must be installed in it.
        bundle_folder: what a worker loads.
        signatures: by function name; None is the entrypoint.
        created_at: epoch milliseconds.
        copy: its YAML, where it is a mirror; None where it is a version published here.
    """

    id: str
    object: str
    version: int
    kind: Kind
    entrypoint: str
    content_hash: str
    env: str
    spec: DependencySpec
    bundle_folder: Path
    signatures: Mapping[str | None, Signature] = field(hash=False)
    isolation: str | None
    created_at: int
    copy: Path | None = None

    def __str__(self) -> str:
        return f"{self.object} v{self.version}"

    def signature(self, function: str | None = None) -> Signature:
        """The signature of the entrypoint, or of a function inside.

        Raises:
            FunctionNotFound: with the functions there are.
        """
        found = self.signatures.get(function)
        if found is None:
            raise function_not_found(str(self), function or "", [name for name in self.signatures if name])
        return found


def function_not_found(where: str, wanted: str, known: Iterable[str]) -> FunctionNotFound:
    names = sorted(known)
    return FunctionNotFound(
        f"{where} has no function {wanted!r}.{did_you_mean(wanted, names)}", hint=f"Its functions: {listed(names)}."
    )
