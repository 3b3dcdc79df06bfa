"""The life of an attempt at a server's run on this machine, as data.

    accepted ──> starting ──> spawned ──> finished ──> delivered
       │            │
       └────────────┴──> spawned     where a process is free at once
                         finished    where it could not even begin
                         returned    provably never begun: the server may give it again

    accepted, starting, spawned, finished ──> orphaned    the server has given the run to somebody else

A fence is used once: an attempt that is there already is never accepted again. `spawned` is written before a process
hears of the run, so that what may have begun counts as begun.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, Literal

State = Literal["accepted", "starting", "spawned", "finished", "returned", "delivered", "orphaned"]

TRANSITIONS: Final[Mapping[State, frozenset[State]]] = {
    "accepted": frozenset({"starting", "spawned", "finished", "returned", "orphaned"}),
    "starting": frozenset({"spawned", "finished", "returned", "orphaned"}),
    "spawned": frozenset({"finished", "orphaned"}),
    "finished": frozenset({"delivered", "orphaned"}),
    "returned": frozenset(),
    "delivered": frozenset(),
    "orphaned": frozenset(),
}

STATES: Final[tuple[State, ...]] = tuple(TRANSITIONS)
OPEN: Final[tuple[State, ...]] = ("accepted", "starting", "spawned")
"""Attempts that this machine still has to bring to an end."""


def before(after: State) -> tuple[State, ...]:
    """The states from which an attempt may come to this one."""
    return tuple(state for state, following in TRANSITIONS.items() if after in following)
