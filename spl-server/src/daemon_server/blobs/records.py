"""What passes between the store, the service and the routes. Sizes and offsets are bytes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

type Role = Literal["artifact", "result"]


@dataclass(frozen=True, slots=True)
class Item:
    """One file that a run leaves behind: something it names (artifact), or a part of its value (result)."""

    name: str
    size: int
    sha256: str
    media_type: str
    role: Role = "artifact"


@dataclass(frozen=True, slots=True)
class Upload:
    """A file that is arriving. `offset` is how much of it is on the disk, known to the database."""

    id: str
    run_id: str
    fence: int
    user_id: str
    role: Role
    name: str
    sha256: str
    size: int
    media_type: str
    offset: int
    created_at: int
    completed_at: int | None

    @property
    def item(self) -> Item:
        return Item(self.name, self.size, self.sha256, self.media_type, self.role)


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is to be done about an announced file: nothing, or bytes from `upload.offset` on."""

    item: Item
    upload: Upload | None
