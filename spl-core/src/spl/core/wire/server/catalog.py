"""Requests about what is published on a server. `owner` and `library` left out mean the caller's own `default`."""

from __future__ import annotations

from spl.core.wire.base import Json, Request, delete, get, post, put, segment

PAGE = 500
"""Rows asked for at once: as many as a server gives."""

type Version = int | str | None


def list_objects(
    owner: str | None = None,
    library: str | None = None,
    query: str | None = None,
    kind: str | None = None,
    cursor: str | None = None,
) -> Request:
    return get(
        "/objects", {"owner": owner, "library": library, "q": query, "kind": kind, "limit": PAGE, "cursor": cursor}
    )


def read_object(
    name: str, owner: str | None, library: str | None, version: Version = None, *, include_yaml: bool = False
) -> Request:
    yaml = 1 if include_yaml else None
    return get(f"/objects/{segment(name)}", {**_of(owner, library), "version": version, "include_yaml": yaml})


def signature(
    name: str, owner: str | None, library: str | None, version: Version = None, function: str | None = None
) -> Request:
    query = {**_of(owner, library), "version": version, "function": function}
    return get(f"/objects/{segment(name)}/signature", query)


def graph(name: str, owner: str | None, library: str | None, version: Version = None) -> Request:
    return get(f"/objects/{segment(name)}/graph", {**_of(owner, library), "version": version})


def versions(name: str, owner: str | None, library: str | None, cursor: str | None = None) -> Request:
    return get(f"/objects/{segment(name)}/versions", {**_of(owner, library), "limit": PAGE, "cursor": cursor})


def compare(name: str, owner: str | None, library: str | None, a: int | str, b: int | str) -> Request:
    return get(f"/objects/{segment(name)}/compare", {**_of(owner, library), "a": a, "b": b})


def used_by(name: str, owner: str | None, library: str | None) -> Request:
    return get(f"/objects/{segment(name)}/used-by", _of(owner, library))


def tag(owner: str, library: str, name: str, label: str, version: int) -> Request:
    return put(f"{in_library(owner, library)}/objects/{segment(name)}/tags/{segment(label)}", {"version": version})


def untag(owner: str, library: str, name: str, label: str) -> Request:
    return delete(f"{in_library(owner, library)}/objects/{segment(name)}/tags/{segment(label)}")


def publish(owner: str, library: str, document: Json) -> Request:
    """Publishing the same content twice is the same version, so it may be repeated."""
    return post(f"{in_library(owner, library)}/objects", document, keyed=True)


def forget(owner: str, library: str, name: str) -> Request:
    return delete(f"{in_library(owner, library)}/objects/{segment(name)}")


def forget_version(owner: str, library: str, name: str, version: int) -> Request:
    return delete(f"{in_library(owner, library)}/objects/{segment(name)}/versions/{version}")


def in_library(owner: str, library: str) -> str:
    """The path of a library."""
    return f"/owners/{segment(owner)}/libraries/{segment(library)}"


def _of(owner: str | None, library: str | None) -> dict[str, str | int | float | bool | None]:
    query: dict[str, str | int | float | bool | None] = {"owner": owner, "library": library}
    return query


__all__ = [
    "PAGE", "Version", "compare", "forget", "forget_version", "graph", "in_library", "list_objects", "publish",
    "read_object", "signature", "tag", "untag", "used_by", "versions",
]  # fmt: skip
