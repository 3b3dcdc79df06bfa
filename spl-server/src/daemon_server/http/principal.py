"""Who is asking: the one answer to every credential."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

type CredentialKind = Literal["user", "session", "machine", "subtoken", "execution", "enrolment", "capability"]


@dataclass(frozen=True, slots=True)
class Principal:
    """A credential that was checked, and what it stands for.

    Attributes:
        kind: which sort of credential it is; a console session has its own.
        token_id: the credential's public id, as audit rows name it.
        user_id, user: whom it acts for; a machine acts for its owner, a capability for the caller of its run.
        scopes: what it may do at all; what it may do it to is asked of `access`.
        machine_id: the machine that it is, or that a subtoken or enrolment code is for.
        library_id, object, function: what an execution token is bound to; None is not bound so far down.
        run_id, fence: the attempt that a capability belongs to.
        expires_at: epoch milliseconds.
    """

    kind: CredentialKind
    token_id: str
    user_id: str
    user: str
    scopes: frozenset[str] = frozenset()
    machine_id: str | None = None
    library_id: str | None = None
    object: str | None = None
    function: str | None = None
    run_id: str | None = None
    fence: int | None = None
    expires_at: int | None = None

    @property
    def is_person(self) -> bool:
        """Whether a user stands behind it directly, by token or in the console."""
        return self.kind in ("user", "session")

    def may(self, scope: str) -> bool:
        return scope in self.scopes
