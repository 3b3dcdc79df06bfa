"""A call as it arrives becomes runs: resolved, allowed, its arguments checked, and placed."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection
from dataclasses import dataclass, replace

from sqlalchemy import bindparam, select

from daemon_server import ids
from daemon_server.access import service as access
from daemon_server.blobs import service as blobs
from daemon_server.blobs.tables import run_blobs
from daemon_server.db.session import Session
from daemon_server.http.principal import Principal
from daemon_server.http.problems import Invalid
from daemon_server.identity import tokens
from daemon_server.identity.pepper import Pepper
from daemon_server.machines import policy
from daemon_server.machines import service as machines
from daemon_server.machines.record import Machine
from daemon_server.objects import arguments
from daemon_server.objects.service import Callable_, resolve
from daemon_server.runs import nodes, placement, submitting
from daemon_server.runs.configuration import limits_of
from daemon_server.runs.problems import MachineOffline, MachineRefuses, NoMachine, TargetNotAllowed
from daemon_server.runs.records import NewRun
from daemon_server.runs.schemas import BatchCreate, Call, CallOptions, RunCreate
from daemon_server.runs.submitting import POOL
from daemon_server.settings import Settings

# An object that may be repeated, and says no more, is tried so often.
ATTEMPTS_AT_LEAST_ONCE = 3


@dataclass(frozen=True, slots=True)
class Desk:
    """Where calls are accepted: what the server is set to."""

    settings: Settings
    pepper: Pepper


def caller_of(principal: Principal) -> Principal:
    """Whose rights decide: user code that runs asks with those of whoever started it."""
    if principal.kind != "capability":
        return principal
    return Principal("user", principal.token_id, principal.user_id, principal.user)


def key_owner(principal: Principal) -> str:
    """Whose idempotency keys these are: a credential that reads its own runs alone never meets another one's."""
    match principal.kind:
        case "execution":
            return f"token:{principal.token_id}"
        case "capability":
            return f"run:{principal.run_id}"
        case _:
            return principal.user_id


def create(
    session: Session, desk: Desk, principal: Principal, body: RunCreate, run_id: str, hashes: Collection[str] = ()
) -> str:
    """Accept one call; the run's id, which is another one's where the idempotency key was used before.

    Raises:
        NotFound, Forbidden, InvalidArguments, BlobUnknown, MachineRefuses, MachineOffline, NoMachine, QueueFull,
        TooManyActive, IdempotencyKeyReused
    """
    key, asked = body.idempotency_key, digest(body)
    known = submitting.known(session, key_owner(principal), key, asked)
    if known is not None and known[0] is not None:
        return known[0]
    shared = shared_of(session, desk, principal, body)
    called = shared.called
    arguments.check(called.signature, body.args, body.kwargs, body.output)
    new = replace(shared.new, id=run_id, args=_json(body.args), kwargs=_json(body.kwargs))
    submitting.submit(session, [new], limits_of(desk.settings))
    attach(session, principal, run_id, hashes)
    if key is not None:
        submitting.keep_key(session, key_owner(principal), key, asked, run_id=run_id)
    return run_id


@dataclass(frozen=True, slots=True)
class Shared:
    """What the runs of one request have in common."""

    called: Callable_
    new: NewRun


def shared_of(session: Session, desk: Desk, principal: Principal, body: CallOptions) -> Shared:
    """What is called, by whom and where, without the arguments."""
    nodes.check(session, principal, body)
    asking = caller_of(principal)
    called = resolve(
        session,
        asking,
        owner=body.owner,
        library=body.library,
        name=body.object,
        function=body.function,
        version=body.version,
    )
    labels = frozenset(body.labels) | frozenset(called.required_labels)
    place = _place(session, desk, principal, called, body, labels)
    settings = desk.settings
    lost = body.lost_after_seconds or (
        settings.queued_lost_after_seconds if body.queue else settings.lost_after_seconds
    )
    timeout = body.timeout_seconds
    if timeout is None and principal.kind == "execution":
        timeout = settings.run_timeout_seconds  # it can't cancel, so that time has to
    repeat = body.delivery.mode == "at_least_once"
    most = body.delivery.max_attempts or (ATTEMPTS_AT_LEAST_ONCE if repeat else 1)
    new = NewRun(
        id="",
        owner_id=called.owner_id,
        owner=called.owner,
        library_id=called.library_id,
        library=called.library,
        object=called.name,
        version=called.version,
        version_id=called.version_id,
        content_hash=called.content_hash,
        kind=called.kind,
        entrypoint=called.entrypoint,
        env=called.env,
        function=called.function,
        output=body.output,
        caller_id=principal.user_id,
        caller=principal.user,
        token_kind=principal.kind,
        token_id=principal.token_id,
        caller_machine_id=principal.machine_id if principal.kind == "machine" else None,
        parent_run_id=principal.run_id or body.parent_run_id,
        correlation_id=body.correlation_id,
        lane=place.machine.id if place.machine is not None else POOL + place.pool,
        labels=_json(sorted(labels)),
        target_machine_id=place.machine.id if place.machine is not None else None,
        machine_owner_id=place.machine.owner_id if place.machine is not None else None,
        waiting=place.code,
        waiting_text=place.text,
        priority=body.priority,
        library_max=called.max_concurrent,
        isolation=None if body.isolation == "auto" else body.isolation,
        object_isolation=called.isolation,
        timeout_ms=None if timeout is None else max(1, int(timeout * 1000)),
        allow_pickle=body.allow_pickle,
        max_attempts=most if repeat else 1,
        lost_after_ms=int(lost * 1000),
        queue_ttl_ms=int(settings.queue_ttl_seconds * 1000),
        context=_json(body.context) if body.context is not None else None,
    )
    return Shared(called, new)


