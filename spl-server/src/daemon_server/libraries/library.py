"""A library, as the rest of the server sees it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row

from daemon_server.access.policy import ExecutionPolicy, Visibility

# The library that a request means when it names none.
DEFAULT = "default"


@dataclass(frozen=True, slots=True)
class Library:
    """One row, read. Times are epoch milliseconds.

    Attributes:
        owner: the owner's name.
        visibility: who may read it without a grant: nobody (`private`), everybody signed in (`public`).
        execution_policy: who may run its objects: who has a grant, whoever may read, or nobody (`off`).
        default_machine_id: where its objects run when nobody says where.
        required_labels: what a machine must have to run its objects, sorted.
        max_concurrent: how many of its runs go on at a time at most; None sets no limit.
    """

    id: str
    owner_id: str
    owner: str
    name: str
    display_name: str
    description: str
    visibility: Visibility
    execution_policy: ExecutionPolicy
    default_machine_id: str | None
    required_labels: tuple[str, ...]
    max_concurrent: int | None
    created_at: int
    updated_at: int

    def __str__(self) -> str:
        return f"{self.owner}/{self.name}"


def library_of(row: Row[Any]) -> Library:
    """From a row of the store."""
    return Library(
        id=row.id,
        owner_id=row.owner_id,
        owner=row.owner,
        name=row.name,
        display_name=row.display_name,
        description=row.description,
        visibility=row.visibility,
        execution_policy=row.execution_policy,
        default_machine_id=row.default_machine_id,
        required_labels=tuple(json.loads(row.required_labels)),
        max_concurrent=row.max_concurrent,
        created_at=row.created_at,
        updated_at=row.updated_at,
    )
