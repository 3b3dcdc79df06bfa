"""What the objects routes take and give. Sizes are bytes, times epoch milliseconds."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, Field

from spl.daemon.http.routing import StrictModel

Kind = Literal["function", "pipeline"]
Isolation = Literal["auto", "fork", "spare", "reuse", "fresh"]
# A label is for a line in a list.
LABEL_CHARACTERS = 200


class PublishRequest(StrictModel):
    """A bundle to be stored under a name; without one, under its entrypoint's.

    While the daemon is connected to a server, it is shared into `library` of its owner there, unless `share` is false.
    """

    yaml: str
    name: str | None = None
    entrypoint: str | None = None
    env: str = "default"
    display_name: str | None = Field(None, min_length=1, max_length=LABEL_CHARACTERS)
    capture: dict[str, Any] | None = None
    isolation: Isolation | None = None
    library: str | None = Field(None, min_length=1, max_length=LABEL_CHARACTERS)
    share: bool | None = None


class EnvironmentBuildView(BaseModel):
    spec_hash: str
    status: str


class SharedView(BaseModel):
    """Where on the server a version is shared; `delivered` once it is there, `refused` where it never will be."""

    owner: str
    library: str
    delivered: bool
    version: int | None
    refused: str | None


class PublishedView(BaseModel):
    """What became of a publish. `created` is false where the object already had this content."""

    id: str
    name: str
    display_name: str
    version: int
    created: bool
    kind: Kind
    entrypoint: str
    env: str
    content_hash: str
    spec_hash: str
    isolation: Isolation | None
    capture: dict[str, Any] | None
    environment_build: EnvironmentBuildView
    server: SharedView | None = None


class InputView(BaseModel):
    name: str
    type: str | None
    required: bool
    default: str | None
    kind: str


class OutputView(BaseModel):
    """One result: what to pass as `output` for it, and how its value is read from the result."""

    name: str
    selector: str | None
    type: str | None
    read: str


class DetailedInput(InputView):
    """An input with the JSON Schema of the JSON form of its values; an empty one accepts everything."""

    json_schema: dict[str, Any] = Field(alias="schema")


class DetailedOutput(OutputView):
    json_schema: dict[str, Any] = Field(alias="schema")


class ObjectView(BaseModel):
    """One line of the catalog: an object at its latest version."""

    id: str
    name: str
    display_name: str
    kind: Kind
    version: int
    entrypoint: str
    env: str
    inputs: list[InputView]
    outputs: list[OutputView]
    created_at: int
    updated_at: int


class ObjectPage(BaseModel):
    items: list[ObjectView]
    next: str | None


class ObjectDetail(ObjectView):
    """One version with everything that is known of it; `yaml` only where it was asked for."""

    content_hash: str
    spec_hash: str
    latest: int
    doc: str
    functions: list[str]
    aliases: dict[str, str]
    python: str
    requires_python: str
    dependencies: list[str]
    constraints: list[str]
    requirements: list[str]
    capture: dict[str, Any] | None
    isolation: Isolation | None
    size_bytes: int
    yaml: str | None = None


class SignatureView(BaseModel):
    """How an object, or a function inside it, is called."""

    id: str
    name: str
    display_name: str
    object: str
    function: str | None
    kind: Kind
    version: int
    entrypoint: str
    doc: str
    inputs: list[DetailedInput]
    outputs: list[DetailedOutput]
    aliases: dict[str, str]
    functions: list[str]
    nodes: list[str]
    needs: dict[str, list[str]]
    env: str
    python: str
    requires_python: str
    dependencies: list[str]
    requirements: list[str]
    isolation: Isolation | None
    capture: dict[str, Any] | None


class VersionView(BaseModel):
    id: str
    object: str
    version: int
    latest: bool
    kind: Kind
    entrypoint: str
    env: str
    content_hash: str
    spec_hash: str
    isolation: Isolation | None
    size_bytes: int
    created_at: int


class VersionPage(BaseModel):
    items: list[VersionView]
    next: str | None


class ReadyView(BaseModel):
    """Whether a version can run: its environment built, its bundle imported in it. `error` is a problem document."""

    object: str
    version: int
    ready: bool
    status: Literal["building", "importing", "ready", "failed"]
    line: str
    error: dict[str, Any] | None


class ForgottenView(BaseModel):
    name: str
    versions: list[int]
