"""The catalogue over HTTP. Everything that is read of an object is there under its short path, `/objects/{name}`, where
owner and library are parameters, and under its full one."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import Annotated, Any, Literal

from fastapi import Depends, Path, Query, Response

from daemon_server.http.dependencies import PrincipalDep, ServerDep
from daemon_server.http.paging import Cursor, Limit, cursor_of, position
from daemon_server.http.problems import Invalid, ScopeMissing
from daemon_server.http.routing import Router
from daemon_server.http.rules import Rule
from daemon_server.objects import arguments, catalog, drawing, editing, publishing
from daemon_server.objects.gate import yaml_for_holder
from daemon_server.objects.input_schema import json_schema
from daemon_server.objects.naming import parse_version
from daemon_server.objects.schemas import (
    CompareView,
    CopyRequest,
    DetailedInput,
    DetailedOutput,
    ForgottenView,
    GraphView,
    Kind,
    ObjectDetail,
    ObjectPage,
    PublishedView,
    PublishRequest,
    ReferencePage,
    ReferenceRequest,
    ReferenceView,
    RemovedReference,
    SignatureView,
    TagRequest,
    TagView,
    UsedByView,
    ValidateRequest,
    ValidateView,
    VersionPage,
)

router = Router(tags=["objects"])

# A page fits a screen or two.
PAGE = 100
# No name has a zero in it, and PostgreSQL knows no text that has.
TEXT = r"^[^\x00]*$"
FULL = "/owners/{owner}/libraries/{library}"
LONGEST_NAME = 200

Text = Annotated[str | None, Query(max_length=200, pattern=TEXT)]
InPath = Annotated[str, Path(max_length=200, pattern=TEXT)]
Name = Annotated[str, Path(max_length=500, pattern=TEXT, description="`object`, or `object@tag`.")]
Version = Annotated[str | None, Query(max_length=80, pattern=TEXT, description="A number, a tag, or `latest`.")]
Number = Annotated[int, Path(ge=1, le=2**31 - 1)]
Function = Annotated[str | None, Query(max_length=200, pattern=TEXT)]

LIST = Rule(user="catalog:read", machine=True)
CARD = Rule(user="catalog:read", machine=True, execution=True)
READ = Rule(user="catalog:read", machine=True)
WRITE = Rule(user="object:write")
PUBLISH = Rule(user="object:write", machine="machine:publish", body="publish_bytes")
REFER = Rule(user="library:admin")


@dataclass(frozen=True, slots=True)
class Place:
    """The library that is meant: in the path, or by parameters; see `libraries.service.find`."""

    owner: str | None
    library: str | None


async def _place(owner: str | None = None, library: str | None = None) -> Place:
    for text in (owner, library):
        if text is not None and (len(text) > LONGEST_NAME or "\0" in text):
            raise Invalid("`owner` and `library` are names of 200 characters at most.")
    return Place(owner, library)


PlaceDep = Annotated[Place, Depends(_place)]


# --- lists and publishing ---


@router.get("/objects", rule=LIST, response_model=ObjectPage)
@router.get(f"{FULL}/objects", rule=LIST, response_model=ObjectPage)
async def list_objects(
    at: PlaceDep,
    server: ServerDep,
    principal: PrincipalDep,
    q: Text = None,
    kind: Kind | None = None,
    limit: Limit = PAGE,
    cursor: Cursor = None,
) -> dict[str, Any]:
    """The objects that you may see, by name, each at its latest version; `q` finds part of a name or label."""
    after = position(cursor, str, str)
    items, last = await server.db.read(
        lambda session: catalog.page(
            session,
            principal,
            owner=at.owner,
            library=at.library,
            query=q,
            kind=kind,
            after=after,
            limit=limit,
        )
    )
    return {"items": items, "next": cursor_of(*last) if last else None}


@router.post(
    f"{FULL}/objects",
    rule=PUBLISH,
    status_code=201,
    response_model=PublishedView,
    responses={200: {"model": PublishedView}},
)
async def publish(
    owner: InPath, library: InPath, body: PublishRequest, server: ServerDep, principal: PrincipalDep, response: Response
) -> dict[str, Any]:
    """Store a bundle as a new version; 200 where the object has this content already."""
    draft = await asyncio.to_thread(
        publishing.prepare,
        body.yaml,
        name=body.name,
        entrypoint=body.entrypoint,
        content_hash=body.content_hash,
        env=body.env,
        display_name=body.display_name,
        isolation=body.isolation,
        capture=body.capture,
        tag=body.tag,
    )
    outcome = await server.db.write(
        lambda session: publishing.publish(
            session, principal, owner, library, draft, own_url=server.settings.public_url
        )
    )
    response.status_code = 201 if outcome.created else 200
    return catalog.published(outcome)


# --- one object ---


@router.get("/objects/{name}", rule=CARD, response_model=ObjectDetail)
@router.get(f"{FULL}/objects/{{name}}", rule=CARD, response_model=ObjectDetail)
async def show_object(
    name: Name,
    at: PlaceDep,
    server: ServerDep,
    principal: PrincipalDep,
    version: Version = None,
    include_yaml: bool = False,
) -> dict[str, Any]:
    """One version of an object; its source only for whoever may read that, and for a machine that runs it."""
    if include_yaml and principal.is_person and not principal.may("object:read_source"):
        raise ScopeMissing(
            "Reading source needs the scope object:read_source.",
            hint="Issue a token that has it.",
            scope="object:read_source",
        )
    wanted = parse_version(version)
    if include_yaml and principal.kind == "machine" and isinstance(wanted, int):
        held = await server.db.read(
            lambda session: yaml_for_holder(session, server.run_gate, principal, at.owner, at.library, name, wanted)
        )
        if held is not None:
            return held
    return await server.db.read(
        lambda session: catalog.detail(
            session, principal, name, owner=at.owner, library=at.library, version=wanted, include_yaml=include_yaml
        )
    )


@router.get("/objects/{name}/signature", rule=CARD, response_model=SignatureView)
@router.get(f"{FULL}/objects/{{name}}/signature", rule=CARD, response_model=SignatureView)
async def signature(
    name: Name,
    at: PlaceDep,
    server: ServerDep,
    principal: PrincipalDep,
    version: Version = None,
    function: Function = None,
) -> dict[str, Any]:
    """How an object, or a function inside it, is called."""
    return await server.db.read(
        lambda session: catalog.signature(
            session, principal, name, owner=at.owner, library=at.library, version=version, function=function
        )
    )


@router.get("/objects/{name}/inputs", rule=CARD, response_model=list[DetailedInput] | dict[str, Any])
@router.get(f"{FULL}/objects/{{name}}/inputs", rule=CARD, response_model=list[DetailedInput] | dict[str, Any])
async def inputs(
    name: Name,
    at: PlaceDep,
    server: ServerDep,
    principal: PrincipalDep,
    version: Version = None,
    function: Function = None,
    schema: Literal["list", "json"] = "list",
) -> Any:
    """What a call takes: as a list, or with `schema=json` as one JSON Schema."""
    found = await server.db.read(
        lambda session: catalog.callable_signature(
            session, principal, name, owner=at.owner, library=at.library, version=version, function=function
        )
    )
    return json_schema(found) if schema == "json" else found["inputs"]


@router.get("/objects/{name}/outputs", rule=CARD, response_model=list[DetailedOutput])
@router.get(f"{FULL}/objects/{{name}}/outputs", rule=CARD, response_model=list[DetailedOutput])
async def outputs(
    name: Name,
    at: PlaceDep,
    server: ServerDep,
    principal: PrincipalDep,
    version: Version = None,
    function: Function = None,
) -> Any:
    """What a call gives."""
    found = await server.db.read(
        lambda session: catalog.callable_signature(
            session, principal, name, owner=at.owner, library=at.library, version=version, function=function
        )
    )
    return found["outputs"]


@router.get("/objects/{name}/graph", rule=READ, response_model=GraphView)
@router.get(f"{FULL}/objects/{{name}}/graph", rule=READ, response_model=GraphView)
async def graph(
    name: Name, at: PlaceDep, server: ServerDep, principal: PrincipalDep, version: Version = None
) -> dict[str, Any]:
    """The nodes and links of a pipeline, and where each node would run."""
    return await server.db.read(
        lambda session: drawing.graph(
            session,
            principal,
            name,
            owner=at.owner,
            library=at.library,
            version=version,
            own_url=server.settings.public_url,
        )
    )


@router.get("/objects/{name}/versions", rule=READ, response_model=VersionPage)
@router.get(f"{FULL}/objects/{{name}}/versions", rule=READ, response_model=VersionPage)
async def list_versions(
    name: Name, at: PlaceDep, server: ServerDep, principal: PrincipalDep, limit: Limit = PAGE, cursor: Cursor = None
) -> dict[str, Any]:
    """The versions of an object, newest first."""
    (before,) = position(cursor, int) or (None,)
    items, last = await server.db.read(
        lambda session: catalog.versions(
            session, principal, name, owner=at.owner, library=at.library, before=before, limit=limit
        )
    )
    return {"items": items, "next": cursor_of(last) if last is not None else None}


@router.get("/objects/{name}/compare", rule=READ, response_model=CompareView)
@router.get(f"{FULL}/objects/{{name}}/compare", rule=READ, response_model=CompareView)
async def compare(
    name: Name, at: PlaceDep, server: ServerDep, principal: PrincipalDep, a: Version = None, b: Version = None
) -> dict[str, Any]:
    """What changed from version `a` to version `b`, and what of it breaks callers."""
    first, second = parse_version(a), parse_version(b)
    pair = await server.db.read(
        lambda session: catalog.pair(session, principal, name, owner=at.owner, library=at.library, a=first, b=second)
    )
    return await asyncio.to_thread(catalog.compared, pair)


@router.get("/objects/{name}/used-by", rule=READ, response_model=UsedByView)
@router.get(f"{FULL}/objects/{{name}}/used-by", rule=READ, response_model=UsedByView)
async def used_by(name: Name, at: PlaceDep, server: ServerDep, principal: PrincipalDep) -> dict[str, Any]:
    """The pipelines that call an object, and the references to it."""
    return await server.db.read(
        lambda session: editing.used_by(session, principal, name, owner=at.owner, library=at.library)
    )


@router.post("/objects/{name}/validate", rule=CARD, response_model=ValidateView)
@router.post(f"{FULL}/objects/{{name}}/validate", rule=CARD, response_model=ValidateView)
async def validate(
    name: Name, body: ValidateRequest, at: PlaceDep, server: ServerDep, principal: PrincipalDep
) -> dict[str, Any]:
    """Whether a call with these arguments could be made; nothing is run."""
    found = await server.db.read(
        lambda session: catalog.callable_signature(
            session, principal, name, owner=at.owner, library=at.library, version=body.version, function=body.function
        )
    )
    arguments.check_output(found, body.output)
    problems = arguments.problems_of(found, body.args, body.kwargs, body.output)
    return {"valid": not problems, "problems": problems}


# --- changes ---


@router.put("/objects/{name}/tags/{tag}", rule=WRITE, response_model=TagView)
@router.put(f"{FULL}/objects/{{name}}/tags/{{tag}}", rule=WRITE, response_model=TagView)
async def set_tag(
    name: InPath, tag: InPath, body: TagRequest, at: PlaceDep, server: ServerDep, principal: PrincipalDep
) -> dict[str, Any]:
    """Let a tag point to a version: callers of `name@tag` get that one from now on."""
    return await server.db.write(
        lambda session: editing.set_tag(
            session, principal, name, tag, owner=at.owner, library=at.library, version=body.version
        )
    )


@router.delete("/objects/{name}/tags/{tag}", rule=WRITE, response_model=TagView)
@router.delete(f"{FULL}/objects/{{name}}/tags/{{tag}}", rule=WRITE, response_model=TagView)
async def remove_tag(
    name: InPath, tag: InPath, at: PlaceDep, server: ServerDep, principal: PrincipalDep
) -> dict[str, Any]:
    """Take a tag away."""
    return await server.db.write(
        lambda session: editing.remove_tag(session, principal, name, tag, owner=at.owner, library=at.library)
    )


@router.delete("/objects/{name}", rule=WRITE, response_model=ForgottenView)
@router.delete(f"{FULL}/objects/{{name}}", rule=WRITE, response_model=ForgottenView)
async def forget(name: InPath, at: PlaceDep, server: ServerDep, principal: PrincipalDep) -> dict[str, Any]:
    """Take an object away, every version of it. Runs under way are not disturbed."""
    return await server.db.write(
        lambda session: editing.forget(session, principal, name, owner=at.owner, library=at.library)
    )


@router.delete("/objects/{name}/versions/{version}", rule=WRITE, response_model=ForgottenView)
@router.delete(f"{FULL}/objects/{{name}}/versions/{{version}}", rule=WRITE, response_model=ForgottenView)
async def forget_version(
    name: InPath, version: Number, at: PlaceDep, server: ServerDep, principal: PrincipalDep
) -> dict[str, Any]:
    """Take one version away; the object goes with its last one."""
    return await server.db.write(
        lambda session: editing.forget_version(session, principal, name, version, owner=at.owner, library=at.library)
    )


# --- other libraries ---


@router.get(f"{FULL}/references", rule=READ, response_model=ReferencePage)
async def list_references(
    owner: InPath,
    library: InPath,
    server: ServerDep,
    principal: PrincipalDep,
    limit: Limit = PAGE,
    cursor: Cursor = None,
) -> dict[str, Any]:
    """The objects of other libraries that this one shows, by the names it has for them."""
    (after,) = position(cursor, str) or (None,)
    found = await server.db.read(
        lambda session: editing.referring(session, principal, owner, library, after, limit + 1)
    )
    more = len(found) > limit
    return {"items": found[:limit], "next": cursor_of(found[limit - 1]["name"]) if more else None}


@router.post(f"{FULL}/references", rule=REFER, status_code=201, response_model=ReferenceView)
async def refer(
    owner: InPath, library: InPath, body: ReferenceRequest, server: ServerDep, principal: PrincipalDep
) -> dict[str, Any]:
    """Show another library's object under a name of this one. Whoever calls it needs rights on that object."""
    return await server.db.write(
        lambda session: editing.refer(
            session,
            principal,
            owner,
            library,
            name=body.name,
            target_owner=body.owner,
            target_library=body.library,
            target=body.object,
            version=body.version,
        )
    )


