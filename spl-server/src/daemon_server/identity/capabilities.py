"""What lets user code that runs ask for more, as long as it runs: derived from the attempt, and stored nowhere."""

from __future__ import annotations

import hmac
from collections.abc import Callable
from dataclasses import dataclass

from daemon_server.db.session import Session
from daemon_server.http.principal import Principal
from daemon_server.identity.pepper import Pepper
from daemon_server.identity.problems import CredentialInvalid
from daemon_server.identity.token_format import SECRET_CHARACTERS, Token, base62, new_id

__all__ = ["Held", "Lookup", "check", "mint", "new_id"]


@dataclass(frozen=True, slots=True)
class Held:
    """A current attempt of a run that is not over, and whom it was started for."""

    run_id: str
    fence: int
    user_id: str
    user: str
    machine_id: str | None = None
    library_id: str | None = None


type Lookup = Callable[[Session, str], Held | None]
"""The attempt that a capability's public id belongs to, as long as it is current and its run is not over."""


def mint(pepper: Pepper, capability_id: str, run_id: str, fence: int) -> str:
    """The capability of one attempt: the same each time it is asked for."""
    return _token(pepper, capability_id, run_id, fence).raw


def check(session: Session, pepper: Pepper, token: Token, lookup: Lookup) -> Principal:
    """Whom a capability stands for.

    Raises:
        CredentialInvalid: there is no such attempt any more, or it has another secret.
    """
    held = lookup(session, token.id)
    run_id, fence = (held.run_id, held.fence) if held is not None else ("", 0)
    expected = _token(pepper, token.id, run_id, fence)
    if not hmac.compare_digest(expected.secret, token.secret) or held is None:
        raise CredentialInvalid
    return Principal(
        "capability",
        token.id,
        held.user_id,
        held.user,
        machine_id=held.machine_id,
        library_id=held.library_id,
        run_id=held.run_id,
        fence=held.fence,
    )


def _token(pepper: Pepper, capability_id: str, run_id: str, fence: int) -> Token:
    mac = pepper.mac(f"capability:{run_id}:{fence}")
    return Token("capability", capability_id, base62(int.from_bytes(mac, "big"), SECRET_CHARACTERS))
