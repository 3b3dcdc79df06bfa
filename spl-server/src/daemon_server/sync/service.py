"""A machine's connection: its hello, its beats with all they carry, and its goodbye. Each is one unit of work."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import bindparam, select

from daemon_server.blobs import service as blobs
from daemon_server.blobs.records import Item
from daemon_server.db.session import Session
from daemon_server.http.principal import Principal
from daemon_server.http.problems import Forbidden
from daemon_server.machines import service as machines
from daemon_server.machines.record import Hello, Machine
from daemon_server.runs import attempting, claiming, fences, inbox
from daemon_server.runs.configuration import limits_of, times_of
from daemon_server.runs.problems import StoreRestored
from daemon_server.runs.records import Answer, Claimant, Held, Job, Json, MachineEvent, Verdicts
from daemon_server.runs.tables import in_states, runs
from daemon_server.settings import Settings
from daemon_server.sync.schemas import ConnectRequest, SyncRequest, Told

_ASKED_TO_STOP = select(runs.c.id, runs.c.fence).where(
    runs.c.machine_id == bindparam("machine"), in_states("cancelling")
)


class NotThisMachine(Forbidden):
    """This token belongs to another machine."""

    code = "wrong_machine"


@dataclass(frozen=True, slots=True)
class Met:
    """What a machine is told when it has connected."""

    machine: Machine
    verdicts: Verdicts
    generation: int
    now: int


@dataclass(frozen=True, slots=True)
class Beat:
    """What one sync did, and what the machine is told."""

    machine: Machine
    answers: list[Answer]
    jobs: list[Job]
    verdicts: Verdicts
    generation: int
    now: int

    @property
    def news(self) -> bool:
        """Whether it can't wait."""
        return bool(self.answers or self.jobs or self.verdicts.cancel or self.verdicts.stale)


def connect(session: Session, settings: Settings, principal: Principal, hello: ConnectRequest) -> Met:
    """Open a connection; the one before, if any, ends.

    Raises:
        NotThisMachine
        StoreRestored: the machine holds attempts of a life of the database that was lost.
        MachineNotFound, MachineRevoked, InvalidLabel, InvalidPolicy
    """
    machine_id = _machine(principal)
    if hello.machine_id not in (None, machine_id):
        raise NotThisMachine(f"The token is machine {machine_id}'s, not {hello.machine_id!r}'s.")
    life = fences.generation(session)
    snapshot = dict(hello.snapshot)
    if isinstance(clock := snapshot.pop("clock_ms", None), int):
        snapshot["clock_skew_ms"] = clock - session.now
    if hello.capabilities:
        snapshot["capabilities"] = hello.capabilities
    said = Hello(
        boot_id=hello.boot_id,
        daemon_version=hello.daemon_version,
        capacity=hello.capacity,
        policy=tuple(hello.policy.allow),
        generation=life,
        labels=tuple(hello.labels or ()),
        display_name=hello.display_name,
        snapshot=snapshot,
    )
    machine = machines.record_connect(session, machine_id, said, lease_ms=_lease(settings))
    held = [one for one in _held(hello.held) if fences.generation_of(one.fence) <= life]
    verdicts = attempting.renew(session, machine_id=machine_id, held=held, times=times_of(settings))
    lost = tuple(one for one in _held(hello.held) if fences.generation_of(one.fence) > life)
    return Met(machine, Verdicts(verdicts.going, verdicts.cancel, verdicts.stale + lost), life, session.now)


def disconnect(session: Session, principal: Principal, connection_id: str) -> bool:
    """A machine goes. What it holds is left to its leases: it may come back."""
    return machines.disconnect(session, _machine(principal), connection_id)


