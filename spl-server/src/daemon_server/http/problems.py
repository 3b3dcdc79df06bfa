"""Everything that the server says no with, as one tree.

Each problem has a stable `code`, an HTTP `status` and a `hint`: what to do next. The first line of a class's docstring
is its default message. Features grow their own leaves next to the verb that raises them.

    ServerProblem
    ├── Invalid          422 invalid_request
    ├── Unauthorized     401 unauthorized
    ├── Forbidden        403 permission_denied
    ├── NotFound         404 not_found
    ├── Conflict         409 conflict
    ├── Gone             410 gone
    ├── TooLarge         413 body_too_large
    ├── TooMany          429 rate_limited
    └── Unavailable      503 unavailable
"""

from __future__ import annotations

from typing import Any, ClassVar


class ServerProblem(Exception):
    """Something went wrong on the server."""

    code: ClassVar[str] = "internal_error"
    status: ClassVar[int] = 500
    hint: str | None = None

    def __init__(self, message: str | None = None, *, hint: str | None = None, **details: Any) -> None:
        self.message = message or default_message(type(self))
        if hint is not None:
            self.hint = hint
        self.details: dict[str, Any] = details
        super().__init__(self.message)

    def document(self) -> dict[str, Any]:
        """This problem as RFC 9457 has it."""
        document: dict[str, Any] = {
            "type": "about:blank",
            "title": default_message(type(self)),
            "status": self.status,
            "code": self.code,
            "detail": self.message,
        }
        if self.hint:
            document["hint"] = self.hint
        if self.details:
            document["details"] = self.details
        return document


def default_message(kind: type[ServerProblem]) -> str:
    """The first line of the class's docstring."""
    return (kind.__doc__ or "").strip().splitlines()[0]


class Invalid(ServerProblem):
    """The request is not valid."""

    code = "invalid_request"
    status = 422


class Unauthorized(ServerProblem):
    """A valid credential is needed."""

    code = "unauthorized"
    status = 401


class Forbidden(ServerProblem):
    """This credential may not do that."""

    code = "permission_denied"
    status = 403


class WrongCredentialKind(Forbidden):
    """This kind of credential is not for this."""

    code = "wrong_credential_kind"


class ScopeMissing(Forbidden):
    """This credential lacks a scope."""

    code = "scope_missing"


class NotFound(ServerProblem):
    """There is no such thing."""

    code = "not_found"
    status = 404


class MethodNotAllowed(ServerProblem):
    """This method is not possible here."""

    code = "method_not_allowed"
    status = 405


class BodyTooSlow(ServerProblem):
    """The body did not arrive in time."""

    code = "body_too_slow"
    status = 408


class Conflict(ServerProblem):
    """Another change came first."""

    code = "conflict"
    status = 409


class Gone(ServerProblem):
    """It was there, and is no more."""

    code = "gone"
    status = 410


class TooLarge(ServerProblem):
    """The request's body is too large."""

    code = "body_too_large"
    status = 413


class TooMany(ServerProblem):
    """Too many requests."""

    code = "rate_limited"
    status = 429


class Unavailable(ServerProblem):
    """The server can't answer now."""

    code = "unavailable"
    status = 503
