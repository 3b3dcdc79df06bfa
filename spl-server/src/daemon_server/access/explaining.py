"""Why somebody may do something, or what is missing for it. Pure; the words come from the same policy that decides."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from daemon_server.access.policy import (
    MACHINE_RIGHTS,
    RIGHTS,
    LibraryFacts,
    MachineFacts,
    Permit,
    implied,
    library_rights,
    machine_rights,
)
from daemon_server.http.principal import Principal


@dataclass(frozen=True, slots=True)
class Explained:
    """One right: whether it is there, each reason for it, and what to do where it is not."""

    right: str
    allowed: bool
    reasons: tuple[str, ...]
    missing: str | None


def explain_library(
    principal: Principal, library: LibraryFacts, permits: Iterable[Permit], *, object: str | None, what: str, owner: str
) -> list[Explained]:
    """Each right on a library, or on one object of it."""
    permits = list(permits)
    held = library_rights(principal, library, permits, object=object)
    explained = []
    for right in RIGHTS:
        reasons: list[str] = []
        if right in held:
            if principal.user_id == library.owner_id:
                reasons.append(f"{principal.user} owns {what}.")
            else:
                reasons += [
                    f"{_given(permit, principal)} grants {permit.permission!r}."
                    for permit in permits
                    if permit.object in (None, object) and right in implied(permit.permission)
                ]
                if right == "read" and library.visibility == "public":
                    reasons.append(f"{what} is public.")
                if right == "execute" and library.execution_policy == "public":
                    reasons.append(f"Everybody who may read {what} may execute what is in it.")
        missing = None
        if right not in held:
            off = right == "execute" and library.execution_policy == "off"
            missing = (
                f"Execution of {what} is switched off by its owner, {owner}."
                if off
                else f"No grant {right!r} on {what} reaches {principal.user}. Its owner is {owner}."
            )
        explained.append(Explained(right, right in held, tuple(reasons), missing))
    return explained


def explain_machine(
    principal: Principal, machine: MachineFacts, permits: Iterable[Permit], *, what: str, owner: str
) -> list[Explained]:
    """Each right on a machine."""
    permits = list(permits)
    held = machine_rights(principal, machine, permits)
    explained = []
    for right in MACHINE_RIGHTS:
        reasons: tuple[str, ...] = ()
        if right in held:
            reasons = (
                (f"{principal.user} owns {what}.",)
                if principal.user_id == machine.owner_id
                else tuple(f"{_given(permit, principal)} grants 'use'." for permit in permits)
            )
        wanted = "use" if right == "see" else right
        missing = (
            None
            if right in held
            else f"Only its owner, {owner}, administers {what}."
            if right == "admin"
            else f"No grant {wanted!r} on {what} reaches {principal.user}. Its owner is {owner}."
        )
        explained.append(Explained(right, right in held, reasons, missing))
    return explained


def _given(permit: Permit, principal: Principal) -> str:
    on = f" on the object {permit.object}" if permit.object else ""
    return f"The team {permit.through}{on}" if permit.through else f"A grant to {principal.user}{on}"
