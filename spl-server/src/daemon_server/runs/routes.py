"""Remote runs over HTTP."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import Path, Query, Response

from daemon_server import ids
from daemon_server.audit import service as audit
from daemon_server.db.session import Session
from daemon_server.http.dependencies import PrincipalDep, ServerDep
from daemon_server.http.paging import Cursor, Limit, cursor_of, position
from daemon_server.http.principal import Principal
from daemon_server.http.problems import Forbidden, Invalid, ServerProblem
from daemon_server.http.routing import Router
from daemon_server.http.rules import Rule
from daemon_server.runs import calling, ending, reading, routes_batches, routes_follow, submitting
from daemon_server.runs.configuration import limits_of
from daemon_server.runs.lifecycle import ACTIVE, STATES, is_over
from daemon_server.runs.problems import ResultNotReady, RunHasNoResult
from daemon_server.runs.reading import Filter
from daemon_server.runs.schemas import (
    BulkItem,
    BulkRequest,
    BulkView,
    Counts,
    RetryRequest,
    RunCreate,
    RunDetail,
    RunPage,
    RunView,
)
from daemon_server.runs.sorting import NEWEST, Sort, order_of
from daemon_server.runs.spilled import hashes_of
from daemon_server.runs.waiting import until

router = Router(tags=["runs"])

CREATES = Rule(user="run:create", machine="machine:call", execution=True, capability=True)
READS = Rule(user="run:read", machine=True, execution=True, capability=True)
LISTS = Rule(user="run:read", machine=True)
# A run's own capability ends what it started: its remote nodes go with it.
CANCELS = Rule(user="run:cancel", machine="machine:call", capability=True)

# One request moves so many runs at most: a page of them.
MOST_IN_BULK = 500

RunId = Annotated[str, Path(max_length=64)]
Wait = Annotated[float, Query(ge=0, le=3600, description="Seconds to wait for news before answering.")]
Word = Annotated[str | None, Query(max_length=200)]
Moment = Annotated[int | None, Query(ge=0, lt=2**53, description="Epoch milliseconds.")]


@router.post(
    "/remote-runs",
    rule=CREATES,
    response_model=RunView,
    responses={202: {"model": RunView, "description": "It has not ended."}},
)
async def start_run(
    body: RunCreate, response: Response, principal: PrincipalDep, server: ServerDep, wait: Wait = 0.0
) -> dict[str, Any]:
    """Call an object on another machine. The run is on the disk before this answers; `wait` may bring its end."""
    desk = calling.Desk(server.settings, server.pepper)
    fresh = ids.new("run")
    hashes = await hashes_of(server.blobs, [body.args, body.kwargs])

    def work(session: Session) -> tuple[str, bool, dict[str, Any]]:
        run_id = calling.create(session, desk, principal, body, fresh, hashes)
        return run_id, *reading.view(session, principal, run_id)

    run_id, over, view = await server.db.write(work)
    if wait > 0 and not over:
        over, view = await _document(server, principal, run_id, wait)
    response.status_code = 200 if over else 202
    return view


@router.get("/remote-runs", rule=LISTS, response_model=RunPage)
async def list_runs(
    principal: PrincipalDep,
    server: ServerDep,
    state: Annotated[
        str | None, Query(max_length=300, description="One or several, with commas; also `active`, `ended`.")
    ] = None,
    object: Word = None,
    owner: Word = None,
    library: Word = None,
    machine: Word = None,
    caller: Word = None,
    since: Moment = None,
    until: Moment = None,
    batch: Word = None,
    q: Word = None,
    sort: Annotated[Sort, Query(description="`-` in front begins with the largest or latest.")] = NEWEST,
    limit: Limit = 100,
    cursor: Cursor = None,
) -> dict[str, Any]:
    """Runs, newest first unless otherwise sorted, without what they carry.

    A cursor goes on in the order that it came from: pass the same `sort`.
    """
    wanted = Filter(_states(state), object, owner, library, machine, caller, since, until, q, batch)
    after = position(cursor, int, str)
    found = await server.db.read(
        lambda session: reading.page(session, principal, wanted, limit=limit + 1, after=after, sort=sort)
    )
    items = found[:limit]
    return {"items": items, "next": _place(items[-1], sort) if len(found) > limit else None}


@router.get("/remote-runs/counts", rule=LISTS, response_model=Counts)
async def count_runs(
    principal: PrincipalDep, server: ServerDep, object: Word = None, library: Word = None, since: Moment = None
) -> dict[str, Any]:
    """How many runs there are, by state."""
    wanted = Filter(object=object, library=library, since=since)
    found = await server.db.read(lambda session: reading.counts(session, principal, wanted))
    active = sum(count for state, count in found.items() if state in ACTIVE)
    return {"counts": found, "active": active, "total": sum(found.values())}


@router.post("/remote-runs/bulk", rule=Rule(user="run:cancel"), response_model=BulkView)
async def move_runs(body: BulkRequest, principal: PrincipalDep, server: ServerDep) -> BulkView:
    """Cancel or retry many runs; each is answered for by itself."""
    run_ids = body.ids
    if run_ids is None:
        asked = body.filter or {}
        wanted = Filter(_states(asked.get("state")), object=asked.get("object"), batch=asked.get("batch"))
        run_ids = await server.db.read(lambda session: reading.matching(session, principal, wanted, MOST_IN_BULK))

    def one(session: Session, run_id: str) -> BulkItem:
        if body.action == "cancel":
            _cancel(session, principal, run_id)
            return BulkItem(id=run_id, ok=True)
        return BulkItem(id=run_id, ok=True, run_id=_retry(session, server, principal, run_id, None))

    def work(session: Session) -> list[BulkItem]:
        done: list[BulkItem] = []
        for run_id in dict.fromkeys(run_ids):
            try:
                with session.savepoint():
                    done.append(one(session, run_id))
            except ServerProblem as problem:
                done.append(BulkItem(id=run_id, ok=False, code=problem.code))
        return done

    return BulkView(items=await server.db.write(work))


@router.get("/remote-runs/{run_id}", rule=READS, response_model=RunView)
async def show_run(run_id: RunId, principal: PrincipalDep, server: ServerDep, wait: Wait = 0.0) -> dict[str, Any]:
    """One run with what it carries; with `wait`, once it has ended."""
    _, view = await _document(server, principal, run_id, wait)
    return view


@router.get("/remote-runs/{run_id}/detail", rule=READS, response_model=RunDetail)
async def show_detail(run_id: RunId, principal: PrincipalDep, server: ServerDep) -> dict[str, Any]:
    """A run with its attempts, its timeline, its files, and where it was placed."""
    return await server.db.read(lambda session: reading.detail(session, principal, run_id))


@router.get("/remote-runs/{run_id}/result", rule=READS, response_model=Any)
async def show_result(run_id: RunId, principal: PrincipalDep, server: ServerDep) -> Any:
    """The document of what the run returned, by itself."""
    over, view = await _document(server, principal, run_id, 0.0)
    if not over:
        raise ResultNotReady(f"The run {run_id} is {view['state']}.")
    if "result" not in view:
        told = (view["error"] or {}).get("message", "")
        raise RunHasNoResult(
            f"The run {run_id} has no result, it {view['state'].replace('_', ' ')}: {told}",
            run_id=run_id,
            reason=view["reason"],
            state=view["state"],
        )
    return view["result"]


@router.post("/remote-runs/{run_id}/cancel", rule=CANCELS, response_model=RunView)
async def cancel_run(run_id: RunId, principal: PrincipalDep, server: ServerDep) -> dict[str, Any]:
    """Stop a run; one that has ended stays as it is."""

    def work(session: Session) -> dict[str, Any]:
        _cancel(session, principal, run_id)
        return reading.view(session, principal, run_id)[1]

    return await server.db.write(work)


@router.post(
    "/remote-runs/{run_id}/retry",
    rule=Rule(user="run:create", machine="machine:call"),
    status_code=201,
    response_model=RunView,
)
async def retry_run(
    run_id: RunId, principal: PrincipalDep, server: ServerDep, body: RetryRequest | None = None
) -> dict[str, Any]:
    """Run an ended run's call again, as a new run; the ended one stays as it is."""
    key = body.idempotency_key if body is not None else None

    def work(session: Session) -> dict[str, Any]:
        return reading.view(session, principal, _retry(session, server, principal, run_id, key))[1]

    return await server.db.write(work)


