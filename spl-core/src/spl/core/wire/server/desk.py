"""Requests about who and what a server knows: libraries, machines, tokens, grants, people, the audit's rows."""

from __future__ import annotations

from spl.core.wire.base import Json, Query, Request, delete, get, patch, post, put, segment
from spl.core.wire.server.catalog import PAGE, in_library


def whoami() -> Request:
    return get("/whoami")


def listing(path: str, cursor: str | None = None, query: Query | None = None) -> Request:
    """One page of what is below `path`."""
    return get(path, {**(query or {}), "limit": PAGE, "cursor": cursor})


# --- libraries --------------------------------------------------------------------------------------------------------


def create_library(document: Json) -> Request:
    """Making a library twice is refused, so this is not repeated."""
    return post("/libraries", document)


def read_library(owner: str, library: str) -> Request:
    return get(in_library(owner, library))


def change_library(owner: str, library: str, document: Json) -> Request:
    return patch(in_library(owner, library), document)


def remove_library(owner: str, library: str) -> Request:
    return delete(in_library(owner, library))


def add_reference(owner: str, library: str, document: Json) -> Request:
    return post(f"{in_library(owner, library)}/references", document)


def remove_reference(owner: str, library: str, name: str) -> Request:
    return delete(f"{in_library(owner, library)}/references/{segment(name)}")


def add_copy(owner: str, library: str, document: Json) -> Request:
    """The same content copied again is the same version."""
    return post(f"{in_library(owner, library)}/copies", document, keyed=True)


# --- machines ---------------------------------------------------------------------------------------------------------


def enroll(document: Json) -> Request:
    """Each answer holds secrets that are shown once, so this is not repeated."""
    return post("/daemon-enrollment", document)


def read_machine(machine: str) -> Request:
    return get(f"/machines/{segment(machine)}")


def change_machine(machine: str, document: Json) -> Request:
    return patch(f"/machines/{segment(machine)}", document)


def revoke_machine(machine: str) -> Request:
    return delete(f"/machines/{segment(machine)}")


# --- tokens and grants ------------------------------------------------------------------------------------------------


def issue_token(document: Json) -> Request:
    """The answer holds the secret, once, so this is not repeated."""
    return post("/tokens", document)


def read_token(token_id: str) -> Request:
    return get(f"/tokens/{segment(token_id)}")


def rotate_token(token_id: str) -> Request:
    return post(f"/tokens/{segment(token_id)}/rotate", {})


def revoke_token(token_id: str) -> Request:
    return delete(f"/tokens/{segment(token_id)}")


def set_grant(document: Json) -> Request:
    return put("/grants", document)


def remove_grant(query: Query) -> Request:
    asked = get("/grants", query)
    return Request("DELETE", asked.path)


def explain_access(query: Query) -> Request:
    return get("/access/explain", query)


# --- people -----------------------------------------------------------------------------------------------------------


def create_user(document: Json) -> Request:
    return post("/users", document)


def change_user(name: str, document: Json) -> Request:
    return patch(f"/users/{segment(name)}", document)


def create_team(document: Json) -> Request:
    return post("/teams", document)


def read_team(name: str) -> Request:
    return get(f"/teams/{segment(name)}")


def remove_team(name: str) -> Request:
    return delete(f"/teams/{segment(name)}")


def set_member(team: str, user: str, role: str) -> Request:
    return put(f"/teams/{segment(team)}/members/{segment(user)}", {"role": role})


def remove_member(team: str, user: str) -> Request:
    return delete(f"/teams/{segment(team)}/members/{segment(user)}")


def verify_audit() -> Request:
    return get("/audit/verify")
