"""What a route asks of whoever comes in. Every route has a rule; what no rule allows is refused."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from daemon_server.http.principal import CredentialKind, Principal

type Scope = Literal[
    "catalog:read", "object:write", "object:read_source", "library:admin", "run:create", "run:read", "run:cancel",
    "machine:read", "machine:admin", "token:admin", "console:read", "audit:read", "ops:read", "server:admin",
]  # fmt: skip
type MachineScope = Literal["machine:sync", "machine:publish", "machine:call"]
type Body = Literal["body_bytes", "publish_bytes", "sync_bytes", "chunk_bytes", "blob_bytes"]

USER_SCOPES: frozenset[str] = frozenset(Scope.__value__.__args__)
MACHINE_SCOPES: frozenset[str] = frozenset(MachineScope.__value__.__args__)


@dataclass(frozen=True, slots=True)
class Rule:
    """Which credentials may use a route, by kind; a kind that is not named is refused.

    Attributes:
        public: anybody, without a credential.
        user: the scope that a user's token or session needs; True asks for none.
        machine: the scope that a machine's token needs; True asks for none.
        subtoken, execution, enrolment, capability: whether these may come in at all.
        body: how large a request body may be, by the name of the setting that says so.
    """

    public: bool = False
    user: Scope | bool = False
    machine: MachineScope | bool = False
    subtoken: bool = False
    execution: bool = False
    enrolment: bool = False
    capability: bool = False
    body: Body = "body_bytes"

    def admits(self, kind: CredentialKind) -> bool:
        """Whether this kind of credential may come in, whatever its scopes."""
        return self.public or bool(getattr(self, "user" if kind == "session" else kind))

    def missing_scope(self, principal: Principal) -> str | None:
        """The scope that this credential lacks for the route; None where it lacks nothing."""
        asked = self.user if principal.is_person else self.machine if principal.kind == "machine" else None
        return asked if isinstance(asked, str) and not principal.may(asked) else None


PUBLIC = Rule(public=True)
