"""What a call gives back: its value, and the files the run left."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from spl.core.errors import ArtifactNotFound, ValueNotDecodable
from spl.core.wire import runs as wire
from spl.core.wire.base import Flow
from spl.core.wire.files import whole_file

if TYPE_CHECKING:
    from spl.client.handles import RunBase
    from spl.runtime.values import ArtifactRef

type Fetch = Callable[[Flow[dict[str, Path]]], dict[str, Path]]

_READ = 1 << 20


@dataclass(frozen=True, slots=True)
class Artifact:
    """A file of a run, by its name; its content is fetched when it is asked for."""

    name: str
    size: int
    sha256: str
    media_type: str = "application/octet-stream"
    run_id: str = ""
    _fetch: Fetch | None = field(default=None, compare=False)
    _at: str = wire.HERE

    @classmethod
    def of(cls, run_id: str, row: Mapping[str, Any], fetch: Fetch | None = None, at: str = wire.HERE) -> Artifact:
        media_type = row.get("media_type") or "application/octet-stream"
        return cls(row["name"], row.get("size", 0), row.get("sha256", ""), media_type, run_id, fetch, at)

    def save(self, folder: str | Path) -> Path:
        """Fetch the file into a folder, under its own name; where it is then."""
        if self._fetch is None:
            raise TypeError("This artifact belongs to an asyncio client; await run.download_artifacts(folder).")
        return self._fetch(downloaded(self.run_id, {self.name: self}, folder, self._at))[self.name]

    def read(self) -> bytes:
        """The file's content."""
        import tempfile

        with tempfile.TemporaryDirectory(prefix="spl-") as folder:
            return self.save(folder).read_bytes()

    def __repr__(self) -> str:
        return f"<Artifact {self.name!r}, {self.size} bytes, {self.media_type}>"


class Artifacts(Mapping[str, Artifact]):
    """The files of a run, by name, or by the reference that a returned path or figure became."""

    def __init__(
        self, run_id: str, rows: Sequence[Mapping[str, Any]], fetch: Fetch | None = None, at: str = wire.HERE
    ) -> None:
        self._by_name = {row["name"]: Artifact.of(run_id, row, fetch, at) for row in rows}
        self._run_id = run_id

    def __getitem__(self, name: str | ArtifactRef) -> Artifact:
        name = name if isinstance(name, str) else name.name
        if name not in self._by_name:
            known = ", ".join(self._by_name) or "none"
            raise ArtifactNotFound(f"Run {self._run_id} has no artifact {name!r}.", hint=f"Its artifacts: {known}.")
        return self._by_name[name]

    def __contains__(self, name: object) -> bool:
        return name in self._by_name

    def __iter__(self) -> Iterator[str]:
        return iter(self._by_name)

    def __len__(self) -> int:
        return len(self._by_name)

    def __repr__(self) -> str:
        return f"Artifacts({list(self._by_name)})"


@dataclass(frozen=True, slots=True, repr=False)
class CallResult:
    """A call that came to a value.

    Attributes:
        value: what the function returned; for a pipeline `{"default": ...}` of the selected output, or of each.
        run: the run's handle.
        mode: where it ran: `local`, or `server` when a server gave it to a machine.
        artifacts: the files it left, by name.
        downloaded_artifacts: where they are, if `artifacts_dir` was given.
    """

    value: Any
    run: RunBase
    artifacts: Mapping[str, Artifact] = field(default_factory=dict)
    downloaded_artifacts: dict[str, Path] = field(default_factory=dict)
    mode: str = "local"
    _kind: Callable[[], str] | None = None

    @property
    def id(self) -> str:
        return self.run.id

    @property
    def duration(self) -> float | None:
        """Seconds that the function itself took."""
        return self.run.duration

    @property
    def machine(self) -> str | None:
        """The machine that a server gave it to; None for a run of this machine's daemon."""
        return self.run.machine

    @property
    def output(self) -> Any:
        """The value without a pipeline's port names: of the selected output, or by alias."""
        value = self.value
        if self._kind is None or not looks_like_ports(value) or self._kind() != "pipeline":
            return value
        if value.keys() == {"default"}:
            return value["default"]
        return {name: _only(ports) for name, ports in value.items()}

    @property
    def server_side(self) -> bool:
        return self.mode == "server"

    def __repr__(self) -> str:
        from spl.client.display.text import short

        return f"CallResult(mode={self.mode!r}, value={short(self.value)})"

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, str]:
        from spl.client.display.cards import result_card

        return result_card(self)


def looks_like_ports(value: Any) -> bool:
    """Whether a value may be a pipeline's: `{"default": ...}`, or one such by alias."""
    if not isinstance(value, dict) or not value:
        return False
    return value.keys() == {"default"} or all(
        isinstance(ports, dict) and "default" in ports for ports in value.values()
    )


def _only(ports: Any) -> Any:
    return ports["default"] if isinstance(ports, dict) and ports.keys() == {"default"} else ports


def downloaded(
    run_id: str, artifacts: Mapping[str, Artifact], folder: str | Path, at: str = wire.HERE
) -> Flow[dict[str, Path]]:
    """Fetch a run's files below `folder`, each checked against its hash before it takes its name.

    A connection that breaks is taken up where it broke off.
    """
    root = Path(folder)
    root.mkdir(parents=True, exist_ok=True)
    places = {}
    for name, artifact in artifacts.items():
        target = _safe_place(root, name)
        beside = target.with_name(f".{target.name}.{os.getpid()}.part")
        try:
            yield from _fetched(run_id, name, beside, at)
            if artifact.sha256 and _sha256(beside) != artifact.sha256:
                raise ValueNotDecodable(f"Artifact {name!r} of run {run_id} arrived damaged.", hint="Fetch it again.")
            beside.replace(target)
        finally:
            beside.unlink(missing_ok=True)
        places[name] = target
    return places


def _fetched(run_id: str, name: str, into: Path, at: str) -> Flow[None]:
    yield from whole_file(lambda offset: wire.artifact(run_id, name, into, offset, at=at), into)


def _safe_place(root: Path, name: str) -> Path:
    """Where an artifact goes; never outside the folder, whatever its name says and whatever links are there."""
    segments = name.replace("\\", "/").split("/")
    if any(segment in ("", ".", "..") or ":" in segment or "\0" in segment for segment in segments):
        raise ValueNotDecodable(f"The artifact's name {name!r} is not one of a file below a folder.")
    target = root.joinpath(*segments)
    target.parent.mkdir(parents=True, exist_ok=True)
    if not target.parent.resolve().is_relative_to(root.resolve()):
        raise ValueNotDecodable(f"The artifact's name {name!r} leads out of {root}.")
    return target


def _sha256(file: Path) -> str:
    import hashlib

    hasher = hashlib.sha256()
    with file.open("rb") as opened:
        while piece := opened.read(_READ):
            hasher.update(piece)
    return hasher.hexdigest()
