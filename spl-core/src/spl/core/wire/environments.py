"""Requests about named base Pythons and the cached environments built from them."""

from __future__ import annotations

from spl.core.wire.base import Request, delete, get, post, segment

PAGE = 500
"""Rows asked for at once: one page for nearly every home."""


def list_envs() -> Request:
    return get("/envs")


def register_env(name: str, python: str) -> Request:
    return post("/envs", {"name": name, "python": python}, keyed=True)


def remove_env(name: str) -> Request:
    return delete(f"/envs/{segment(name)}")


def list_builds(cursor: str | None = None) -> Request:
    return get("/environment-builds", {"limit": PAGE, "cursor": cursor})


def read_build(spec_hash: str) -> Request:
    return get(f"/environment-builds/{segment(spec_hash)}")


def rebuild(spec_hash: str, wait: float = 0.0) -> Request:
    return post(f"/environment-builds/{segment(spec_hash)}/rebuild", {"wait": wait}, wait=wait)


def remove_build(spec_hash: str) -> Request:
    return delete(f"/environment-builds/{segment(spec_hash)}")


def prune_builds(older_than_days: float | None, max_bytes: int | None, dry_run: bool) -> Request:
    asked = {"older_than_days": older_than_days, "max_bytes": max_bytes, "dry_run": dry_run}
    return post("/environment-builds/prune", {name: value for name, value in asked.items() if value is not None})