def batch_runs(shared: Shared, body: BatchCreate, batch_id: str) -> list[NewRun]:
    """The runs of a batch; an argument that does not fit names its call."""
    made: list[NewRun] = []
    for index, call in enumerate(body.calls):
        try:
            arguments.check(shared.called.signature, call.args, call.kwargs, body.output)
        except Invalid as error:
            error.message = f"Call {index}: {error.message}"
            error.details["call"] = index
            raise
        made.append(_one(shared.new, call, batch_id, index))
    return made


def attach(session: Session, principal: Principal, run_id: str, hashes: Collection[str]) -> None:
    """Hold the content that arguments refer to for as long as the run is kept."""
    if hashes:
        blobs.claimable(session, principal.user_id, hashes)
        blobs.attach(session, run_id, hashes, "argument")


def _one(shared: NewRun, call: Call, batch_id: str, index: int) -> NewRun:
    return replace(
        shared,
        id=ids.new("run"),
        args=_json(call.args),
        kwargs=_json(call.kwargs),
        batch_id=batch_id,
        batch_index=index,
    )


def _place(
    session: Session,
    desk: Desk,
    principal: Principal,
    called: Callable_,
    body: CallOptions,
    labels: frozenset[str],
) -> placement.Place:
    asking = caller_of(principal)
    if body.target_machine is not None and principal.kind == "execution":
        raise TargetNotAllowed
    target = _target(session, desk, asking, called, body)
    owners = machines.owned_by(session, called.owner_id) if target is None else []
    callers = machines.usable(session, asking) if target is None and principal.kind != "execution" else []

    def candidate(machine: Machine) -> placement.Candidate:
        return placement.Candidate(
            id=machine.id,
            owner_id=machine.owner_id,
            name=machine.name,
            labels=frozenset(machine.labels),
            allows=machine.revoked_at is None
            and policy.allows(machine.policy, called.path, version=called.version, content_hash=called.content_hash),
            online=machine.live_at(session.now),
            draining=machine.draining,
        )

    asked = placement.Asked(
        called.owner_id, principal.user_id, labels, candidate(target) if target is not None else None
    )
    found = placement.place(
        asked,
        [candidate(machine) for machine in owners if machine.revoked_at is None],
        [candidate(machine) for machine in callers if machine.revoked_at is None],
    )
    if found == "machine_refuses":
        raise MachineRefuses(machine=target.name if target is not None else None, object=called.path)
    if found == "no_machine":
        raise NoMachine(object=called.path)
    if not found.online and body.offline_policy == "fail":
        raise MachineOffline(found.text)
    return found


def _target(session: Session, desk: Desk, asking: Principal, called: Callable_, body: CallOptions) -> Machine | None:
    """The one machine that is meant: asked for, opened by a subtoken, or the library's own."""
    if body.machine_subtoken is not None:
        opened = tokens.check_subtoken(session, desk.pepper, body.machine_subtoken, user=asking.user)
        machine = machines.get(session, opened)
        named = body.target_machine
        if machine is not None and (named is None or _is_called(machine, named)):
            return machine
    own = machines.get(session, called.default_machine_id) if called.default_machine_id is not None else None
    if own is not None and own.revoked_at is not None:
        own = None
    if body.target_machine is None or (own is not None and _is_called(own, body.target_machine)):
        return own  # whoever may execute in a library may do so on its machine
    machine = machines.find(session, asking, body.target_machine)
    rights = access.machine_rights(session, asking, machine_id=machine.id, owner_id=machine.owner_id)
    access.authorize(rights, "use", what=f"machine {machine.name}", owner=machine.owner)
    return machine


def _is_called(machine: Machine, reference: str) -> bool:
    return reference in (machine.id, machine.name, f"{machine.owner}/{machine.name}")


def digest(body: CallOptions) -> str:
    """What a request asks for, so that a key is not taken for another one's. Secrets in it are not kept."""
    return hashlib.sha256(body.model_dump_json(exclude={"machine_subtoken"}).encode()).hexdigest()


def _json(value: object) -> str:
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False)


def once_more(session: Session, principal: Principal, new: NewRun) -> NewRun:
    """A run that is tried again: by whoever asks now, if they may still execute what it calls."""
    called = resolve(
        session,
        caller_of(principal),
        owner=new.owner,
        library=new.library,
        name=new.object,
        function=new.function,
        version=new.version,
    )
    return replace(
        new,
        caller_id=principal.user_id,
        caller=principal.user,
        token_kind=principal.kind,
        token_id=principal.token_id,
        caller_machine_id=principal.machine_id if principal.kind == "machine" else None,
        library_max=called.max_concurrent,
        waiting="waiting_for_turn",
        waiting_text="It is tried again.",
    )


def inherit(session: Session, from_run: str, to_run: str) -> None:
    """A run that is tried again refers to what its first one referred to."""
    hashes = {row.sha256 for row in session.rows(_ATTACHED, {"of_run": from_run})}
    if hashes:
        blobs.attach(session, to_run, hashes, "argument")


_ATTACHED = select(run_blobs.c.sha256).where(run_blobs.c.run_id == bindparam("of_run"), run_blobs.c.role == "argument")
