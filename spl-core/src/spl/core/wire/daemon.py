"""Requests about the daemon itself."""

from __future__ import annotations

from spl.core.wire.base import Request, get, post

SHORT = 5.0
"""Seconds for an answer that costs the daemon nothing; longer means that it is not well."""


def health() -> Request:
    return Request("GET", "/health", timeout=SHORT)


def status() -> Request:
    return get("/status")


def stop() -> Request:
    return post("/stop")
