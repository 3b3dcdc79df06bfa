"""What the objects routes take and give. Sizes are bytes, times epoch milliseconds."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, Field

from daemon_server.access.policy import Right
from daemon_server.http.routing import StrictModel

type Kind = Literal["function", "pipeline"]
type Isolation = Literal["auto", "fork", "spare", "reuse", "fresh"]
# A label is for a line in a list.
LABEL_CHARACTERS = 200
# PostgreSQL knows no text with a zero in it.
NO_ZERO = r"^[^\x00]*$"


class PublishRequest(StrictModel):
    """A bundle to be stored under a name; without one, under its entrypoint's. Where `content_hash` is given, the
    server's own must be the same."""

    yaml: str
    name: str | None = Field(None, max_length=LABEL_CHARACTERS)
    entrypoint: str | None = Field(None, max_length=LABEL_CHARACTERS)
    env: str = Field("default", min_length=1, max_length=LABEL_CHARACTERS, pattern=r"^[^\x00-\x1f\x7f]+$")
    display_name: str | None = Field(None, min_length=1, max_length=LABEL_CHARACTERS, pattern=r"^[^\x00]+$")
    isolation: Isolation | None = None
    content_hash: str | None = Field(None, max_length=64)
    capture: dict[str, Any] | None = None
    tag: str | None = Field(None, max_length=64)


class PublishedView(BaseModel):
    """What became of a publish. `created` is false where the object already had this content."""

    id: str
    name: str
    display_name: str
    owner: str
    library: str
    version: int
    created: bool
    kind: Kind
    entrypoint: str
    env: str
    content_hash: str
    isolation: Isolation | None
    capture: dict[str, Any] | None


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


class ObjectLine(BaseModel):
    """What every view of an object says: `id` is its version's, `doc` in lists the first line."""

    id: str
    name: str
    display_name: str
    owner: str
    library: str
    kind: Kind
    version: int
    entrypoint: str
    env: str
    doc: str
    inputs: list[InputView]
    outputs: list[OutputView]
    can: list[Right]
    created_at: int
    updated_at: int


class ObjectView(ObjectLine):
    """One line of the catalogue: an object at its latest version; `tags` are all of its tags."""

    tags: dict[str, int]


class ObjectPage(BaseModel):
    items: list[ObjectView]
    next: str | None


class ObjectDetail(ObjectLine):
    """One version with everything that is known of it; `yaml` only where it was asked for. `via` is the reference it
    was found by; `tags` are those that point to this version."""

    object_id: str
    content_hash: str
    latest: int
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
    created_by: str
    machine_id: str | None
    via: str | None
    tags: list[str]
    yaml: str | None = None


class SignatureView(BaseModel):
    """How an object, or a function inside it, is called."""

    id: str
    name: str
    display_name: str
    object: str
    owner: str
    library: str
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
    tags: list[str]
    can: list[Right]


class VersionView(BaseModel):
    id: str
    object: str
    version: int
    latest: bool
    tags: list[str]
    kind: Kind
    entrypoint: str
    env: str
    content_hash: str
    isolation: Isolation | None
    size_bytes: int
    created_at: int
    created_by: str
    machine_id: str | None


class VersionPage(BaseModel):
    items: list[VersionView]
    next: str | None


class ForgottenView(BaseModel):
    name: str
    versions: list[int]


class TagRequest(StrictModel):
    """The version that the tag is to point to: a number, another tag, or `latest`."""

    version: int | str


class TagView(BaseModel):
    """Where a tag points, and where it pointed before; null is nowhere."""

    name: str
    tag: str
    version: int | None
    before: int | None


class ValidateRequest(StrictModel):
    """The arguments of a call that is not made."""

    args: list[Any] = Field(default_factory=list)
    kwargs: dict[str, Any] = Field(default_factory=dict)
    output: str | None = Field(None, max_length=LABEL_CHARACTERS)
    function: str | None = Field(None, max_length=LABEL_CHARACTERS)
    version: int | str | None = None


