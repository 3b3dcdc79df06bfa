"""Requests about published objects. A `ref` is an object's name, or `object::function` where a function is meant."""

from __future__ import annotations

from spl.core.wire.base import Json, Request, delete, get, post, segment

PAGE = 500
"""Rows asked for at once: one page for nearly every home."""


def publish(document: Json) -> Request:
    """Publishing the same content twice is the same version, so it may be repeated."""
    return post("/objects", document, keyed=True)


def list_objects(query: str | None = None, cursor: str | None = None) -> Request:
    return get("/objects", {"q": query, "limit": PAGE, "cursor": cursor})


def read_object(ref: str, version: int | None = None, *, include_yaml: bool = False) -> Request:
    return get(f"/objects/{segment(ref)}", {"version": version, "include_yaml": include_yaml or None})


def signature(ref: str, version: int | None = None, function: str | None = None) -> Request:
    return get(f"/objects/{segment(ref)}/signature", {"version": version, "function": function})


def versions(ref: str, cursor: str | None = None) -> Request:
    return get(f"/objects/{segment(ref)}/versions", {"limit": PAGE, "cursor": cursor})


def ready(ref: str, version: int | None, wait: float) -> Request:
    return get(f"/objects/{segment(ref)}/ready", {"version": version, "wait": f"{wait:g}"}, wait=wait)


def forget(ref: str) -> Request:
    return delete(f"/objects/{segment(ref)}")


def forget_version(ref: str, version: int) -> Request:
    return delete(f"/objects/{segment(ref)}/versions/{version}")
