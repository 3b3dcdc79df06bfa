"""What the routes about the server take and give."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, Field

from spl.daemon.http.routing import StrictModel

# Longer than any token, and short enough to refuse at once what is none.
LONGEST_SECRET = 500
LONGEST_URL = 2_000
LONGEST_NAME = 200


class ServerConnect(StrictModel):
    """How to connect: the machine's token, and once the user's, which is not kept."""

    server_url: str = Field(min_length=1, max_length=LONGEST_URL)
    machine_token: str = Field(min_length=1, max_length=LONGEST_SECRET, repr=False)
    user_token: str | None = Field(None, min_length=1, max_length=LONGEST_SECRET, repr=False)
    machine_id: str | None = Field(None, min_length=1, max_length=LONGEST_NAME)
    display_name: str | None = Field(None, min_length=1, max_length=LONGEST_NAME)
    capabilities: dict[str, Any] | None = None
    policy: list[str] | None = None


class ServerJoin(StrictModel):
    """A one-time code, as `POST /daemon-enrollment` gives it."""

    server_url: str = Field(min_length=1, max_length=LONGEST_URL)
    code: str = Field(min_length=1, max_length=LONGEST_SECRET, repr=False)
    display_name: str | None = Field(None, min_length=1, max_length=LONGEST_NAME)


class ServerView(BaseModel):
    """The connection as it is. `connected_at` is epoch milliseconds."""

    connected: bool
    status: Literal["not_connected", "connecting", "connected", "offline", "refused"]
    server_url: str | None
    machine_id: str | None
    owner: str | None
    display_name: str | None
    capabilities: dict[str, Any]
    scopes: list[str]
    connected_at: int | None
    last_error: str | None
    clock_skew_ms: int | None = Field(
        None, description="How far this machine's clock is ahead of the server's, as of the last connect."
    )


class PolicyChange(StrictModel):
    """What may run here, `owner/library/object` with `*`; null is the owner's own objects alone."""

    allow: list[str] | None


class PolicyView(BaseModel):
    """What may run here for a server."""

    allow: list[str]
    only_mine: bool


class DeadEvent(BaseModel):
    """Something that the server will never take."""

    id: str
    kind: str
    run_id: str | None
    answer: str


class OutboxView(BaseModel):
    """What waits to be told to the server, and what never will be."""

    waiting: int
    waiting_bytes: int
    dead: list[DeadEvent]
    attempts: dict[str, int]
    calls: int = Field(description="Calls that wait here until the server is there.")


class Pull(StrictModel):
    """A version of a server's object, to be kept here as `as_name` or its own name. Without `owner`, one's own."""

    owner: str | None = Field(None, min_length=1, max_length=LONGEST_NAME)
    library: str = Field("default", min_length=1, max_length=LONGEST_NAME)
    name: str = Field(min_length=1, max_length=LONGEST_NAME)
    version: int | str | None = None
    as_name: str | None = Field(None, min_length=1, max_length=LONGEST_NAME)
