"""Finding what is meant by a name, with the right that is needed for it. Everything else in the catalogue begins here.

Each function is a part of a unit of work, on the session that it is given.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

from daemon_server.access.policy import Right
from daemon_server.access.service import authorize
from daemon_server.db import Session
from daemon_server.http.principal import Principal
from daemon_server.libraries import service as libraries
from daemon_server.libraries import store as library_store
from daemon_server.libraries.library import Library
from daemon_server.libraries.rights import knows, rights
from daemon_server.objects import store
from daemon_server.objects.bundle.card import remote_nodes
from daemon_server.objects.naming import LATEST, Ref
from daemon_server.objects.problems import (
    ExecutionOff,
    FunctionNotFound,
    ObjectNotFound,
    ReferenceBroken,
    VersionNotFound,
    did_you_mean,
    listed,
)
from daemon_server.objects.store import Record

# Names looked at for a guess at what was meant.
_GUESSED_FROM = 1_000


@dataclass(frozen=True, slots=True)
class RemoteNode:
    """A step of a pipeline that runs elsewhere; what it leaves open is None."""

    pipeline: str
    node: str
    name: str
    function: str | None = None
    owner: str | None = None
    library: str | None = None
    url: str | None = None
    version: str = LATEST
    target_machine: str | None = None


@dataclass(frozen=True, slots=True)
class Callable_:
    """A version, or a function inside it, that the caller may call: all that a run needs to know of it.

    Attributes:
        library, owner: of the object itself, also where it was found through a reference in another library.
        via: the reference that it was found by, `owner/library/name`.
        function: None is the entrypoint.
        signature: how it is called, as a card has it; see `daemon_server.objects.arguments`.
        remote_nodes: the steps of its pipelines that run elsewhere.
        default_machine_id, required_labels, max_concurrent, execution_policy: the library's.
    """

    library_id: str
    owner_id: str
    owner: str
    library: str
    object_id: str
    name: str
    version_id: str
    version: int
    content_hash: str
    kind: str
    entrypoint: str
    env: str
    isolation: str | None
    function: str | None
    default_machine_id: str | None
    required_labels: tuple[str, ...]
    max_concurrent: int | None
    execution_policy: str
    via: str | None = None
    signature: dict[str, Any] = field(default_factory=dict, hash=False)
    remote_nodes: tuple[RemoteNode, ...] = ()

    @property
    def path(self) -> str:
        """`owner/library/object`, as machines' policies name it."""
        return f"{self.owner}/{self.library}/{self.name}"


@dataclass(frozen=True, slots=True)
class JobVersion:
    """What a machine needs of a version to run it."""

    version_id: str
    name: str
    version: int
    content_hash: str
    entrypoint: str
    env: str
    isolation: str | None
    yaml: str


@dataclass(frozen=True, slots=True)
class Found:
    """An object that somebody may read.

    Attributes:
        row: of the object.
        held: what the caller may do to it.
        pinned: the version that a reference points to, where it was found by one that does.
        via: that reference.
    """

    library: Library
    row: Record
    held: frozenset[Right]
    pinned: int | None = None
    via: str | None = None

    def __str__(self) -> str:
        return f"{self.library}/{self.row.name}"


def find(
    session: Session,
    principal: Principal,
    *,
    owner: str | None = None,
    library: str | None = None,
    name: str,
    right: Right = "read",
) -> Found:
    """The object of this name, itself or by a reference, on which the caller has a right.

    Raises:
        LibraryNotFound, ObjectNotFound: there is none that the caller may know of.
        ReferenceBroken: a reference is there, but what it refers to is not, or not for the caller.
        Forbidden: the caller may read it, but not do that.
    """
    here = libraries.find(session, principal, owner, library)
    held = frozenset[Right]() if here is None else rights(session, principal, here, object=name)
    if here is None or "read" not in held:
        if here is not None and knows(session, principal, here):
            raise _no_object(here, name)
        raise libraries.not_found(principal, owner, library)
    row = store.object_named(session, here.id, name)
    if row is not None:
        found = Found(here, row, held)
    else:
        reference = store.reference_named(session, here.id, name)
        if reference is None:
            raise _no_object(here, name, _guess(session, principal, here, name))
        found = _follow(session, principal, here, reference)
    _authorize(found, right)
    return found


def _follow(session: Session, principal: Principal, here: Library, reference: Record) -> Found:
    """What a reference refers to. It is held by the rights of what it refers to, and by no others."""
    via = f"{here}/{reference.name}"
    row = store.object_by_id(session, reference.object_id)
    library = None if row is None else library_store.by_id(session, row.library_id)
    held = frozenset[Right]()
    if row is not None and library is not None:
        held = rights(session, principal, library, object=row.name)
    if row is None or library is None or "read" not in held:
        raise ReferenceBroken(
            f"{via} is a reference, and what it refers to is not there for you any more.",
            hint="It may have been deleted, or you have no grant on it: ask its owner, or who made the reference.",
            reference=via,
        )
    return Found(library, row, held, reference.version, via)


def _authorize(found: Found, right: Right) -> None:
    if right == "execute" and found.library.execution_policy == "off":
        raise ExecutionOff(
            f"Nothing of library {found.library} is run at present: its execution policy is 'off'.",
            hint="Its owner can set another execution policy.",
        )
    authorize(found.held, right, what=f"object {found}", owner=found.library.owner)