@router.delete(f"{FULL}/references/{{name}}", rule=REFER, response_model=RemovedReference)
async def unrefer(
    owner: InPath, library: InPath, name: InPath, server: ServerDep, principal: PrincipalDep
) -> dict[str, Any]:
    """Take a reference away; what it refers to stays."""
    return await server.db.write(lambda session: editing.unrefer(session, principal, owner, library, name))


@router.post(
    f"{FULL}/copies",
    rule=WRITE,
    status_code=201,
    response_model=PublishedView,
    responses={200: {"model": PublishedView}},
)
async def copy(
    owner: InPath, library: InPath, body: CopyRequest, server: ServerDep, principal: PrincipalDep, response: Response
) -> dict[str, Any]:
    """Publish a version of another library's object in this one, as its own."""
    if not principal.may("object:read_source"):
        raise ScopeMissing(
            "A copy reads the source, which needs the scope object:read_source.",
            hint="Issue a token that has it.",
            scope="object:read_source",
        )
    outcome = await server.db.write(
        lambda session: editing.copy(
            session,
            principal,
            owner,
            library,
            source_owner=body.owner,
            source_library=body.library,
            source=body.object,
            version=body.version,
            name=body.name,
            own_url=server.settings.public_url,
        )
    )
    response.status_code = 201 if outcome.created else 200
    return catalog.published(outcome)
