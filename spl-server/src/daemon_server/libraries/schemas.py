"""What the libraries routes take and give. Times are epoch milliseconds."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, Field

from daemon_server.access.policy import ExecutionPolicy, Right, Visibility
from daemon_server.http.routing import StrictModel
from daemon_server.libraries.library import Library
from daemon_server.libraries.service import can

# A label is for a line in a list, a description for a paragraph above it.
LABEL_CHARACTERS = 200
# PostgreSQL knows no text with a zero in it.
NO_ZERO = r"^[^\x00]*$"
DESCRIPTION_CHARACTERS = 4_000
# More runs than any set of machines holds.
MOST_CONCURRENT = 1_000_000


class LibraryChange(StrictModel):
    """What is to be different. `default_machine` (or `default_machine_id`) is a machine's id, name or `owner/name`;
    null for it, or for `max_concurrent`, takes the setting away."""

    display_name: str = Field("", min_length=1, max_length=LABEL_CHARACTERS, pattern=NO_ZERO)
    description: str = Field("", max_length=DESCRIPTION_CHARACTERS, pattern=NO_ZERO)
    visibility: Visibility = "private"
    execution_policy: ExecutionPolicy = "grants"
    default_machine: str | None = Field(None, max_length=200, pattern=NO_ZERO)
    default_machine_id: str | None = Field(None, max_length=200, pattern=NO_ZERO)
    required_labels: list[str] = Field([], max_length=50)
    max_concurrent: int | None = Field(None, ge=1, le=MOST_CONCURRENT)

    def changes(self) -> dict[str, Any]:
        """What was said, with the machine under one name."""
        said = self.model_dump(include=set(self.model_fields_set) - {"name"})
        if "default_machine_id" in said:
            said["default_machine"] = said.pop("default_machine_id")
        return said


class LibraryRequest(LibraryChange):
    """A library of the caller's own."""

    name: str = Field(max_length=100)


class LibraryView(BaseModel):
    """A library, and in `can` what the caller may do there."""

    id: str
    owner: str
    name: str
    display_name: str
    description: str
    visibility: Visibility
    execution_policy: ExecutionPolicy
    default_machine_id: str | None
    required_labels: list[str]
    max_concurrent: int | None
    created_at: int
    updated_at: int
    can: list[Right]


class LibraryPage(BaseModel):
    items: list[LibraryView]
    next: str | None


class RemovedLibrary(BaseModel):
    owner: str
    name: str


def view(library: Library, held: frozenset[Right]) -> dict[str, Any]:
    return {
        "id": library.id,
        "owner": library.owner,
        "name": library.name,
        "display_name": library.display_name,
        "description": library.description,
        "visibility": library.visibility,
        "execution_policy": library.execution_policy,
        "default_machine_id": library.default_machine_id,
        "required_labels": list(library.required_labels),
        "max_concurrent": library.max_concurrent,
        "created_at": library.created_at,
        "updated_at": library.updated_at,
        "can": can(held),
    }
