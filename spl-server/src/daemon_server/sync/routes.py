"""The machines' side over HTTP: connect, sync, start, disconnect."""

from __future__ import annotations

from typing import Annotated, Any, get_args

from fastapi import Path
from starlette.responses import JSONResponse

from daemon_server.db.session import Session
from daemon_server.db.topics import Subscription
from daemon_server.http.dependencies import PrincipalDep, ServerDep
from daemon_server.http.routing import Router
from daemon_server.http.rules import Rule
from daemon_server.identity.capabilities import mint
from daemon_server.runs import attempting
from daemon_server.runs.configuration import limits_of, times_of
from daemon_server.runs.records import EventKind, Held, Started
from daemon_server.runs.schemas import StartRequest, StartView
from daemon_server.runs.submitting import POOL
from daemon_server.sync import service
from daemon_server.sync.polls import POLLS
from daemon_server.sync.schemas import (
    MOST_EVENTS,
    Connected,
    ConnectRequest,
    Disconnected,
    DisconnectRequest,
    SyncRequest,
    SyncView,
)
from daemon_server.sync.service import Beat

router = Router(tags=["machines"])

SYNCS = Rule(machine="machine:sync", body="sync_bytes")
RunId = Annotated[str, Path(max_length=64)]


@router.post("/sync", rule=SYNCS, response_model=SyncView)
async def sync(body: SyncRequest, principal: PrincipalDep, server: ServerDep) -> JSONResponse:
    """A sign of life that may carry news, and waits for work: it answers the moment there is something.

    While it waits it holds neither a thread nor a connection to the database. A newer poll of the same connection
    has the older one answer at once, empty.
    """
    machine_id = principal.machine_id or ""
    settings = server.settings
    seconds = settings.wait_ms(body.wait) / 1000 if body.poll > 0 and not body.events else 0.0

    def look(session: Session) -> Beat:
        return service.beat(session, settings, principal, body, claims=True)

    if seconds <= 0:
        return _told(await server.db.write(look, essential=bool(body.events)))
    newer = POLLS.arrived(body.connection_id, body.poll)
    topics = (f"machine:{machine_id}", f"lane:{POOL}{principal.user_id}", f"poll:{body.connection_id}")
    async with server.topics.subscribe(*topics) as subscription:
        if newer:
            server.topics.deliver([topics[2]])
        deadline = server.clock.boot_ms() + seconds * 1000
        while True:
            found = await server.db.write(look)
            left = (deadline - server.clock.boot_ms()) / 1000
            if found.news or left <= 0 or not POLLS.is_newest(body.connection_id, body.poll):
                return _told(found)
            if not await _work(subscription, body, left, own=topics[2]):
                return _told(found)


@router.post("/connections/connect", rule=SYNCS, response_model=Connected)
async def connect(body: ConnectRequest, principal: PrincipalDep, server: ServerDep) -> dict[str, Any]:
    """Say who one is and what one offers; the answer says how to go on, and what to do with what one holds."""
    met = await server.db.write(lambda session: service.connect(session, server.settings, principal, body))
    settings, limits = server.settings, limits_of(server.settings)
    verdicts = [
        {"run_id": one.run_id, "fence": str(one.fence), "verdict": verdict}
        for verdict, held in (
            ("continue", met.verdicts.going),
            ("stop", met.verdicts.cancel),
            ("stale", met.verdicts.stale),
        )
        for one in held
    ]
    return {
        "connection_id": met.machine.connection_id,
        "machine_id": met.machine.id,
        "owner": met.machine.owner,
        "server_time": met.now,
        "generation": met.generation,
        "scopes": sorted(principal.scopes),
        "times": {
            "sync_seconds": settings.sync_seconds,
            "wait_seconds": settings.max_wait_seconds,
            "machine_lease_seconds": settings.machine_lease_seconds,
            "run_lease_seconds": settings.run_lease_seconds,
            "claim_lease_seconds": settings.claim_lease_seconds,
        },
        "limits": {
            "events": MOST_EVENTS,
            "sync_bytes": settings.sync_bytes,
            "log_bytes": limits.log_bytes,
            "artifacts": settings.max_artifacts,
            "blob_bytes": settings.blob_bytes,
        },
        "event_kinds": list(get_args(EventKind.__value__)),
        "held": verdicts,
    }


@router.post("/connections/disconnect", rule=SYNCS, response_model=Disconnected)
async def disconnect(body: DisconnectRequest, principal: PrincipalDep, server: ServerDep) -> Disconnected:
    """Say goodbye. What the machine still holds is left to its leases."""
    gone = await server.db.write(lambda session: service.disconnect(session, principal, body.connection_id))
    return Disconnected(disconnected=gone)


@router.post("/remote-runs/{run_id}/start", rule=Rule(machine="machine:sync"), response_model=StartView)
async def start(run_id: RunId, body: StartRequest, principal: PrincipalDep, server: ServerDep) -> StartView:
    """Permission to start the user's code of an attempt; only then may a machine do so."""
    fence = int(body.fence)

    def work(session: Session) -> Started:
        machine = principal.machine_id or ""
        return attempting.start(
            session, machine_id=machine, run_id=run_id, fence=fence, times=times_of(server.settings)
        )

    started = await server.db.write(work, essential=True)
    return StartView(
        run_id=run_id,
        fence=body.fence,
        attempt=started.attempt,
        lease_expires_at=started.lease_expires_at,
        capability=mint(server.pepper, started.capability_id, run_id, fence),
    )


async def _work(subscription: Subscription, body: SyncRequest, seconds: float, *, own: str) -> bool:
    """Whether there may be something for this poll; False where the time is over or a newer poll has come."""
    while await subscription.wait(seconds):
        if not POLLS.is_newest(body.connection_id, body.poll):
            return False
        if subscription.taken() != {own}:  # its own arrival is no news to it
            return True
    return False


def _told(beat: Beat) -> JSONResponse:
    """The answer, made by hand: it is the one that machines ask for most."""
    return JSONResponse(
        {
            "server_time": beat.now,
            "generation": beat.generation,
            "events": [
                {
                    "id": answer.id,
                    "status": answer.status,
                    "code": answer.code,
                    "permanent": answer.status == "rejected" and answer.final,
                }
                for answer in beat.answers
            ],
            "jobs": [service.job_view(job) for job in beat.jobs],
            "cancel": _pairs(beat.verdicts.cancel),
            "stale": _pairs(beat.verdicts.stale),
            "draining": beat.machine.draining,
        }
    )


def _pairs(held: tuple[Held, ...]) -> list[dict[str, str]]:
    return [{"run_id": one.run_id, "fence": str(one.fence)} for one in held]
