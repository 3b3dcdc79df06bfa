"""Carries attempts: from a server's job to a run of this machine, and from its end back to the outbox.

    accepted ──> policy, mirror, arguments ──> environment, import ──> start permission ──> run ──> end in the outbox

The fence is in the journal before anything else is done for a job, and in the transaction that accepts the run. User
code starts only after the server said yes to that fence.
"""

from __future__ import annotations

import asyncio
import json
import logging
import time
from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import Connection

from spl.core.errors import EnvironmentNotFound, RunFailed, SPLError
from spl.daemon.db import Database
from spl.daemon.environments import Environments
from spl.daemon.objects import Objects, ObjectVersion
from spl.daemon.outbox import Entry, attempts
from spl.daemon.outbox import store as outbox
from spl.daemon.outbox.attempts import Attempt
from spl.daemon.outbox.lifecycle import State
from spl.daemon.runs import RunRequest, Runs
from spl.daemon.runs.ends import error_text
from spl.daemon.runs.ids import new_id
from spl.daemon.runs.live import LiveRun, now_ms
from spl.daemon.runs.origin import not_started, report
from spl.daemon.runs.records import Outcome, RunRecord
from spl.daemon.server_link.api import Refusal
from spl.daemon.server_link.blobs import bring
from spl.daemon.server_link.exchange import Unreachable
from spl.daemon.server_link.held import Held
from spl.daemon.server_link.jobs import Job, NotAJob
from spl.daemon.server_link.line import Line
from spl.daemon.server_link.policy_file import PolicyFile
from spl.daemon.server_link.telemetry import Telemetry
from spl.daemon.settings import Settings
from spl.runtime.values import dumps

log = logging.getLogger(__name__)

# Output is looked at this often while a run goes on, and told as often: quick enough to be read along.
LOOK_SECONDS = 0.1
# A server that asks us to wait at the start of a run is asked again so soon; the claim's lease is counted in tens.
AGAIN_SECONDS = 0.5


# What is told of the run that a remote node is elsewhere.
ELSEWHERE = ("run_id", "machine", "object", "version", "state")


class Abandoned(Exception):
    """The attempt is over already; its run must not begin."""


