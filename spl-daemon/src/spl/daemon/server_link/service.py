"""The daemon's connection to a server: made, kept, shown, and taken apart. One is active; others wait untouched."""

from __future__ import annotations

import asyncio
import json
import logging
import platform
import uuid
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection

from spl.core.errors import Conflict, InvalidRequest, ServerNotConnected, ServerRefused, SPLError, WrongOwner
from spl.daemon import __version__
from spl.daemon.db import Database
from spl.daemon.environments import Environments
from spl.daemon.home import Home
from spl.daemon.objects import Objects
from spl.daemon.objects.mirrors import MirrorRef, choose
from spl.daemon.objects.publishing import prepare
from spl.daemon.objects.schemas import PublishRequest
from spl.daemon.objects.service import Published
from spl.daemon.outbox import Identity, attempts, kept
from spl.daemon.outbox import store as outbox
from spl.daemon.outbox.kept import KeptCall
from spl.daemon.runs import Runs
from spl.daemon.runs.live import now_ms
from spl.daemon.server_link import kept_views, publishing, records
from spl.daemon.server_link.address import Address
from spl.daemon.server_link.api import Refusal, ServerApi, unreachable
from spl.daemon.server_link.exchange import Exchange, Unreachable
from spl.daemon.server_link.kept_calls import KeptCalls
from spl.daemon.server_link.line import Line
from spl.daemon.server_link.policy import MachinePolicy, checked
from spl.daemon.server_link.policy_file import PolicyFile
from spl.daemon.server_link.publishing import DEFAULT_LIBRARY, Publishing
from spl.daemon.server_link.records import Record, Tokens
from spl.daemon.settings import Settings

if TYPE_CHECKING:
    from spl.daemon.server_link.link import Link

log = logging.getLogger(__name__)

# Right after a start the connection is under way: whoever asks then waits for it so long.
SETTLE_SECONDS = 3.0
# A publish tells of its delivery where that takes no longer; a call of the object right behind it finds it then.
DELIVERY_SECONDS = 3.0
# What the server must be able to say before anything is decided.
FIRST_SECONDS = 20.0
DAY_SECONDS = 24 * 3600.0


