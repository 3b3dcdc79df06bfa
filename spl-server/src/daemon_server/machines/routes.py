"""Machines over HTTP."""

from __future__ import annotations

from typing import Annotated

from fastapi import Path, Query, Request
from sqlalchemy import and_, or_

from daemon_server import __version__
from daemon_server.access import service as access
from daemon_server.access.policy import MachineRight
from daemon_server.db.session import Session
from daemon_server.http.dependencies import PrincipalDep, ServerDep
from daemon_server.http.paging import Cursor, Limit, cursor_of, position
from daemon_server.http.principal import Principal
from daemon_server.http.routing import Router
from daemon_server.http.rules import Rule
from daemon_server.identity import tokens
from daemon_server.machines import changing, enrolment, service
from daemon_server.machines.record import Machine
from daemon_server.machines.schemas import (
    EnrolmentRequest,
    EnrolmentView,
    MachineChange,
    MachinePage,
    MachineView,
    RedeemRequest,
    RedeemView,
    RevokedView,
    RotatedView,
    ServerView,
    machine_view,
)
from daemon_server.machines.store import MachineStore
from daemon_server.machines.tables import machines

router = Router(tags=["machines"])

# A page fits a screen or two.
PAGE = 100

Reference = Annotated[str, Path(max_length=200, description="A machine's id, or its name.")]

READS = Rule(user="machine:read", machine=True)
ADMINISTERS = Rule(user="machine:admin")


@router.post("/daemon-enrollment", rule=ADMINISTERS, status_code=201, response_model=EnrolmentView)
async def enrol(body: EnrolmentRequest, request: Request, principal: PrincipalDep, server: ServerDep) -> EnrolmentView:
    """Open a place for a machine: a code for `spl-daemon join`, and a token for those who place it themselves."""
    wish = enrolment.Wish(
        machine_id=body.machine_id,
        name=body.name,
        display_name=body.display_name,
        labels=None if body.labels is None else tuple(body.labels),
        may=None if body.may is None else frozenset(body.may),
        issue=body.issue,
    )

    def work(session: Session) -> tuple[enrolment.Place, frozenset[str]]:
        place = enrolment.enrol(session, server.pepper, principal, wish)
        issued = place.code or place.token
        assert issued is not None
        return place, frozenset(tokens.get(session, issued.token_id).scopes)

    place, scopes = await server.db.write(work)
    token, code = place.token, place.code
    first = code or token
    assert first is not None
    address = server.settings.public_url or str(request.base_url).rstrip("/")
    return EnrolmentView(
        machine_id=place.machine.id,
        name=place.machine.name,
        display_name=place.machine.display_name,
        owner=place.machine.owner,
        scopes=sorted(scopes),
        machine_token=token.raw if token else None,
        token_expires_at=token.expires_at if token else None,
        code=code.raw if code else None,
        expires_at=first.expires_at,
        command=f"spl-daemon join {address} {code.raw}" if code else None,
    )


@router.post("/daemon-enrollment/redeem", rule=Rule(enrolment=True), response_model=RedeemView)
async def redeem(body: RedeemRequest, principal: PrincipalDep, server: ServerDep) -> RedeemView:
    """Come in with an enrolment code, which works once; the answer holds the machine's token."""
    machine, issued = await server.db.write(
        lambda session: enrolment.redeem(
            session,
            server.pepper,
            principal,
            display_name=body.display_name,
            daemon_version=body.daemon_version,
        )
    )
    return RedeemView(
        machine_id=machine.id,
        name=machine.name,
        display_name=machine.display_name,
        owner=machine.owner,
        scopes=sorted(principal.scopes),
        machine_token=issued.raw,
        expires_at=issued.expires_at,
        server=ServerView(version=__version__, time=server.clock.wall_ms()),
    )