class Carrier:
    """The attempts in hand, by fence."""

    def __init__(
        self,
        line: Line,
        *,
        settings: Settings,
        db: Database,
        environments: Environments,
        objects: Objects,
        runs: Runs,
        policy: PolicyFile,
    ) -> None:
        self.held: dict[str, Held] = {}
        self._line = line
        self._settings = settings
        self._db = db
        self._environments = environments
        self._objects = objects
        self._runs = runs
        self._policy = policy
        self._told: asyncio.TimerHandle | None = None
        self._crowded = False
        runs.supervisor.on_room = line.renew.set

    # --- what the lanes ask

    @property
    def capacity(self) -> int:
        """How many more jobs could begin here now."""
        if self._runs.supervisor.draining or self._crowded:
            return 0
        supervisor = self._runs.supervisor
        going = sum(1 for run in supervisor.live.values() if run.outcome is None) - supervisor.away_count
        coming = sum(1 for held in self.held.values() if held.live is None)
        return max(0, self._settings.max_workers - going - coming)

    async def measure(self) -> None:
        """See whether so much waits to be told that no more work should be taken."""
        self._crowded = (await self._db.read(outbox.load)).crowded

    async def take(self, documents: Iterable[Any]) -> None:
        """Accept jobs: when this returns their fences are on the disk. One that was accepted before is left alone."""
        jobs = []
        for document in documents:
            try:
                jobs.append(Job.read(document))
            except NotAJob as error:
                log.error("the server sent a job that can't be read: %s", error)
        if not jobs:
            return
        now = now_ms()
        identity = self._line.record.identity
        rows = [
            Attempt(identity.origin, job.fence, identity.owner, job.run_id, job.attempt, "accepted", None,
                    json.dumps(job.noted()), now, now)
            for job in jobs
        ]  # fmt: skip
        fresh = await self._db.write(
            lambda connection: [attempts.accept(connection, row) for row in rows], essential=True, small=True
        )
        for job, new in zip(jobs, fresh, strict=True):
            if not new:
                log.info("fence %s was taken before; the job for it is left alone", job.fence)
                continue
            remote = job.remote(identity.origin, identity.owner)
            held = self.held[job.fence] = Held(job, remote, Telemetry(job.run_id, job.fence))
            held.task = asyncio.create_task(self._carry(held), name=f"attempt {job.run_id} {job.fence}")

    def cancel(self, fence: str) -> None:
        """Somebody asked for the end of this attempt's run."""
        held = self.held.get(fence)
        if held is None or held.cancelled:
            return
        held.cancelled = True
        if held.live is not None:
            self._runs.supervisor.cancel(held.live)
        elif held.task is not None:
            held.task.cancel()

    async def orphan(self, fence: str) -> None:
        """The server has given this attempt's run away: what it still brings is kept here, and told to nobody.

        One that the server may have started elsewhere is ended; one that runs at most once may finish.
        """
        held = self.held.get(fence)
        if held is None or held.orphaned:
            return
        held.orphaned = True
        await self._move(held, "orphaned")
        if held.live is None and held.task is not None:
            held.task.cancel()
        elif held.live is not None and held.job.repeatable:
            self._runs.supervisor.cancel(held.live)

    def of_run(self, local_run: str) -> Held | None:
        """The attempt that a run of this machine is."""
        return next((held for held in self.held.values() if held.live is not None and held.live.id == local_run), None)

    async def close(self) -> None:
        """Stop carrying: what has not begun is handed back, what runs is the supervisor's to end."""
        waiting = [held.task for held in self.held.values() if held.task is not None]
        for held in list(self.held.values()):
            if held.live is None and held.task is not None:
                held.task.cancel()
        if waiting:
            await asyncio.wait(waiting, timeout=LOOK_SECONDS * 10)
        for task in waiting:
            task.cancel()
        await asyncio.gather(*waiting, return_exceptions=True)

    # --- one attempt

    async def _carry(self, held: Held) -> None:
        try:
            live = await self._begun(held)
            if live is not None:
                await self._followed(held, live)
        except Abandoned:
            log.info("the attempt %s at %s is over before it began", held.job.fence, held.job.run_id)
        except asyncio.CancelledError:
            if held.live is None and not held.orphaned:
                await asyncio.shield(self._ended_early(held))
        except Exception:
            log.exception("the attempt %s at %s could not be carried", held.job.fence, held.job.run_id)
            if held.live is None:
                message = "The machine met an error of its own."
                await self._failed(held, "contract_error", error_text("InternalError", message))
        finally:
            self.held.pop(held.job.fence, None)
            self._line.renew.set()

    async def _begun(self, held: Held) -> LiveRun | None:
        """The run that an attempt became; None where it has an end already, or was handed back."""
        job = held.job
        if not self._policy.policy.allows(
            self._line.record.owner, job.subject, version=job.version, content_hash=job.content_hash
        ):
            await self._hand_back(held, "machine_refuses")
            return None
        if self._runs.supervisor.draining:
            await self._hand_back(held, "draining")
            return None
        if job.restored and not job.repeatable and (earlier := await self._begun_before(held)) is not None:
            message = "The machine began this run before the server was restored from a backup; it may begin once."
            hint = f"What it left is on the machine, as its run {earlier}."
            await self._failed(held, "contract_error", error_text("BegunBefore", message, hint=hint))
            return None
        try:
            version = await self._version(job)
            arguments = await self._arguments(job, version)
            await self._prepare(held, version)
        except Refusal as error:
            await self._failed(held, "contract_error", error_text(error.code, error.detail, hint=error.hint))
            return None
        except RunFailed as error:
            await self._failed(held, _reason(error), _told(error))
            return None
        except SPLError as error:
            kind = "env_build_failed" if isinstance(error, EnvironmentNotFound) else "contract_error"
            await self._failed(held, kind, _told(error))
            return None
        if not await self._permitted(held):
            return None
        return await self._submitted(held, version, arguments)

    async def _begun_before(self, held: Held) -> str | None:
        """A restored server gives out again what waited at the time of its backup, also where it has run since."""
        remote, fence = held.remote, held.job.fence
        return await self._db.read(
            lambda connection: attempts.begun_as(connection, remote.origin, held.job.run_id, fence)
        )

    async def _version(self, job: Job) -> ObjectVersion:
        async def fetch() -> str:
            while True:
                try:
                    found = await self._line.api.source(job.owner, job.library, job.name, job.version)
                    return str(found.get("yaml") or "")
                except Unreachable:
                    await self._line.up.wait()
                    await asyncio.sleep(AGAIN_SECONDS)

        return await self._objects.mirrors.load(job.mirror(self._line.record.origin), fetch)

    async def _arguments(self, job: Job, version: ObjectVersion) -> bytes:
        """The arguments bound to the signature; the blobs they name are here when this returns."""
        signature = version.signature(job.function)
        signature.check_output(job.output)
        bound = signature.bind(job.args, job.kwargs, job.output)
        await bring(self._line, self._runs.blobs, job.run_id, bound)
        return dumps(bound)

    async def _prepare(self, held: Held, version: ObjectVersion) -> None:
        """Have the environment built and the bundle imported, telling of it."""
        if self._runs.supervisor.is_warm(version, held.job.isolation):
            return

        def on_line(line: str) -> None:
            held.telemetry.phase("building", line)
            self._tell()

        if self._environments.status(version.spec.hash) != "ready":
            held.telemetry.phase("building")
            self._tell()
            await self._environments.ensure(version.spec, on_line)
        held.telemetry.phase("starting")
        self._tell()
        await self._runs.supervisor.warm(version)

    async def _permitted(self, held: Held) -> bool:
        """Whether the server says that this attempt's user code may start. Asked until there is an answer."""
        while True:
            try:
                answer = await self._line.api.start(held.job.run_id, held.job.fence)
                held.capability = str(answer.get("capability") or "")
                return True
            except Unreachable:
                await asyncio.sleep(AGAIN_SECONDS)
                await self._line.up.wait()
            except Refusal as error:
                if error.code == "run_cancelled":
                    held.cancelled = True
                    await self._ended_early(held)
                    return False
                if error.passing:
                    await asyncio.sleep(AGAIN_SECONDS)
                    continue
                held.orphaned = True
                await self._move(held, "orphaned")
                return False

    async def _submitted(self, held: Held, version: ObjectVersion, arguments: bytes) -> LiveRun:
        job = held.job
        timeout = job.timeout_seconds
        request = RunRequest(
            version=version,
            arguments=arguments,
            function=job.function,
            output=job.output,
            timeout_ms=None if timeout is None else max(1, int(timeout * 1000)),
            isolation=job.isolation,
            priority=job.priority,
            allow_pickle=job.allow_pickle,
            remote=held.remote,
        )

        def bound(connection: Connection, record: RunRecord) -> None:
            spawned = record.state == "running"
            if not attempts.bind(
                connection, held.remote.origin, job.fence, record.id, record.created_at, spawned=spawned
            ):
                raise Abandoned

        live = await self._runs.submit(request, also=bound)
        assert isinstance(live, LiveRun)  # it has no key that an earlier one could have had
        held.live = live
        if held.cancelled:
            self._runs.supervisor.cancel(live)
        return live

    async def _followed(self, held: Held, live: LiveRun) -> None:
        """Tell of a run while it goes on, and have its end delivered."""
        events: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        live.listeners.append(events)
        if live.phase == "waiting":  # others had its place since it was allowed to begin
            held.telemetry.phase("waiting")
        folder = self._runs.folder(live.id)
        while not live.ended:
            try:
                async with asyncio.timeout(LOOK_SECONDS):
                    self._translate(held, await events.get())
            except TimeoutError:
                held.telemetry.output(folder, ended=False)
            if held.telemetry.waiting:
                self._tell()
        held.telemetry.output(folder, ended=True)
        while not events.empty():
            self._translate(held, events.get_nowait())
        end = live.outcome.report if live.outcome is not None else None
        if end is not None and not held.orphaned:
            self._line.deliver(end, held)

    def _translate(self, held: Held, event: dict[str, Any]) -> None:
        match event["event"]:
            case "node" if "node" in self._line.kinds:
                held.telemetry.nodes(node_changes(event))
            case "phase" if event["phase"] != "running":
                held.telemetry.phase(event["phase"])
            case "build":
                held.telemetry.phase("building", event["line"])
            case "progress":
                held.telemetry.progress(event["done"], event["total"], event["text"])

    # --- ends without a run

    async def _ended_early(self, held: Held) -> None:
        """It was stopped before it began: as cancelled where somebody asked for that, else it is handed back."""
        if not held.cancelled:
            await self._hand_back(held, "draining")
            return
        moment = now_ms()
        error = error_text("RunCancelled", "The run was cancelled before it began.")
        await self._finish(held, Outcome("", "cancelled", "cancelled", moment, error=error))

    async def _failed(self, held: Held, reason: str, error: str) -> None:
        await self._finish(held, Outcome("", "failed", reason, now_ms(), error=error))

    async def _finish(self, held: Held, outcome: Outcome) -> None:
        entry = report(held.remote, outcome, id=new_id())
        if await self._db.write(lambda connection: outbox.finish(connection, entry), essential=True):
            self._line.deliver(entry)

    async def _hand_back(self, held: Held, reason: str) -> None:
        entry = not_started(held.remote, reason, id=new_id(), now=now_ms())
        if await self._db.write(lambda connection: outbox.give_back(connection, entry), essential=True):
            self._line.deliver(entry)

    async def _move(self, held: Held, state: State) -> None:
        remote, now = held.remote, now_ms()
        await self._db.write(
            lambda connection: attempts.move(connection, remote.origin, remote.fence, state, now), essential=True
        )

    def _tell(self) -> None:
        """Have telemetry told soon: what comes meanwhile goes along."""
        if self._told is None:
            self._told = asyncio.get_running_loop().call_later(LOOK_SECONDS, self._tell_now)

    def _tell_now(self) -> None:
        self._told = None
        self._line.news.set()


