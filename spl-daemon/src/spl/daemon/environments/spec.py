"""What must be installed, and the hash that says when two objects can share a build. Pure."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

from spl.core.errors import InvalidRequest

# 128 bits: no two specs meet by chance, and the folder's path still fits where paths are short.
HASH_CHARACTERS = 32
# Grows when the same spec has to be built differently than before.
FORMAT = 1
# A requirement is a line of a file that an installer reads; nobody writes longer ones by hand.
REQUIREMENT_CHARACTERS = 1_000


@dataclass(frozen=True, slots=True)
class Identity:
    """What makes two interpreters interchangeable: not where they are, but what they are."""

    version: str
    implementation: str
    platform: str

    def __str__(self) -> str:
        return f"{self.implementation} {self.version} on {self.platform}"


@dataclass(frozen=True, slots=True)
class Interpreter:
    """A Python, as it described itself when it was asked.

    Attributes:
        env: the name it is registered under.
        python: the path that was registered.
        base_python: the interpreter below it, where `python` is that of a virtual environment.
        prefix: its `sys.prefix`, where pip looks for settings of its own.
    """

    env: str
    python: Path
    base_python: Path
    prefix: Path
    identity: Identity


@dataclass(frozen=True, slots=True)
class DependencySpec:
    """An interpreter and everything to install beside it.

    Attributes:
        wanted: requirement lines: what the author asked for, else what was captured.
        constraints: versions to keep to where they apply.
        env, python, prefix: the environment it was asked for, and the base Python that would build it. They are not
            part of the hash.
    """

    identity: Identity
    wanted: tuple[str, ...] = ()
    constraints: tuple[str, ...] = ()
    env: str = field(default="", compare=False)
    python: Path = field(default=Path(), compare=False)
    prefix: Path = field(default=Path(), compare=False)
    hash: str = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "hash", _hash(self))

    @classmethod
    def of(
        cls,
        interpreter: Interpreter,
        dependencies: Iterable[object],
        constraints: Iterable[object] = (),
        requirements: Iterable[str] = (),
    ) -> Self:
        """The spec of a bundle for this interpreter; requirements given by the author win over what was captured.

        Raises:
            InvalidRequest: a requirement is not a requirement but an option of an installer.
        """
        wanted = _lines(requirements) or _lines(map(str, dependencies))
        return cls(
            identity=interpreter.identity,
            wanted=wanted,
            constraints=_lines(map(str, constraints)) if wanted else (),
            env=interpreter.env,
            python=interpreter.base_python,
            prefix=interpreter.prefix,
        )

    @property
    def empty(self) -> bool:
        """Whether the standard library is enough."""
        return not self.wanted

    @property
    def pinned(self) -> bool:
        """Whether every requirement names one version, so that nothing newer in an index could be meant."""
        return all(_EXACT.search(line) for line in self.wanted)

    def to_json(self) -> dict[str, Any]:
        return {
            "version": self.identity.version,
            "implementation": self.identity.implementation,
            "platform": self.identity.platform,
            "requirements": list(self.wanted),
            "constraints": list(self.constraints),
        }

    @classmethod
    def from_json(cls, document: Mapping[str, Any], *, env: str = "", python: str = "", prefix: str = "") -> Self:
        return cls(
            identity=Identity(document["version"], document["implementation"], document["platform"]),
            wanted=tuple(document["requirements"]),
            constraints=tuple(document["constraints"]),
            env=env,
            python=Path(python),
            prefix=Path(prefix),
        )


def _hash(spec: DependencySpec) -> str:
    canonical = json.dumps(
        {"format": FORMAT, **spec.to_json()}, sort_keys=True, ensure_ascii=True, separators=(",", ":")
    )
    return hashlib.sha256(canonical.encode("ascii")).hexdigest()[:HASH_CHARACTERS]


def _lines(requirements: Iterable[str]) -> tuple[str, ...]:
    """The same requirements, written one way: names as the index spells them, sorted, each once."""
    return tuple(sorted({_normal(line) for line in requirements if line.strip()}))


_EXACT = re.compile(r"==\s*[^\s,;*]+\s*(;|$)")
_NAME = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?")


def _normal(line: str) -> str:
    text = line.strip()
    if len(text) > REQUIREMENT_CHARACTERS or not text.isprintable():
        raise InvalidRequest(
            f"A requirement is one line of at most {REQUIREMENT_CHARACTERS:,} characters, not {text[:80]!r}."
        )
    name = _NAME.match(text)
    if name is None:
        raise InvalidRequest(
            f"{text[:80]!r} is not a requirement such as `numpy==2.1.0`.",
            hint="Options of an installer don't belong to an object; the daemon takes them from pip.conf or UV_*.",
        )
    return re.sub(r"[-_.]+", "-", name[0]).lower() + re.sub(r"\s+", " ", text[name.end() :])
