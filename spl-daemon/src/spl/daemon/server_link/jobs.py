"""A job as a server sends it. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Self, get_args

from spl.daemon.objects.mirrors import MirrorRef
from spl.daemon.runs.origin import Remote
from spl.daemon.settings import Isolation


class NotAJob(ValueError):
    """What the server sent can't be a job."""


# The upper bits of a fence say which life of the server's database gave it.
GENERATION_SHIFT = 40


@dataclass(frozen=True, slots=True)
class Job:
    """A claimed run: what to run, with which arguments, under which fence."""

    run_id: str
    attempt: int
    fence: str
    owner: str
    library: str
    name: str
    version: int
    content_hash: str
    env: str
    isolation: str | None
    object_isolation: str | None
    function: str | None
    output: str | None
    args: list[Any]
    kwargs: dict[str, Any]
    timeout_seconds: float | None
    priority: int
    allow_pickle: bool
    repeatable: bool
    caller: str
    document: Mapping[str, Any] = field(repr=False, compare=False)

    @property
    def restored(self) -> bool:
        """Whether the server came back from a backup once: it may not know what this machine did since."""
        return int(self.fence) >> GENERATION_SHIFT > 1

    @classmethod
    def read(cls, document: Any) -> Self:
        """Raises NotAJob."""
        try:
            about = document["object"]
            fence = str(document["fence"])
            if not fence.isdecimal() or not str(about["content_hash"]):
                raise NotAJob(f"fence {fence[:40]!r}")
            caller = document.get("caller") or {}
            delivery = document.get("delivery")
            mode = delivery.get("mode") if isinstance(delivery, Mapping) else delivery
            return cls(
                run_id=str(document["run_id"]),
                attempt=int(document["attempt"]),
                fence=fence,
                owner=str(about["owner"]),
                library=str(about["library"]),
                name=str(about["name"]),
                version=int(about["version"]),
                content_hash=str(about["content_hash"]),
                env=str(about.get("env") or "default"),
                isolation=_mode(document.get("isolation")),
                object_isolation=_mode(about.get("isolation")),
                function=document.get("function"),
                output=document.get("output"),
                args=list(document.get("args") or ()),
                kwargs=dict(document.get("kwargs") or {}),
                timeout_seconds=document.get("timeout_seconds"),
                priority=int(document.get("priority") or 0),
                allow_pickle=document.get("allow_pickle") is True,
                repeatable=mode == "at_least_once",
                caller=str(caller.get("user") or "") if isinstance(caller, Mapping) else str(caller),
                document=document,
            )
        except NotAJob:
            raise
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise NotAJob(f"{type(error).__name__}: {error}") from error

    @property
    def subject(self) -> str:
        """What the machine's policy is asked about."""
        return f"{self.owner}/{self.library}/{self.name}"

    def noted(self) -> dict[str, Any]:
        """What the journal keeps of it."""
        return {"object": self.subject, "version": self.version, "repeatable": self.repeatable}

    def mirror(self, origin: str) -> MirrorRef:
        return MirrorRef(
            origin,
            self.owner,
            self.library,
            self.name,
            self.version,
            self.content_hash,
            self.env,
            self.object_isolation,
        )

    def remote(self, origin: str, owner: str) -> Remote:
        return Remote(
            origin=origin,
            owner=owner,
            run_id=self.run_id,
            fence=self.fence,
            attempt=self.attempt,
            object=self.subject,
            caller=self.caller,
            repeatable=self.repeatable,
        )


def _mode(value: object) -> str | None:
    return str(value) if value in get_args(Isolation) and value != "auto" else None
