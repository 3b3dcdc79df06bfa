"""Where a run waits, and why it waits there: decided from what is known of machines, without looking anything up.

the machine that was asked for  >  the library's default machine  >  the library owner's machines with the labels
  >  the caller's own machines with the labels  >  a machine that was granted to the caller
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

type Code = Literal[
    "machine_offline", "machine_draining", "no_machine_online", "no_fitting_machine", "waiting_for_turn"
]
type Refusal = Literal["machine_refuses", "no_machine"]


@dataclass(frozen=True, slots=True)
class Candidate:
    """A machine that might run it. `allows`: its policy lets the object in."""

    id: str
    owner_id: str
    name: str
    labels: frozenset[str]
    allows: bool
    online: bool
    draining: bool


@dataclass(frozen=True, slots=True)
class Asked:
    """What a run needs. `target` was asked for or is the library's default."""

    owner_id: str
    caller_id: str
    labels: frozenset[str]
    target: Candidate | None = None


@dataclass(frozen=True, slots=True)
class Place:
    """The lane a run waits in: a machine's id, or None for any machine of `pool`'s that has the labels."""

    machine: Candidate | None
    pool: str
    code: Code
    text: str
    online: bool


def place(asked: Asked, owners: Sequence[Candidate], callers: Sequence[Candidate]) -> Place | Refusal:
    """Where a run waits.

    Args:
        owners: the machines of the library's owner.
        callers: those the caller may use, their own and granted ones.
    """
    if asked.target is not None:
        return _at(asked.target) if asked.target.allows else "machine_refuses"
    fitting = [machine for machine in owners if _fits(machine, asked)]
    if fitting:
        return _pool(asked.owner_id, fitting)
    own = [machine for machine in callers if machine.owner_id == asked.caller_id and _fits(machine, asked)]
    if own:
        return _pool(asked.caller_id, own)
    granted = sorted((machine for machine in callers if _fits(machine, asked)), key=lambda machine: not machine.online)
    if granted:
        return _at(granted[0])
    if not owners and not callers:
        return "no_machine"
    wanted = ", ".join(sorted(asked.labels))
    text = f"No machine has {wanted} and lets this object in." if wanted else "No machine lets this object in."
    return Place(None, asked.owner_id, "no_fitting_machine", text, online=False)


def _fits(machine: Candidate, asked: Asked) -> bool:
    return machine.allows and asked.labels <= machine.labels


def _at(machine: Candidate) -> Place:
    if not machine.online:
        return Place(machine, machine.owner_id, "machine_offline", f"{machine.name} is offline.", online=False)
    if machine.draining:
        return Place(machine, machine.owner_id, "machine_draining", f"{machine.name} takes no new runs.", online=True)
    return Place(machine, machine.owner_id, "waiting_for_turn", f"{machine.name} has it next.", online=True)


def _pool(owner: str, fitting: Sequence[Candidate]) -> Place:
    online = [machine for machine in fitting if machine.online and not machine.draining]
    if online:
        return Place(None, owner, "waiting_for_turn", "The first machine with a free place has it.", online=True)
    names = ", ".join(machine.name for machine in fitting[:5])
    return Place(None, owner, "no_machine_online", f"None of the machines that may run it is online: {names}.", False)
