"""Speaking to a server directly, without a daemon. Nothing is imported until it is asked for."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from spl.server_client.aio import AsyncExternalClient, AsyncSPLServerClient
    from spl.server_client.client import SPLServerClient
    from spl.server_client.external import ExternalClient

_HOMES = {
    "AsyncExternalClient": "spl.server_client.aio",
    "AsyncSPLServerClient": "spl.server_client.aio",
    "ExternalClient": "spl.server_client.external",
    "SPLServerClient": "spl.server_client.client",
}

__all__ = ["AsyncExternalClient", "AsyncSPLServerClient", "ExternalClient", "SPLServerClient"]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_HOMES[name]), name)


def __dir__() -> list[str]:
    return sorted(__all__)