class ServerLink:
    """What the rest of the daemon asks of its server."""

    def __init__(
        self, *, settings: Settings, home: Home, db: Database, environments: Environments, objects: Objects, runs: Runs
    ) -> None:
        self._settings = settings
        self._db = db
        self._environments = environments
        self._objects = objects
        self._runs = runs
        self._tokens = Tokens(home.connections)
        self._policy = PolicyFile(home.policy_file)
        self._link: Link | None = None
        self._publishing: Publishing | None = None
        self._record: Record | None = None
        self._changing = asyncio.Lock()
        self.kept = KeptCalls(
            db=db,
            blobs=runs.blobs,
            ttl_seconds=min(settings.server_keep_seconds, settings.keep_history_days * DAY_SECONDS),
        )

    # --- a daemon's beginning and end

    async def begin(self) -> None:
        """Connect again, where the last daemon was connected; nobody waits for it."""
        if await self._db.read(_has_attempts):
            from spl.daemon.server_link import carrier

            await carrier.recover(self._db)
            await self._db.write(lambda connection: attempts.forget(connection, now_ms() - attempts.KEPT_MS))
        await self.kept.tidy()
        record = await self._db.read(records.active)
        if record is None:
            return
        try:
            self._start(record, self._tokens.read(record.id))
        except SPLError as error:
            log.error("the daemon is not connected to %s: %s", record.url, error)

    async def close(self) -> None:
        """End the connection; the server hears of it, and what is running is told by the next daemon."""
        async with self._changing:
            await self._stop()

    # --- making and taking apart

    async def connect(
        self,
        *,
        server_url: str,
        machine_token: str,
        user_token: str | None = None,
        machine_id: str | None = None,
        display_name: str | None = None,
        capabilities: dict[str, Any] | None = None,
        policy: list[str] | None = None,
    ) -> dict[str, Any]:
        """Connect with a machine's token. A user's token is looked at once, to see that it is the same person's.

        Raises:
            InvalidRequest: the URL is none that credentials may go to.
            ServerUnreachable, ServerRefused
            WrongOwner: the machine is somebody else's.
        """
        address = Address.parse(server_url)
        async with self._changing:
            api = ServerApi(self._exchange(address), _plain(machine_token, "machine token"))
            try:
                owner = await _owner_of(api, _plain(user_token, "user token")) if user_token else None
                hello = await self._hello(display_name, capabilities or {})
                answer = await api.connect({**hello, "boot_id": self._runs.boot_id, "daemon_version": __version__,
                                            "capacity": 0, "held": []})  # fmt: skip
            except Unreachable as error:
                raise unreachable(address.url, error) from error
            except Refusal as error:
                raise error.error() from error
            finally:
                await api.exchange.close()
            return await self._adopt(
                address, answer, machine_token, owner=owner, machine_id=machine_id, display_name=display_name,
                capabilities=capabilities or {}, policy=policy,
            )  # fmt: skip

    async def join(self, *, server_url: str, code: str, display_name: str | None = None) -> dict[str, Any]:
        """Connect with a one-time code; the server gives this machine its token for it.

        Raises:
            InvalidRequest, ServerUnreachable, ServerRefused
        """
        address = Address.parse(server_url)
        api = ServerApi(self._exchange(address), "")
        asked = {"daemon_version": __version__, **({"display_name": display_name} if display_name else {})}
        try:
            answer = await api.redeem(_plain(code, "code"), asked)
        except Unreachable as error:
            raise unreachable(address.url, error) from error
        except Refusal as error:
            if error.credential:
                raise InvalidRequest(
                    f"The server does not accept this code: {error.detail}",
                    hint="A code is good for one machine and ten minutes. Ask for a new one.",
                ) from error
            raise error.error() from error
        finally:
            await api.exchange.close()
        return await self.connect(
            server_url=server_url,
            machine_token=str(answer["machine_token"]),
            machine_id=str(answer["machine_id"]),
            display_name=display_name,
        )

    async def disconnect(self) -> dict[str, Any]:
        """Drop the connection and forget the token; what waits to be told waits for its owner's next connection."""
        async with self._changing:
            await self._stop()
            record, self._record = self._record, None
            await self._db.write(records.deactivate)
            if record is not None:
                self._tokens.remove(record.id)
        return self.status()

    def status(self) -> dict[str, Any]:
        """What is shown of the connection; no network is touched for it."""
        if self._record is None or self._link is None:
            return {"connected": False, "status": "not_connected", "server_url": None, "machine_id": None,
                    "owner": None, "display_name": None, "capabilities": {}, "scopes": [], "connected_at": None,
                    "last_error": None}  # fmt: skip
        status = self._link.status
        told = {**self._record.told(), "last_error": self._link.last_error, "clock_skew_ms": self._link.skew_ms}
        return {"connected": status == "connected", "status": status, **told}

    async def doctor(self) -> dict[str, Any]:
        """What waits to be told, and what never will be."""
        load = await self._db.read(outbox.load)
        dead = await self._db.read(outbox.dead)
        counts = await self._db.read(attempts.counts)
        return {
            "waiting": load.rows,
            "waiting_bytes": load.bytes,
            "dead": [{"id": one.id, "kind": one.kind, "run_id": one.run_id, "answer": one.answer} for one in dead],
            "attempts": counts,
            "calls": await self._db.read(kept.waiting),
        }

    # --- the machine's policy

    def policy(self) -> dict[str, Any]:
        """What this machine runs for a server."""
        policy = self._policy.policy
        owner = self._record.owner if self._record is not None else None
        shown = list(policy.patterns(owner)) if owner is not None else list(policy.allow or ())
        return {"allow": shown, "only_mine": policy.allow is None}

    async def set_policy(self, allow: list[str] | None) -> dict[str, Any]:
        """Say what this machine runs; None is its owner's own objects. The server hears of it at once.

        Raises:
            InvalidRequest: with the pattern that is none.
        """
        policy = MachinePolicy(None if allow is None else checked(allow))
        await asyncio.to_thread(self._policy.write, policy)
        if self._link is not None:
            self._link.connect_again()
        return self.policy()

    # --- for those who speak to the server

    async def line(self) -> Line:
        """The way to the server.

        Raises:
            ServerNotConnected: there is no connection.
            ServerUnreachable: it is known to be away; said at once.
        """
        link = self._link
        if link is None:
            raise _not_connected()
        if link.status == "connecting":
            with suppress(TimeoutError):
                async with asyncio.timeout(SETTLE_SECONDS):
                    await link.settled.wait()
        if link.status != "connected":
            url = link.line.record.url
            if link.status == "refused":
                raise _refused(url, link.last_error)
            raise unreachable(url)
        return link.line

    def identity(self) -> Identity:
        """Whom this machine speaks for, whether or not its server is there.

        Raises:
            ServerNotConnected: there is no connection.
            ServerRefused: there is one, and the server does not take it: nothing that is kept would ever leave.
        """
        link = self._link
        if link is None or self._record is None:
            raise _not_connected()
        if link.status == "refused":
            raise _refused(self._record.url, link.last_error)
        return self._record.identity

    def why_kept(self, call: KeptCall) -> str:
        """What a call that is kept here waits for."""
        record = self._record
        if record is None or record.identity != call.identity:
            return kept_views.ELSEWHERE.format(origin=call.origin, owner=call.owner)
        words = {"connected": kept_views.GOING, "refused": kept_views.REFUSED}
        status = self._link.status if self._link is not None else ""
        return words.get(status, kept_views.AWAY).format(url=record.url)

    @property
    def origin(self) -> str | None:
        """The URL of the connected server; None while there is none."""
        connected = self._link is not None and self._link.status == "connected"
        return self._record.url if connected and self._record is not None else None

    def capability(self, local_run: str) -> str | None:
        """What a run that came from the server may show there; None for other runs."""
        held = self._link.carrier.of_run(local_run) if self._link is not None else None
        return held.capability or None if held is not None else None

    async def request(
        self, method: str, path: str, document: object = None, *, token: str | None = None, seconds: float = 60.0
    ) -> Any:
        """Ask the server something, with the machine's credential or another one; the answer's JSON.

        Raises:
            ServerNotConnected, ServerUnreachable, and whatever the server says
        """
        line = await self.line()
        try:
            answer = await line.api.request(method, path, document, token=token, seconds=seconds)
            return answer.json() if answer.body else None
        except Unreachable as error:
            raise unreachable(line.record.url, error) from error
        except Refusal as error:
            raise error.error() from error
        except ValueError as error:
            raise unreachable(line.record.url, Unreachable("its answer can't be read", sent=True)) from error

    # --- what is published

    def sharing(self, library: str | None, share: bool | None) -> Callable[[Connection, str], None] | None:
        """What goes with the transaction of a publish: how it is shared, and with whom at once."""
        record = self._record
        wanted = share is not False
        if record is None and library is None and share is None:
            return None

        def also(connection: Connection, version_id: str) -> None:
            if library is not None or not wanted:
                connection.exec_driver_sql(
                    "INSERT INTO object_sharing (version_id, share, library) VALUES (?, ?, ?) "
                    "ON CONFLICT DO UPDATE SET share = excluded.share, library = excluded.library",
                    (version_id, int(wanted), library or DEFAULT_LIBRARY),
                )
            if wanted and record is not None and record.may_publish and not outbox.load(connection).crowded:
                publishing.note(connection, record.identity, version_id, library or DEFAULT_LIBRARY, now_ms())

        return also

    async def shared(self, version_id: str, library: str | None, share: bool | None) -> dict[str, Any] | None:
        """What became of the delivery of a version that was published a moment ago; None where it is not shared."""
        record, link, lane = self._record, self._link, self._publishing
        if share is False or record is None or link is None or lane is None or not record.may_publish:
            return None
        told: dict[str, Any] = {"owner": record.owner, "library": library or DEFAULT_LIBRARY}
        found = await lane.delivered(version_id, DELIVERY_SECONDS) if link.status == "connected" else None
        return {**told, **(found or {"delivered": False, "version": None, "refused": None})}

    async def pull(
        self, *, owner: str | None, library: str, name: str, version: int | str | None, local_name: str | None = None
    ) -> Published:
        """Store a version of a server's object as one of this machine's own.

        Raises:
            ServerNotConnected, ServerUnreachable, EnvironmentNotFound, and what the server says
        """
        line = await self.line()
        owner = owner or line.record.owner
        try:
            found = await line.api.source(owner, library, name, version)
        except Unreachable as error:
            raise unreachable(line.record.url, error) from error
        except Refusal as error:
            raise error.error() from error
        text = str(found["yaml"])
        prepared = await asyncio.to_thread(prepare, text, name=local_name or name)
        env = str(found.get("env") or "default")
        ref = MirrorRef(line.record.origin, owner, library, name, int(found["version"]), prepared.content_hash, env)
        registered = [entry.interpreter for entry in await self._environments.all()]
        request = PublishRequest(
            yaml=text,
            name=prepared.name,
            env=choose(ref, prepared.card, registered).env,
            display_name=found.get("display_name"),
            library=None,
            share=False,
        )
        return await self._objects.publish(request, warm=self._runs.warm, also=self.sharing(None, False))

    # --- inner

    def _start(self, record: Record, token: str) -> None:
        # A daemon without a server, as most begin, is up sooner without these.
        from spl.daemon.server_link.carrier import Carrier
        from spl.daemon.server_link.delivery import Delivery
        from spl.daemon.server_link.link import Link
        from spl.daemon.server_link.rotation import Rotation

        line = Line(record, ServerApi(self._exchange(Address.parse(record.url)), token))
        carrying = Carrier(
            line,
            settings=self._settings,
            db=self._db,
            environments=self._environments,
            objects=self._objects,
            runs=self._runs,
            policy=self._policy,
        )
        self._record = record
        self._publishing = Publishing(line, db=self._db, objects=self._objects)
        capabilities = json.loads(record.capabilities)

        async def hello() -> dict[str, Any]:
            return await self._hello(record.display_name, capabilities)

        self._link = Link(
            line=line,
            carrier=carrying,
            delivery=Delivery(line, carrying.held, db=self._db, runs=self._runs),
            boot_id=self._runs.boot_id,
            hello=hello,
            welcomed=self._welcomed,
            publishing=self._publishing.run,
            rotation=Rotation(line, self._tokens).run,
            keeping=partial(self.kept.lane, line),
        )
        self._link.begin()

    async def _stop(self) -> None:
        link, self._link, self._publishing = self._link, None, None
        if link is not None:
            await link.close()

    async def _welcomed(self, answer: dict[str, Any]) -> None:
        """Keep what the server said at a connect, and have everything delivered that it does not have yet."""
        record = self._record
        if record is None:
            return
        scopes = json.dumps(list(answer.get("scopes") or ()))
        generation, now = int(answer.get("generation") or 0), now_ms()
        kept = replace(record, scopes=scopes, generation=generation, connected_at=now)

        def unit(connection: Connection) -> None:
            records.connected(connection, record.id, scopes=scopes, generation=generation, now=now)
            if kept.may_publish:
                publishing.note_all(connection, record.identity, now)

        await self._db.write(unit, essential=True)
        self._record = kept
        if self._link is not None:
            self._link.line.record = kept

    async def _adopt(
        self,
        address: Address,
        answer: dict[str, Any],
        token: str,
        *,
        owner: str | None,
        machine_id: str | None,
        display_name: str | None,
        capabilities: dict[str, Any],
        policy: list[str] | None,
    ) -> dict[str, Any]:
        """Make what the server answered to the active connection."""
        its_owner, its_id = str(answer["owner"]), str(answer["machine_id"])
        if owner is not None and owner != its_owner:
            raise WrongOwner(
                f"The machine token is of {its_owner}'s machine {its_id}, and the user token is {owner}'s.",
                hint="Use a machine token of your own: POST /daemon-enrollment gives one.",
            )
        if machine_id is not None and machine_id not in (its_id, str(answer.get("name"))):
            raise Conflict(
                f"The token is of the machine {its_id!r}, not of {machine_id!r}.", hint="Leave machine_id out."
            )
        if policy is not None:
            await asyncio.to_thread(self._policy.write, MachinePolicy(checked(policy)))
        record = Record(
            id=uuid.uuid4().hex, origin=address.origin, owner=its_owner, url=address.url, machine_id=its_id,
            display_name=display_name, capabilities=json.dumps(capabilities),
            scopes=json.dumps(list(answer.get("scopes") or ())), generation=int(answer.get("generation") or 0),
            active=1, created_at=now_ms(), connected_at=None,
        )  # fmt: skip
        await self._stop()
        earlier = await self._db.read(lambda connection: records.of(connection, record.identity))
        await asyncio.to_thread(self._tokens.write, record.id, token)
        await self._db.write(lambda connection: records.put(connection, record))
        if earlier is not None:
            self._tokens.remove(earlier.id)
        self._start(record, token)
        assert self._link is not None
        try:
            async with asyncio.timeout(FIRST_SECONDS):
                await self._link.settled.wait()
        except TimeoutError:
            log.warning("the server at %s is slow to welcome this machine", record.url)
        return self.status()

    async def _hello(self, display_name: str | None, capabilities: dict[str, Any]) -> dict[str, Any]:
        """What the server is told of this machine at each connect."""
        owner = self._record.owner if self._record is not None else None
        allow = self._policy.policy.allow
        labels = capabilities.get("labels")
        environments = [
            {"name": one.interpreter.env, "version": one.interpreter.identity.version,
             "implementation": one.interpreter.identity.implementation, "platform": one.interpreter.identity.platform}
            for one in await self._environments.all()
        ]  # fmt: skip
        told: dict[str, Any] = {
            "generation": self._record.generation if self._record is not None else 0,
            "capabilities": capabilities,
            "policy": {"allow": list(allow) if allow is not None else [f"{owner}/*/*"] if owner else []},
            "snapshot": {
                "environments": environments,
                "platform": platform.platform(),
                "node": platform.node(),
                "clock_ms": now_ms(),
            },
        }
        if display_name is not None:
            told["display_name"] = display_name
        if isinstance(labels, list):
            told["labels"] = labels
        return told

    def _exchange(self, address: Address) -> Exchange:
        return Exchange(
            address, user_agent=f"spl-daemon/{__version__}", read_seconds=self._settings.server_read_seconds
        )


def _has_attempts(connection: Connection) -> bool:
    return connection.exec_driver_sql("SELECT 1 FROM remote_attempts LIMIT 1").first() is not None


def _not_connected() -> ServerNotConnected:
    return ServerNotConnected(
        "The local daemon is not connected to a server.",
        hint="Connect it: `spl-daemon join URL CODE`, or client.connect_server(...).",
    )


def _refused(url: str, why: str | None) -> ServerRefused:
    return ServerRefused(
        f"The server at {url} does not accept this machine: {why}",
        hint="Join again: `spl-daemon join URL CODE`, or server-connect with a new token.",
    )


def _plain(secret: str, what: str) -> str:
    """A credential that can stand in a header."""
    if not secret or not secret.isascii() or not secret.replace("_", "").isalnum():
        raise InvalidRequest(f"That is no {what}.", hint="It is one word of letters, digits and `_`.")
    return secret


async def _owner_of(api: ServerApi, user_token: str) -> str:
    """The name of the user whose token this is."""
    found = await api.whoami(user_token)
    user = found.get("user") or found.get("name") or {}
    return str(user.get("name")) if isinstance(user, dict) else str(user)
