"""How much a run may leave behind."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from daemon_server.blobs import names
from daemon_server.blobs.records import Item
from daemon_server.http.problems import Invalid, TooLarge


class InvalidArtifactName(Invalid):
    """An artifact can't have this name."""

    code = "invalid_artifact_name"
    hint = "Parts of letters, digits, . _ - and spaces, with / between: at most 200 characters and 8 parts."


class TooManyArtifacts(Invalid):
    """A run leaves fewer artifacts than these."""

    code = "too_many_artifacts"
    hint = "Put files that belong together into one archive."


class ArtifactTooLarge(TooLarge):
    """An artifact, or all of a run's together, is larger than the server keeps."""

    code = "artifact_too_large"
    hint = "Keep it where it is and return where that is, or compress it."


@dataclass(frozen=True, slots=True)
class Limits:
    """What the server's settings say. Sizes are bytes.

    Attributes:
        item: the largest artifact or result.
        run: the most that all artifacts of a run may hold together.
        count: how many artifacts a run may have.
    """

    item: int
    run: int
    count: int

    def check(self, items: Sequence[Item], *, before: Sequence[Item] = ()) -> None:
        """Whether a run that has told of `before` may leave `items` too.

        Raises:
            InvalidArtifactName, TooManyArtifacts, ArtifactTooLarge
        """
        for item in items:
            if (reason := names.fault_of(item.name)) is not None:
                raise InvalidArtifactName(f"{item.name[:200]!r} {reason}.")
            if item.size > self.item:
                raise ArtifactTooLarge(f"{item.name!r} has {item.size} bytes; at most {self.item} are kept.")
        kept = {(item.role, item.name): item for item in [*before, *items]}
        artifacts = [item for item in kept.values() if item.role == "artifact"]
        if len(artifacts) > self.count:
            raise TooManyArtifacts(f"These are {len(artifacts)} artifacts; a run leaves at most {self.count}.")
        folded: dict[str, str] = {}
        for item in artifacts:
            other = folded.setdefault(item.name.casefold(), item.name)
            if other != item.name:
                raise InvalidArtifactName(f"{item.name!r} and {other!r} are the same file on some systems.")
        total = sum(item.size for item in kept.values())
        if total > self.run:
            raise ArtifactTooLarge(f"These are {total} bytes; a run leaves at most {self.run}.")
