"""People with machines, as rows."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from sqlalchemy import insert

from daemon_server.db import Session
from daemon_server.http.principal import CredentialKind, Principal
from daemon_server.identity.tables import users
from daemon_server.machines.store import MachineStore


def principal(
    user: str, *, kind: CredentialKind = "user", machine_id: str | None = None, scopes: frozenset[str] = frozenset()
) -> Principal:
    """Whoever acts for the user `usr_<name>`."""
    return Principal(
        kind=kind,
        token_id="0123456789",
        user_id=f"usr_{user}",
        user=user,
        scopes=scopes,
        machine_id=machine_id,
    )


def add_user(session: Session, name: str) -> str:
    user_id = f"usr_{name}"
    session.execute(
        insert(users).values(
            id=user_id, name=name, display_name=name.title(), admin=0, credential_version=0, created_at=session.now
        )
    )
    return user_id


def add_machine(session: Session, owner: str, name: str, **values: object) -> str:
    """A machine of `usr_<owner>`, never connected."""
    row = {
        "id": f"mch_{owner}_{name}",
        "owner_id": f"usr_{owner}",
        "name": name,
        "display_name": name,
        "labels": (),
        "policy": (f"{owner}/*/*",),
        "max_concurrent": None,
        "draining": False,
        "capacity": 0,
        "snapshot": {},
        "created_at": session.now,
        "generation_seen": 0,
        **values,
    }
    MachineStore(session).add(row)
    return str(row["id"])


@pytest.fixture
def alice_and_bob(session_factory: Callable[..., object]) -> None:
    with session_factory() as session:  # type: ignore[attr-defined]
        add_user(session, "alice")
        add_user(session, "bob")
        add_machine(session, "alice", "gpu")
        add_machine(session, "alice", "laptop")
        add_machine(session, "bob", "gpu")