@router.post("/machine-token/rotate", rule=Rule(machine=True), response_model=RotatedView)
async def rotate(principal: PrincipalDep, server: ServerDep) -> RotatedView:
    """A machine's next token; the one it came with stays good for a day, in case the answer is lost."""
    issued = await server.db.write(lambda session: tokens.rotate_machine(session, server.pepper, principal))
    return RotatedView(
        machine_id=principal.machine_id or "",
        machine_token=issued.raw,
        token_id=issued.token_id,
        expires_at=issued.expires_at,
    )


@router.get("/machines", rule=READS, response_model=MachinePage)
async def list_machines(
    principal: PrincipalDep,
    server: ServerDep,
    limit: Limit = PAGE,
    cursor: Cursor = None,
    revoked: Annotated[bool, Query(description="Also those that were taken off the server.")] = False,
    q: Annotated[str | None, Query(max_length=200, description="What the name, shown or not, has in it.")] = None,
) -> MachinePage:
    """The machines you may use, by name: yours, and those granted to you."""
    after = position(cursor, str, str)

    def read(session: Session) -> tuple[list[MachineView], bool]:
        visible = access.machine_scope(principal, id=machines.c.id, owner_id=machines.c.owner_id, now=session.now)
        if q:
            visible = and_(
                visible, or_(*(one.icontains(q, autoescape=True) for one in (machines.c.name, machines.c.display_name)))
            )
        found = MachineStore(session).page(visible, limit=limit + 1, after=after, revoked=revoked)
        shown = found[:limit]
        busy = server.machines_busy(session, [machine.id for machine in shown])
        return [_listed(session, principal, each, busy.get(each.id, 0)) for each in shown], len(found) > limit

    items, more = await server.db.read(read)
    return MachinePage(items=items, next=cursor_of(items[-1].name, items[-1].id) if more else None)


@router.get("/machines/{machine}", rule=READS, response_model=MachineView)
async def show_machine(machine: Reference, principal: PrincipalDep, server: ServerDep) -> MachineView:
    """One machine, by id or name."""
    return await server.db.read(lambda session: _shown(session, server, principal, machine))


@router.patch("/machines/{machine}", rule=ADMINISTERS, response_model=MachineView)
async def change_machine(
    machine: Reference, body: MachineChange, principal: PrincipalDep, server: ServerDep
) -> MachineView:
    """Rename a machine, label it, let it drain, or hold it to so many runs at once."""
    given = {name: getattr(body, name) for name in body.model_fields_set}
    changes = {name: value for name, value in given.items() if value is not None or name == "max_concurrent"}

    def work(session: Session) -> MachineView:
        changed = changing.change(session, principal, machine, changes)
        return _shown(session, server, principal, changed.id)

    return await server.db.write(work)


@router.delete("/machines/{machine}", rule=ADMINISTERS, response_model=RevokedView)
async def revoke_machine(machine: Reference, principal: PrincipalDep, server: ServerDep) -> RevokedView:
    """Take a machine off the server: its tokens die at once, and nothing more is given to it."""
    gone = await server.db.write(lambda session: changing.revoke(session, principal, machine))
    return RevokedView(id=gone.id, name=gone.name)


def _shown(session: Session, server: ServerDep, principal: Principal, reference: str) -> MachineView:
    machine = service.find(session, principal, reference)
    rights = access.machine_rights(session, principal, machine_id=machine.id, owner_id=machine.owner_id)
    running = server.machines_busy(session, [machine.id]).get(machine.id, 0)
    return machine_view(machine, now=session.now, running=running, can=rights)


def _listed(session: Session, principal: Principal, machine: Machine, running: int) -> MachineView:
    """A machine in a list. What it is listed for is enough to tell what may be done with it."""
    own = machine.owner_id == principal.user_id and principal.is_person
    rights: frozenset[MachineRight] = frozenset({"see", "use", "admin"} if own else {"see", "use"})
    return machine_view(machine, now=session.now, running=running, can=rights)
