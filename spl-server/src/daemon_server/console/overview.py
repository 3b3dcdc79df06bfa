"""Everything the console shows first, in few statements."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import and_, case, exists, func, or_, select
from sqlalchemy.orm import aliased

from daemon_server.access import service as access
from daemon_server.console.hints import Hint, HintKind
from daemon_server.console.schemas import (
    ExpiringToken,
    MachineStripe,
    MeView,
    SetupStep,
    Tiles,
)
from daemon_server.db.session import Session
from daemon_server.http.ports import MachinesBusy
from daemon_server.http.principal import Principal
from daemon_server.identity import console_sessions, people_store, tokens
from daemon_server.identity.problems import SessionEnded
from daemon_server.identity.tables import tokens as token_rows
from daemon_server.identity.telling import EVERYBODY
from daemon_server.libraries.rights import knowable
from daemon_server.libraries.tables import libraries
from daemon_server.machines.record import Machine
from daemon_server.machines.store import MachineStore
from daemon_server.machines.tables import machines
from daemon_server.objects.tables import objects
from daemon_server.runs import reading
from daemon_server.runs.lifecycle import ACTIVE, LEASED, State
from daemon_server.runs.tables import in_states, runs

# A glance; the pages behind it list all.
RECENT_RUNS = 20
STRIP_MACHINES = 200
TOKENS_SHOWN = 20
# Who sees it this early still has two weeks of deploys to do something about it.
EXPIRES_SOON_MS = 14 * 86_400_000
DAY_MS = 86_400_000
# Kinds of hints that are for one user, whose id they have.
_OWN = ("access", "token")
# What went wrong, as the tile counts it: a cancel is somebody's wish.
_FAILED: tuple[State, ...] = ("failed", "lost", "timed_out", "expired")


@dataclass(frozen=True, slots=True)
class Overview:
    """What does not change by itself: the moment and the cursor are put to it."""

    me: MeView
    tiles: Tiles
    recent_runs: list[dict[str, Any]]
    machines: list[MachineStripe]
    expiring_tokens: list[ExpiringToken]
    setup: list[SetupStep]


def read(session: Session, principal: Principal, busy: MachinesBusy) -> Overview:
    """What this principal may see, at this moment."""
    now = session.now
    visible = access.machine_scope(principal, id=machines.c.id, owner_id=machines.c.owner_id, now=now)
    seen = MachineStore(session).matching(visible)
    online = [machine for machine in seen if machine.live_at(now)]
    running, queued, offline = _active(session, principal, now)
    recent = reading.page(session, principal, reading.Filter(), limit=RECENT_RUNS)
    return Overview(
        me=_me(session, principal),
        tiles=Tiles(
            running=running,
            queued=queued,
            waiting_offline=offline,
            failed_24h=_failed(session, principal, now),
            machines_online=len(online),
            machines=len(seen),
        ),
        recent_runs=recent,
        machines=_strip(session, seen, now, busy),
        expiring_tokens=_expiring(session, principal, now),
        setup=_setup(session, principal, seen, any_run=bool(recent)),
    )


def visible_hints(session: Session, principal: Principal, hints: Sequence[Hint]) -> list[Hint]:
    """Those of these hints that the principal may know of, each thing once, at its last place."""
    last = {(hint.kind, hint.id): hint for hint in hints}
    kinds: tuple[HintKind, ...] = ("run", "machine", "library")
    wanted = {kind: [hint.id for hint in last.values() if hint.kind == kind] for kind in kinds}
    mine = (principal.user_id, EVERYBODY)
    known: set[tuple[str, str]] = {(hint.kind, hint.id) for hint in hints if hint.kind in _OWN and hint.id in mine}
    if wanted["run"]:
        query = select(runs.c.id).where(runs.c.id.in_(wanted["run"]), or_(*reading.ways(principal)))
        known |= {("run", row.id) for row in session.rows(query)}
    if wanted["machine"]:
        visible = access.machine_scope(principal, id=machines.c.id, owner_id=machines.c.owner_id, now=session.now)
        query = select(machines.c.id).where(machines.c.id.in_(wanted["machine"]), visible)
        known |= {("machine", row.id) for row in session.rows(query)}
    if wanted["library"]:
        query = select(libraries.c.id).where(libraries.c.id.in_(wanted["library"]), knowable(session, principal))
        known |= {("library", row.id) for row in session.rows(query)}
    return sorted((hint for key, hint in last.items() if key in known), key=lambda hint: hint.seq)


def check_live(session: Session, principal: Principal) -> None:
    """Whether what a stream was opened with is still good. To look does not count as use.

    Raises:
        Unauthorized, TokenNotFound: it is not.
    """
    if principal.kind == "session":
        found = console_sessions.find(session, principal.token_id)
        if found is None:
            raise SessionEnded
        console_sessions.check_live(found, session.now, found.last_used_at)
        return
    tokens.check_live(tokens.get(session, principal.token_id), session.now)


def _me(session: Session, principal: Principal) -> MeView:
    user = people_store.user_by_id(session, principal.user_id)
    assert user is not None
    return MeView(
        id=user.id,
        name=user.name,
        display_name=user.display_name,
        admin=user.admin,
        kind=principal.kind,
        scopes=sorted(principal.scopes),
        expires_at=principal.expires_at,
    )


def _active(session: Session, principal: Principal, now: int) -> tuple[int, int, int]:
    """How many runs are with a machine, how many wait, and how many of those for one that is not there."""
    target = aliased(machines)
    there = and_(target.c.connection_id.is_not(None), target.c.lease_expires_at > now, target.c.revoked_at.is_(None))
    waits = and_(in_states("queued"), runs.c.target_machine_id.is_not(None), ~func.coalesce(there, False))
    query = (
        select(
            func.sum(case((in_states(*LEASED), 1), else_=0)).label("running"),
            func.sum(case((in_states("queued"), 1), else_=0)).label("queued"),
            func.sum(case((waits, 1), else_=0)).label("offline"),
        )
        .select_from(runs)
        .outerjoin(target, target.c.id == runs.c.target_machine_id)
        .where(in_states(*ACTIVE), or_(*reading.ways(principal)))
    )
    row = session.row(query)
    return (0, 0, 0) if row is None else (row.running or 0, row.queued or 0, row.offline or 0)


def _failed(session: Session, principal: Principal, now: int) -> int:
    query = select(func.count()).where(
        runs.c.finished_at > now - DAY_MS, in_states(*_FAILED), or_(*reading.ways(principal))
    )
    return int(session.scalar(query) or 0)


def _strip(session: Session, seen: list[Machine], now: int, busy: MachinesBusy) -> list[MachineStripe]:
    """Those that are there first, then by name."""
    shown = sorted(seen, key=lambda machine: (not machine.live_at(now), machine.name, machine.id))[:STRIP_MACHINES]
    running = busy(session, [machine.id for machine in shown])
    return [
        MachineStripe(
            id=machine.id,
            name=machine.name,
            owner=machine.owner,
            display_name=machine.display_name,
            status=machine.status_at(now),
            running=running.get(machine.id, 0),
            capacity=machine.capacity,
            last_seen_at=machine.last_seen_at if not machine.live_at(now) else None,
        )
        for machine in shown
    ]


def _expiring(session: Session, principal: Principal, now: int) -> list[ExpiringToken]:
    """Tokens of the user's that end soon, and have not been followed by another."""
    following = aliased(token_rows)
    columns = ("id", "kind", "name", "machine_id", "expires_at")
    query = (
        select(*(token_rows.c[name] for name in columns))
        .where(
            token_rows.c.user_id == principal.user_id,
            token_rows.c.kind.in_(("user", "machine", "subtoken", "execution")),
            token_rows.c.revoked_at.is_(None),
            token_rows.c.expires_at > now,
            token_rows.c.expires_at <= now + EXPIRES_SOON_MS,
            ~exists().where(following.c.rotated_from == token_rows.c.id),
        )
        .order_by(token_rows.c.expires_at, token_rows.c.id)
        .limit(TOKENS_SHOWN)
    )
    return [ExpiringToken(**row._mapping) for row in session.rows(query)]


def _setup(session: Session, principal: Principal, seen: list[Machine], *, any_run: bool) -> list[SetupStep]:
    own = [machine for machine in seen if machine.owner_id == principal.user_id]
    published = exists().where(
        objects.c.library_id == libraries.c.id,
        libraries.c.owner_id == principal.user_id,
        objects.c.deleted_at.is_(None),
    )
    return [
        SetupStep(step="add_machine", done=bool(own)),
        SetupStep(step="connect_machine", done=any(machine.connected_at is not None for machine in own)),
        SetupStep(step="publish_object", done=bool(session.scalar(select(published)))),
        SetupStep(step="run_object", done=any_run),
    ]
