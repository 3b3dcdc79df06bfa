"""Who x what x whose, as a table."""

from __future__ import annotations

import pytest

from daemon_server.access.policy import (
    ALL,
    LibraryFacts,
    MachineFacts,
    Permit,
    binding_admits,
    library_rights,
    machine_rights,
)
from daemon_server.http.principal import CredentialKind, Principal


def who(kind: CredentialKind, user: str = "bob", **values: object) -> Principal:
    return Principal(kind, "tok", f"usr_{user}", user, **values)  # type: ignore[arg-type]


OWNER, OTHER = who("user", "alice"), who("user", "bob")
PRIVATE = LibraryFacts("lib_risk", "usr_alice")
PUBLIC = LibraryFacts("lib_risk", "usr_alice", "public")
OPEN = LibraryFacts("lib_risk", "usr_alice", "public", "public")
SECRETLY_OPEN = LibraryFacts("lib_risk", "usr_alice", "private", "public")
OFF = LibraryFacts("lib_risk", "usr_alice", "public", "off")
BOUND = who("execution", "alice", library_id="lib_risk")
ELSEWHERE = who("execution", "alice", library_id="lib_other")
UNBOUND = who("execution", "alice")


@pytest.mark.parametrize(
    ("principal", "library", "permissions", "expected"),
    [
        (OWNER, PRIVATE, (), "read source execute write admin"),
        (who("session", "alice"), PRIVATE, (), "read source execute write admin"),
        (who("machine", "alice"), PRIVATE, (), "read source execute write admin"),
        (OWNER, OFF, (), "read source write admin"),
        (OTHER, PRIVATE, (), ""),
        (OTHER, PUBLIC, (), "read"),
        (OTHER, OPEN, (), "read execute"),
        (OTHER, SECRETLY_OPEN, (), ""),
        (OTHER, SECRETLY_OPEN, ("read",), "read execute"),
        (OTHER, OFF, ("execute",), "read"),
        (OTHER, OFF, ("admin",), "read source write admin"),
        (OTHER, PRIVATE, ("read",), "read"),
        (OTHER, PRIVATE, ("source",), "read source"),
        (OTHER, PRIVATE, ("execute",), "read execute"),
        (OTHER, PRIVATE, ("write",), "read source write"),
        (OTHER, PRIVATE, ("execute", "write"), "read source execute write"),
        (OTHER, PRIVATE, ("admin",), "read source execute write admin"),
        (OTHER, PRIVATE, ("use",), ""),
        (OTHER, PRIVATE, ("nonsense",), ""),
        (who("machine", "bob"), PRIVATE, ("execute",), "read execute"),
        (BOUND, PRIVATE, (), "read execute"),
        (BOUND, OFF, (), "read"),
        (BOUND, PRIVATE, ("admin",), "read execute"),
        (ELSEWHERE, PRIVATE, (), ""),
        (ELSEWHERE, OPEN, ("admin",), ""),
        (UNBOUND, OPEN, ("admin",), ""),
        (who("subtoken", "alice"), OPEN, ("admin",), ""),
        (who("enrolment", "alice"), OPEN, ("admin",), ""),
        (who("capability", "alice"), OPEN, ("admin",), ""),
    ],
)
def test_rights_on_a_library(
    principal: Principal, library: LibraryFacts, permissions: tuple[str, ...], expected: str
) -> None:
    permits = [Permit(permission) for permission in permissions]

    assert library_rights(principal, library, permits) == frozenset(expected.split())


def test_a_grant_for_one_object_reaches_that_one_alone() -> None:
    permits = [Permit("execute", object="score")]

    assert library_rights(OTHER, PRIVATE, permits, object="score") == {"read", "execute"}
    assert library_rights(OTHER, PRIVATE, permits, object="report") == frozenset()
    assert library_rights(OTHER, PRIVATE, permits) == frozenset()


def test_a_token_for_one_callable_reaches_that_one_alone() -> None:
    bound = who("execution", "alice", library_id="lib_risk", object="score", function="inner")

    assert library_rights(bound, PRIVATE, [], object="score") == {"read", "execute"}
    assert library_rights(bound, PRIVATE, [], object="report") == frozenset()
    assert library_rights(bound, PRIVATE, []) == {"read"}
    assert binding_admits(bound, object="score", function="inner")
    assert not binding_admits(bound, object="score", function=None)
    assert not binding_admits(bound, object="score", function="other")
    assert not binding_admits(bound, object="report", function="inner")
    assert binding_admits(OTHER, object="report", function=None)


MACHINE = MachineFacts("mch_gpu", "usr_alice")
CALLING = frozenset({"machine:call"})


@pytest.mark.parametrize(
    ("principal", "permissions", "expected"),
    [
        (OWNER, (), "see use admin"),
        (who("session", "alice"), (), "see use admin"),
        (OTHER, (), ""),
        (OTHER, ("use",), "see use"),
        (OTHER, ("admin",), ""),
        (who("machine", "alice", machine_id="mch_gpu"), (), "see"),
        (who("machine", "alice", machine_id="mch_gpu", scopes=CALLING), (), "see use"),
        (who("machine", "alice", machine_id="mch_other"), (), ""),
        (who("machine", "alice", machine_id="mch_other", scopes=CALLING), (), "see use"),
        (who("machine", "bob", machine_id="mch_other", scopes=CALLING), (), ""),
        (who("machine", "bob", machine_id="mch_other", scopes=CALLING), ("use",), "see use"),
        (who("machine", "bob", machine_id="mch_other"), ("use",), ""),
        (who("execution", "alice", library_id="lib_risk"), ("use",), ""),
        (who("subtoken", "alice", machine_id="mch_gpu"), (), ""),
        (who("capability", "alice"), (), ""),
        (who("enrolment", "alice", machine_id="mch_gpu"), (), ""),
    ],
)
def test_rights_on_a_machine(principal: Principal, permissions: tuple[str, ...], expected: str) -> None:
    permits = [Permit(permission) for permission in permissions]

    assert machine_rights(principal, MACHINE, permits) == frozenset(expected.split())


def test_administering_is_everything() -> None:
    assert library_rights(OTHER, PRIVATE, [Permit("admin")]) == ALL
