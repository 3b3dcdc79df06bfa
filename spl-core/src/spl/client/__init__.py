"""Publishing to the local daemon and running there. Nothing is imported until it is asked for."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from spl.client.aio import AsyncRun, AsyncSPLClient
    from spl.client.client import SPLClient
    from spl.client.futures import SPLExecutor
    from spl.client.handles import Run, as_completed, gather
    from spl.client.publishing import PublishedObject
    from spl.client.results import CallResult
    from spl.core.errors import (
        CaptureError,
        DaemonUnreachable,
        EnvironmentBuildFailed,
        InvalidArguments,
        NotFound,
        ObjectNotFound,
        RunCancelled,
        RunFailed,
        RunTimedOut,
        ServerNotConnected,
        SPLError,
        Unauthorized,
        WaitTimedOut,
    )

_HOMES = {
    "AsyncRun": "spl.client.aio",
    "AsyncSPLClient": "spl.client.aio",
    "CallResult": "spl.client.results",
    "PublishedObject": "spl.client.publishing",
    "Run": "spl.client.handles",
    "SPLClient": "spl.client.client",
    "SPLExecutor": "spl.client.futures",
    "as_completed": "spl.client.handles",
    "gather": "spl.client.handles",
    "CaptureError": "spl.core.errors",
    "DaemonUnreachable": "spl.core.errors",
    "EnvironmentBuildFailed": "spl.core.errors",
    "InvalidArguments": "spl.core.errors",
    "NotFound": "spl.core.errors",
    "ObjectNotFound": "spl.core.errors",
    "RunCancelled": "spl.core.errors",
    "RunFailed": "spl.core.errors",
    "RunTimedOut": "spl.core.errors",
    "SPLError": "spl.core.errors",
    "ServerNotConnected": "spl.core.errors",
    "Unauthorized": "spl.core.errors",
    "WaitTimedOut": "spl.core.errors",
}

__all__ = [
    "AsyncRun",
    "AsyncSPLClient",
    "CallResult",
    "CaptureError",
    "DaemonUnreachable",
    "EnvironmentBuildFailed",
    "InvalidArguments",
    "NotFound",
    "ObjectNotFound",
    "PublishedObject",
    "Run",
    "RunCancelled",
    "RunFailed",
    "RunTimedOut",
    "SPLClient",
    "SPLError",
    "SPLExecutor",
    "ServerNotConnected",
    "Unauthorized",
    "WaitTimedOut",
    "as_completed",
    "gather",
]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_HOMES[name]), name)


def __dir__() -> list[str]:
    return sorted(__all__)
