"""Requests about the daemon itself."""

from __future__ import annotations

from spl.core.wire.base import LONG_POLL, Json, Request, delete, get, post, put

SHORT = 5.0
"""Seconds for an answer that costs the daemon nothing; longer means that it is not well."""


def health() -> Request:
    return Request("GET", "/health", timeout=SHORT)


def status() -> Request:
    return get("/status")


def stop() -> Request:
    return post("/stop")


def server_connection() -> Request:
    return get("/server")


def connect_server(document: Json) -> Request:
    """Connecting twice to the same is connecting once; the server is asked, which may take its time."""
    return post("/server/connect", document, wait=LONG_POLL, keyed=True)


def join_server(document: Json) -> Request:
    """A code is good for once, so this is not repeated."""
    return post("/server/join", document, wait=LONG_POLL)


def disconnect_server() -> Request:
    return delete("/server")


def set_server_policy(allow: list[str]) -> Request:
    return put("/server/policy", {"allow": allow})


def pull(document: Json) -> Request:
    return post("/server/pull", document, wait=LONG_POLL, keyed=True)