def beat(session: Session, settings: Settings, principal: Principal, asked: SyncRequest, *, claims: bool) -> Beat:
    """Renew what the machine holds, work off what it tells, and give it work if it may and can have some.

    Raises:
        ConnectionReplaced, MachineNotFound, MachineRevoked
        StoreRestored: a fence is of a life of the database that was lost.
    """
    machine_id = _machine(principal)
    times = times_of(settings)
    polls = asked.poll > 0
    machine = machines.beat(
        session,
        machine_id,
        asked.connection_id,
        lease_ms=_lease(settings),
        capacity=asked.capacity if polls else None,
    )
    life = fences.generation(session)
    if any(fences.generation_of(int(one.fence)) > life for one in asked.held):
        raise StoreRestored
    verdicts = attempting.renew(session, machine_id=machine_id, held=_held(asked.held), times=times)
    answers = inbox.deliver(
        session,
        machine_id,
        [MachineEvent(one.id, one.kind, one.run_id, int(one.fence), one.data) for one in asked.events],
        times=times,
        limits=limits_of(settings),
        missing_artifacts=missing_artifacts,
    )
    jobs: list[Job] = []
    if claims and polls and asked.capacity > 0:
        claimant = Claimant(
            machine_id,
            machine.owner_id,
            machine.boot_id or "",
            frozenset(machine.labels),
            machine.policy,
            machine.max_concurrent,
            machine.draining,
        )
        jobs = claiming.claim(session, claimant, poll=asked.poll, capacity=asked.capacity, times=times)
    return Beat(machine, answers, jobs, verdicts, life, session.now)


def asked_to_stop(session: Session, machine_id: str, held: Sequence[Told]) -> bool:
    """Whether somebody asked for the end of something that the machine holds."""
    fences_held = {int(one.fence) for one in held}
    return any(row.fence in fences_held for row in session.rows(_ASKED_TO_STOP, {"machine": machine_id}))


def missing_artifacts(session: Session, run_id: str, fence: int, items: Sequence[Mapping[str, Json]]) -> Sequence[str]:
    """The files that an end names and that have not arrived."""
    wanted = [
        Item(
            str(item.get("name")),
            size if isinstance(size := item.get("size"), int) else 0,
            str(item.get("sha256")),
            str(item.get("media_type") or "application/octet-stream"),
            "result" if item.get("role") == "result" else "artifact",
        )
        for item in items
    ]
    try:
        blobs.check_manifest(session, run_id, fence, wanted)
    except blobs.ArtifactsIncomplete as error:
        return [str(name) for name in error.details.get("names", ())]
    return ()


def job_view(job: Job) -> dict[str, Any]:
    """A job as it travels."""
    return {
        "run_id": job.run_id,
        "attempt": job.attempt,
        "fence": str(job.fence),
        "lease_expires_at": job.lease_expires_at,
        "object": {
            "owner": job.owner,
            "library": job.library,
            "name": job.object,
            "version": job.version,
            "version_id": job.version_id,
            "content_hash": job.content_hash,
            "env": job.env,
            "isolation": job.object_isolation,
            "kind": job.kind,
            "entrypoint": job.entrypoint,
        },
        "function": job.function,
        "output": job.output,
        "args": json.loads(job.args),
        "kwargs": json.loads(job.kwargs),
        "timeout_seconds": None if job.timeout_ms is None else job.timeout_ms / 1000,
        "isolation": job.isolation,
        "priority": job.priority,
        "allow_pickle": bool(job.allow_pickle),
        "delivery": {
            "mode": "at_least_once" if job.max_attempts > 1 else "at_most_once",
            "max_attempts": job.max_attempts,
        },
        "caller": {"user": job.caller, "token_kind": job.token_kind},
        "policy_subject": f"{job.owner}/{job.library}/{job.object}",
    }


def _held(told: Sequence[Told]) -> list[Held]:
    return [Held(one.run_id, int(one.fence), one.phase) for one in told]


def _machine(principal: Principal) -> str:
    assert principal.machine_id is not None
    return principal.machine_id


def _lease(settings: Settings) -> int:
    return int(settings.machine_lease_seconds * 1000)