class Problem(BaseModel):
    """One thing that is wrong: `missing`, `unexpected`, `duplicate` or `type`."""

    input: str
    problem: str
    message: str


class ValidateView(BaseModel):
    valid: bool
    problems: list[Problem]


class End(BaseModel):
    node: str
    port: str


class LinkView(BaseModel):
    source: End
    target: End


class MachineHint(BaseModel):
    """Where a node would run, as far as is known before a run: `text` says it in words."""

    kind: Literal["here", "target", "library_default", "labels", "any", "unknown"]
    machine: str | None
    text: str


class RemoteView(BaseModel):
    """The object that a remote node calls, with what it leaves open filled in."""

    url: str | None
    owner: str | None
    library: str | None
    name: str
    function: str | None
    version: str
    target_machine: str | None
    resolved: bool


class NodeView(BaseModel):
    """One node: `constants` are inputs with a fixed value, `given` those that the caller gives."""

    id: str
    kind: Literal["function", "remote"]
    function: str | None
    remote: RemoteView | None
    inputs: list[str]
    outputs: list[str]
    constants: list[str]
    given: list[str]
    aliases: list[str]
    runs_on: MachineHint


class GraphView(BaseModel):
    """A pipeline as it is drawn; a function is one node."""

    object: str
    owner: str
    library: str
    version: int
    kind: Kind
    nodes: list[NodeView]
    links: list[LinkView]
    aliases: dict[str, str]


class Change(BaseModel):
    """One difference; one that breaks callers of the older version says so."""

    kind: str
    path: str
    text: str
    breaking: bool
    before: str | None = None
    after: str | None = None


class FileChange(BaseModel):
    path: str
    status: Literal["added", "removed", "changed"]
    diff: str
    truncated: bool


class Side(BaseModel):
    version: int
    content_hash: str
    created_at: int


class CompareView(BaseModel):
    """What changed from `a` to `b`; `source` is null for whoever may not read it."""

    object: str
    owner: str
    library: str
    a: Side
    b: Side
    same: bool
    breaking: bool
    signature: list[Change]
    dependencies: list[Change]
    graph: list[Change]
    source: list[FileChange] | None


class UserView(BaseModel):
    """Who uses an object: a node of a pipeline, or a reference. `pins` is the version it asks for."""

    kind: Literal["pipeline", "reference"]
    owner: str
    library: str
    name: str
    version: int | None
    node: str | None
    function: str | None
    pins: str | None


class UsedByView(BaseModel):
    """`hidden` counts those that the caller may not see; it is told to who administers the object."""

    items: list[UserView]
    hidden: int


class Place(BaseModel):
    owner: str
    library: str
    object: str


class ReferenceRequest(StrictModel):
    """An object of another library, to be shown here under a name; without a version it follows the latest."""

    name: str | None = Field(None, max_length=LABEL_CHARACTERS, pattern=NO_ZERO)
    owner: str = Field(max_length=LABEL_CHARACTERS, pattern=NO_ZERO)
    library: str = Field("default", max_length=LABEL_CHARACTERS, pattern=NO_ZERO)
    object: str = Field(max_length=2 * LABEL_CHARACTERS, pattern=NO_ZERO)
    version: int | str | None = None


class ReferenceView(BaseModel):
    """`target` is null where what it refers to is not there for the caller."""

    name: str
    owner: str
    library: str
    target: Place | None
    version: int | None


class ReferencePage(BaseModel):
    items: list[ReferenceView]
    next: str | None


class RemovedReference(BaseModel):
    name: str
    owner: str
    library: str


class CopyRequest(StrictModel):
    """A version of another library's object, to be published here as one's own."""

    object: str = Field(max_length=2 * LABEL_CHARACTERS, pattern=NO_ZERO)
    owner: str = Field(max_length=LABEL_CHARACTERS, pattern=NO_ZERO)
    library: str = Field("default", max_length=LABEL_CHARACTERS, pattern=NO_ZERO)
    version: int | str | None = None
    name: str | None = Field(None, max_length=LABEL_CHARACTERS, pattern=NO_ZERO)
