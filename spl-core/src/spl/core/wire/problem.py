"""An error answer, read back into the exception that the daemon raised."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NoReturn

from spl.core.errors import DaemonUnreachable, InternalError, NotFound, SPLError, Unauthorized, by_code
from spl.core.wire.base import Response

_TOKEN_HINT = (
    "The token of a daemon is found by itself when the daemon and the client run as the same user; "
    "otherwise pass daemon_home= or set SPL_DAEMON_TOKEN."
)
_SHOWN = 200
"""Characters of a foreign answer that are shown: enough to recognise whose it is."""


def raise_for_problem(response: Response) -> NoReturn:
    """Raise what an answer of status 300 or more says."""
    raise error_from(response)


def error_from(response: Response) -> SPLError:
    """The exception for an error answer: by its code, or by its status where it has none."""
    document = _problem(response)
    error = _foreign(response) if document is None else error_of(document, response.status)
    after = response.headers.get("retry-after", "")
    if after.isdigit():
        error.details["retry_after"] = int(after)
    return error


def error_of(document: Mapping[str, Any], status: int | None = None) -> SPLError:
    """The exception that a problem document speaks of."""
    code, detail = str(document.get("code", "")), document.get("detail")
    error = by_code(code)(str(detail) if detail else document.get("title"), hint=document.get("hint"))
    details = document.get("details")
    error.details = dict(details) if isinstance(details, dict) else {}
    if error.code != code:
        error.__dict__["code"] = code or error.code
    if status is not None and error.status != status:
        error.__dict__["status"] = status
    if type(error) is Unauthorized:
        error.hint = _TOKEN_HINT  # the daemon's own speaks to those who write requests by hand
    return error


def _problem(response: Response) -> dict[str, Any] | None:
    try:
        document = response.json()
    except ValueError:
        return None
    return document if isinstance(document, dict) and "code" in document else None


def _foreign(response: Response) -> SPLError:
    text = response.body[:_SHOWN].decode("utf-8", "replace").strip()
    if response.status == 401:
        return Unauthorized(hint=_TOKEN_HINT)
    if response.status == 404 and not response.body:  # the answer to a HEAD has no document
        return NotFound()
    if response.status >= 500:
        return InternalError(f"The daemon answered {response.status}: {text}", status=response.status)
    return DaemonUnreachable(
        f"What answers there is not an SPL daemon: status {response.status}, {text!r}.",
        hint="Look at which process has this port, or start the daemon on another one: `spl-daemon serve --port 8766`.",
    )