def _guess(session: Session, principal: Principal, library: Library, name: str) -> str:
    """What may have been meant, for whoever may read all that is there."""
    if "read" not in rights(session, principal, library) or principal.object is not None:
        return ""
    return did_you_mean(name, store.names_in(session, library.id, _GUESSED_FROM))


def _no_object(library: Library, name: str, guess: str = "") -> ObjectNotFound:
    return ObjectNotFound(
        f"There is no object {name[:200]!r} in library {library} that you may see.{guess}",
        hint=f"GET /owners/{library.owner}/libraries/{library.name}/objects lists what is there.",
    )


def number_of(session: Session, found: Found, version: int | str | None) -> int:
    """The number that a version is meant by: a number, a tag, or None for the latest.

    Raises:
        VersionNotFound: the object has no such tag.
    """
    if version is None:
        return found.pinned if found.pinned is not None else int(found.row.latest)
    if isinstance(version, int):
        return version
    number = store.number_of_tag(session, found.row.id, version)
    if number is None:
        known = store.tags_of(session, [found.row.id]).get(found.row.id, {})
        raise VersionNotFound(
            f"{found} has no version or tag {version!r}.{did_you_mean(version, known)}",
            hint=f"Its tags: {listed(known)}.",
        )
    return number


def load(session: Session, found: Found, version: int | str | None, *, source: bool = False) -> Record:
    """One version of an object, with its card.

    Raises:
        VersionNotFound: with those that there are.
    """
    number = number_of(session, found, version)
    row = store.version(session, found.row.id, number, source=source)
    if row is None:
        known = store.numbers(session, found.row.id, 10)
        raise VersionNotFound(
            f"{found} has no version {number}.",
            hint=f"Its versions, newest first: {', '.join(map(str, known)) or 'none'}.",
        )
    return row


def signature_of(found: Found, row: Record, card: dict[str, Any], function: str | None) -> dict[str, Any]:
    """The signature of a version, or of a function inside it.

    Raises:
        FunctionNotFound: with the functions there are.
    """
    if function is None:
        entry: dict[str, Any] = card["entry"]
        return entry
    signature: dict[str, Any] | None = card["functions"].get(function)
    if signature is None:
        known = list(card["functions"])
        raise FunctionNotFound(
            f"{found} v{row.number} has no function {function[:200]!r}.{did_you_mean(function, known)}",
            hint=f"Its functions: {listed(known)}.",
        )
    return signature


def resolve(
    session: Session,
    principal: Principal,
    *,
    owner: str | None = None,
    library: str | None = None,
    name: str,
    function: str | None = None,
    version: int | str | None = None,
    right: Right = "execute",
) -> Callable_:
    """What a call means, if the caller may make it.

    Args:
        name: `object`, `object@tag`, `object::function` or `object@tag::function`.
        version: a number, a tag, or None for the latest.

    Raises:
        LibraryNotFound, ObjectNotFound, VersionNotFound, FunctionNotFound, ReferenceBroken: not there for the caller.
        Forbidden: the caller may read it, but not do that.
        Invalid: the name and the arguments beside it say different things.
    """
    ref = Ref.parse(name, version=version, function=function)
    inside = bound_function(principal, ref.name, ref.function)
    found = find(session, principal, owner=owner, library=library, name=ref.name, right=right)
    row = load(session, found, ref.version)
    card: dict[str, Any] = json.loads(row.card)
    signature = signature_of(found, row, card, inside)
    home = found.library
    return Callable_(
        library_id=home.id,
        owner_id=home.owner_id,
        owner=home.owner,
        library=home.name,
        object_id=row.object_id,
        name=row.name,
        version_id=row.id,
        version=row.number,
        content_hash=row.content_hash,
        kind=row.kind,
        entrypoint=row.entrypoint,
        env=row.env,
        isolation=row.isolation,
        function=inside,
        signature=signature,
        remote_nodes=tuple(RemoteNode(pipeline, node, **at) for pipeline, node, at in remote_nodes(card)),
        default_machine_id=home.default_machine_id,
        required_labels=home.required_labels,
        max_concurrent=home.max_concurrent,
        execution_policy=home.execution_policy,
        via=found.via,
    )


def bound_function(principal: Principal, name: str, function: str | None) -> str | None:
    """The function that is meant; a token that is bound to one means that one, and no other.

    Raises:
        FunctionNotFound: another one was asked for.
    """
    bound = principal.function
    if principal.kind != "execution" or bound is None:
        return function
    if function is not None and function != bound:
        raise FunctionNotFound(
            f"{name!r} has no function {function[:200]!r} that you may see.", hint=f"Your token is for {bound!r} alone."
        )
    return bound


def version_for_job(session: Session, version_id: str) -> JobVersion:
    """A version with its source, for the machine that runs it: also one that was deleted since.

    Raises:
        VersionNotFound: it never was.
    """
    row = store.version_by_id(session, version_id)
    if row is None:
        raise VersionNotFound("There is no such version.")
    return JobVersion(
        version_id=row.id,
        name=row.name,
        version=row.number,
        content_hash=row.content_hash,
        entrypoint=row.entrypoint,
        env=row.env,
        isolation=row.isolation,
        yaml=row.yaml,
    )
