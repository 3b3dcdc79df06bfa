"""What requests about environments say, and what they are answered."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import BaseModel, Field, StringConstraints

from spl.daemon.environments.store import BuildRow, Registration
from spl.daemon.http.routing import StrictModel

# The length is not part of the pattern: a repetition that is counted takes milliseconds to compile.
EnvironmentName = Annotated[
    str,
    StringConstraints(pattern=r"^[A-Za-z_][A-Za-z0-9_.\-]*$", max_length=200),
    Field(description="The environment's name."),
]


class EnvironmentCreate(StrictModel):
    """A name for the Python at a path."""

    name: EnvironmentName
    python: Annotated[str, Field(min_length=1, max_length=4096, description="Path of a Python executable.")]


class EnvironmentView(BaseModel):
    """A registered environment."""

    name: str
    python: str
    version: str
    implementation: str
    platform: str
    created_at: int
    updated_at: int

    @classmethod
    def of(cls, known: Registration) -> Self:
        interpreter = known.interpreter
        return cls(
            name=interpreter.env,
            python=str(interpreter.python),
            version=interpreter.identity.version,
            implementation=interpreter.identity.implementation,
            platform=interpreter.identity.platform,
            created_at=known.created_at,
            updated_at=known.updated_at,
        )


class EnvironmentPage(BaseModel):
    """All registered environments."""

    items: list[EnvironmentView]
    next: str | None = None


class BuildView(BaseModel):
    """One environment build. `size_bytes` is what removing it would free."""

    spec_hash: str
    env: str
    python: str
    status: Literal["building", "ready", "failed"]
    version: str
    implementation: str
    platform: str
    requirements: list[str]
    constraints: list[str]
    error: str | None
    created_at: int
    finished_at: int | None
    last_used_at: int
    size_bytes: int | None
    duration_ms: int | None

    @classmethod
    def of(cls, row: BuildRow) -> Self:
        spec = row.spec
        return cls(
            spec_hash=spec.hash,
            env=spec.env,
            python=str(spec.python),
            status=row.status,
            version=spec.identity.version,
            implementation=spec.identity.implementation,
            platform=spec.identity.platform,
            requirements=list(spec.wanted),
            constraints=list(spec.constraints),
            error=row.error,
            created_at=row.created_at,
            finished_at=row.finished_at,
            last_used_at=row.last_used_at,
            size_bytes=row.size_bytes,
            duration_ms=row.duration_ms,
        )


class BuildDetail(BuildView):
    """One environment build with the end of its log."""

    log: str = ""


class BuildPage(BaseModel):
    """Environment builds, the one made last first."""

    items: list[BuildView]
    next: str | None = None


class Rebuild(StrictModel):
    """Build again."""

    wait: Annotated[float, Field(ge=0, le=3600, description="How many seconds to wait for the end of the build.")] = 0.0


class Prune(StrictModel):
    """Which builds to remove; without a bound, those of the daemon's settings apply."""

    older_than_days: Annotated[float | None, Field(ge=0, le=36_500)] = None
    max_bytes: Annotated[int | None, Field(ge=0, le=2**53)] = None
    dry_run: bool = False


class Pruned(BaseModel):
    """The builds that went, or would go."""

    items: list[BuildView]
    freed_bytes: int
    dry_run: bool