async def recover(db: Database) -> Sequence[Entry]:
    """Hand back what the last daemon had accepted and provably not begun, and end what nobody else can end."""
    moment = int(time.time() * 1000)

    def unit(connection: Connection) -> list[Entry]:
        told = []
        for attempt in attempts.unfinished(connection):
            common = (new_id(), attempt.origin, attempt.owner)
            if attempt.state == "spawned" and json.loads(attempt.job).get("repeatable"):
                attempts.move(connection, attempt.origin, attempt.fence, "orphaned", moment)
                continue  # silence lets the server begin it again
            if attempt.state != "spawned":
                body = json.dumps({"reason": "daemon_restarted"})
                entry = Entry(*common, "nack", attempt.run_id, attempt.fence, body, moment)
                outbox.give_back(connection, entry)
            else:
                message = "The daemon ended while the run was under way; the function may have been half done."
                body = json.dumps(
                    {"state": "failed", "reason": "worker_crashed", "started_at": None, "finished_at": moment,
                     "isolation": None, "result_blobs": [], "artifacts": [], "result": None,
                     "error": json.loads(error_text("Interrupted", message)), "timings": {}},
                    separators=(",", ":"),
                )  # fmt: skip
                entry = Entry(*common, "finished", attempt.run_id, attempt.fence, body, moment)
                outbox.finish(connection, entry)
            told.append(entry)
        return told

    return await db.write(unit, essential=True)


def node_changes(event: dict[str, Any]) -> list[dict[str, Any]]:
    """What an event of a run says of its nodes, each as the server is told."""
    changes: list[dict[str, Any]] = [
        {"node": one["node"], "state": "ended", "seconds": one["seconds"]} for one in event["ended"]
    ]
    changes += [{"node": node, "state": "running"} for node in event["started"]]
    if "elsewhere" in event:
        about = dict(event["elsewhere"])
        changes.append({"node": about.pop("node"), "elsewhere": {name: about.get(name) for name in ELSEWHERE}})
    return changes


def _reason(error: RunFailed) -> str:
    reason = str(error.details.get("reason") or getattr(error, "reason", "") or error.code)
    return reason if reason in ("env_build_failed", "import_failed") else "contract_error"


def _told(error: SPLError) -> str:
    notes = [str(error.details["log"])] if error.details.get("log") else []
    more = {"frames": list(error.details["frames"])} if error.details.get("frames") else {}
    kind = str(error.details.get("type") or type(error).__name__)
    document = json.loads(error_text(kind, error.message, notes, hint=error.hint))
    return json.dumps({**document, **more}, separators=(",", ":"))