router.include_router(routes_follow.router)
router.include_router(routes_batches.router)


def _cancel(session: Session, principal: Principal, run_id: str) -> None:
    """Its caller, its library's owner and its machine's owner may."""
    reading.seen(session, principal, run_id)
    ending.cancel(session, run_id)
    audit.record(session, principal, "run.cancel", run_id)


def _retry(session: Session, server: ServerDep, principal: Principal, run_id: str, key: str | None) -> str:
    row = reading.seen(session, principal, run_id)
    if principal.user_id not in (row.caller_id, row.owner_id):
        raise Forbidden("Only its caller and the library's owner may run it again.", missing="execute")
    digest = f"retry:{run_id}"
    known = submitting.known(session, principal.user_id, key, digest)
    if known is not None and known[0] is not None:
        return known[0]
    new = calling.once_more(session, principal, ending.again(session, run_id))
    submitting.submit(session, [new], limits_of(server.settings))
    calling.inherit(session, run_id, new.id)
    if key is not None:
        submitting.keep_key(session, principal.user_id, key, digest, run_id=new.id)
    audit.record(session, principal, "run.retry", run_id, run=new.id)
    return new.id


async def _document(server: ServerDep, principal: Principal, run_id: str, wait: float) -> tuple[bool, dict[str, Any]]:
    """Whether it has ended, and a run with what it carries, after waiting for its end so many seconds."""

    def look(session: Session) -> tuple[bool, dict[str, Any]]:
        row = reading.seen(session, principal, run_id)
        if wait > 0 and not is_over(row.state):
            return False, {}
        return reading.view(session, principal, run_id)

    seconds = server.settings.wait_ms(wait) / 1000
    over, view = await until(server, f"ended:{run_id}", seconds, look, lambda found: found[0])
    if not over and wait > 0:
        over, view = await server.db.read(lambda session: reading.view(session, principal, run_id))
    return over, view


def _place(last: dict[str, Any], sort: Sort) -> str:
    value = order_of(sort).value(last["created_at"], last["started_at"], last["finished_at"])
    return cursor_of(value, last["id"])


def _states(text: str | None) -> Any:
    found = reading.states_named(text.split(",") if text else ())
    if isinstance(found, str):
        raise Invalid(f"{found[:80]!r} is not a state of runs.", hint=f"The states: {', '.join(STATES)}.")
    return found
