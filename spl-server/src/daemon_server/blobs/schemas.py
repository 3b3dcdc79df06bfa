"""What the routes of content take and give. Sizes and offsets are bytes, fences strings of digits."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, Field

from daemon_server.blobs.records import Role
from daemon_server.http.routing import StrictModel

Sha256Text = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
# 63 bits, as the database has them.
FenceText = Annotated[str, Field(pattern=r"^[1-9][0-9]{0,18}$")]
# What the schema says of names and sizes is what can be read at all; `names` and `limits` say what is possible.
LONGEST_TEXT = 1_000
LARGEST_SIZE = 2**62
MOST_ITEMS = 1_000


class BlobView(BaseModel):
    sha256: str
    size: int


class ItemAnnounced(StrictModel):
    """One file that an attempt leaves behind."""

    name: str = Field(max_length=LONGEST_TEXT)
    size: int = Field(ge=0, le=LARGEST_SIZE)
    sha256: Sha256Text
    media_type: str | None = Field(None, max_length=LONGEST_TEXT)
    role: Role = "artifact"


class Announcement(StrictModel):
    """What an attempt leaves behind, under its fence."""

    fence: FenceText
    items: list[ItemAnnounced] = Field(max_length=MOST_ITEMS)


class ItemWanted(BaseModel):
    """What is to be done about a file: nothing where it `exists`, else bytes from `offset` on to `upload_id`."""

    name: str
    role: Role
    status: Literal["exists", "upload"]
    upload_id: str | None
    offset: int


class Wants(BaseModel):
    items: list[ItemWanted]


class ArtifactView(BaseModel):
    name: str
    size: int
    sha256: str
    media_type: str


class ArtifactPage(BaseModel):
    items: list[ArtifactView]
    next: str | None
