"""Whom a request comes from: every credential's way to a `Principal`, remembered for a moment.

What was proved is remembered by the HMAC of what was presented, so a wrong secret takes the same way as an unknown id:
to the database. Each commit that changes a credential drops all that is remembered, before its own answer leaves; what
another process of the host changed is seen within `REMEMBERED_MS`.
"""

from __future__ import annotations

import asyncio
import logging
import threading
from collections import OrderedDict
from dataclasses import dataclass

from starlette.datastructures import Headers

from daemon_server.audit.service import record
from daemon_server.clock import Clock
from daemon_server.db import Database, Session
from daemon_server.errors import Refusal
from daemon_server.http.principal import CredentialKind, Principal
from daemon_server.identity import capabilities, console_sessions, people_store, store, tokens
from daemon_server.identity.pepper import Pepper
from daemon_server.identity.problems import (
    CredentialInvalid,
    CredentialMissing,
    NotInitialized,
    SessionEnded,
    TokenExpired,
)
from daemon_server.identity.records import StoredSession, StoredToken
from daemon_server.identity.scopes import effective
from daemon_server.identity.token_format import Malformed, Token, parse

log = logging.getLogger(__name__)

# How late a change may be seen that no wake-up told of: another process on SQLite, a lost message on PostgreSQL.
REMEMBERED_MS = 5_000
# A thousand machines and their people; an entry is half a kilobyte.
REMEMBERED = 4_096
# When a token was last used is for people to read: minutes are enough, and a commit for each request is not.
FLUSH_SECONDS = 60.0
# Longer ones are no credential, and are not worth a hash.
LONGEST_CREDENTIAL = 200


@dataclass(frozen=True, slots=True)
class Known:
    """A credential that was proved.

    Attributes:
        boot_ms: when; by the clock that nobody can set.
        until_boot_ms: when it expires, by the same clock.
    """

    principal: Principal
    boot_ms: int
    until_boot_ms: int


@dataclass(frozen=True, slots=True)
class Used:
    """A use that is not written down yet."""

    principal: Principal
    at: int
    boot_ms: int
    ip: str


class Credentials:
    """The server's one door to identities.

    Attributes:
        capabilities: finds the attempt of a capability; without it none is good.
    """

    def __init__(self, db: Database, pepper: Pepper, clock: Clock, *, public_url: str = "") -> None:
        self.capabilities: capabilities.Lookup = lambda _session, _id: None
        self._db = db
        self._pepper = pepper
        self._clock = clock
        self._public_url = public_url
        self._cookie = console_sessions.cookie_name(public_url)
        self._lock = threading.Lock()
        self._known: OrderedDict[bytes, Known] = OrderedDict()
        self._age = 0
        self._used: dict[str, Used] = {}
        self._initialized = False
        db.topics.listen(tokens.CREDENTIALS_TOPIC, self._forget)

    async def check_initialized(self) -> None:
        """
        Raises:
            NotInitialized: there is no administrator yet.
        """
        if not self._initialized:
            self._initialized = await self._db.read(people_store.any_admin)
            if not self._initialized:
                raise NotInitialized

    async def of_request(self, method: str, headers: Headers, ip: str) -> Principal:
        """Whom a request comes from: its bearer token, or else its session.

        Raises:
            Unauthorized: it brings neither, or one that is not good.
            CrossSite: the session's cookie came from elsewhere than the console.
        """
        authorizations = headers.getlist("authorization")
        if authorizations:
            return await self.authenticate(_bearer(authorizations), ip)
        cookie = _cookie(headers, self._cookie)
        if cookie is None:
            raise CredentialMissing
        principal = await self._session(cookie, ip)
        console_sessions.check_own_page(self._pepper, principal.token_id, method, headers, self._public_url)
        return principal

    async def authenticate(self, raw: str, ip: str) -> Principal:
        """Whom a token stands for.

        Raises:
            Unauthorized: it is not good.
        """
        try:
            token = parse(raw)
        except Malformed as error:
            raise CredentialInvalid(f"This is {error}." if "checksum" not in str(error) else None) from None
        if token.kind == "login":
            raise CredentialInvalid("A sign-in code is no token.", hint="Enter it in the console.")
        if token.kind == "capability":
            return await self._db.read(
                lambda session: capabilities.check(session, self._pepper, token, self.capabilities)
            )
        return await self._token(token, ip)

    async def run(self) -> None:
        """Write down uses, and how far time has come, each minute until cancelled."""
        while True:
            await self.flush()
            await asyncio.sleep(FLUSH_SECONDS)

    async def flush(self) -> None:
        """Write down what is not yet written: when each credential was last used, and how far time has come."""
        with self._lock:
            used, self._used = self._used, {}
        try:
            await self._db.write(lambda session: _write_down(session, used))
        except Refusal as error:
            log.warning("When tokens were last used can't be written down: %s", error.message)
            with self._lock:
                self._used = {**used, **self._used}

    # --- tokens ---

    async def _token(self, token: Token, ip: str) -> Principal:
        mac = self._pepper.of(token)
        known, age = self._recall(mac)
        if known is None:
            known = await self._db.read(lambda session: self._prove(session, token))
            self._remember(mac, known, age)
        elif known.until_boot_ms <= self._clock.boot_ms():
            raise TokenExpired
        self._note(known.principal, ip)
        return known.principal

    def _prove(self, session: Session, token: Token) -> Known:
        stored = tokens.present(session, self._pepper, token.raw)
        now, boot = max(session.now, store.mark(session)), self._clock.boot_ms()
        return Known(principal_of(stored), boot, boot + stored.expires_at - now)

    # --- sessions ---

    async def _session(self, cookie: str, ip: str) -> Principal:
        mac = self._pepper.mac(f"cookie:{cookie}")
        known, age = self._recall(mac)
        if known is None:
            known = await self._db.read(lambda session: self._prove_session(session, cookie))
            self._remember(mac, known, age)
        elif known.until_boot_ms <= self._clock.boot_ms():
            raise SessionEnded
        self._note(known.principal, ip)
        return known.principal

    def _prove_session(self, session: Session, cookie: str) -> Known:
        stored = console_sessions.present(session, self._pepper, cookie)
        now, boot = max(session.now, store.mark(session)), self._clock.boot_ms()
        return Known(console_sessions.principal_of(stored), boot, boot + self._session_ends(stored) - now)

    def _session_ends(self, stored: StoredSession) -> int:
        """When it ends if it isn't used again (epoch ms)."""
        with self._lock:
            used = self._used.get(stored.id)
        last = max(stored.last_used_at, used.at if used is not None else 0)
        ends = (stored.expires_at, last + console_sessions.IDLE_MS, stored.token_expires_at)
        return min(end for end in ends if end is not None)

    # --- what is remembered ---

    def _recall(self, mac: bytes) -> tuple[Known | None, int]:
        with self._lock:
            known = self._known.get(mac)
            if known is not None and self._clock.boot_ms() - known.boot_ms >= REMEMBERED_MS:
                del self._known[mac]
                known = None
            return known, self._age

    def _remember(self, mac: bytes, known: Known, age: int) -> None:
        """What was read before something changed is not remembered after it."""
        with self._lock:
            if age != self._age or known.principal.kind == "enrolment":
                return
            self._known[mac] = known
            while len(self._known) > REMEMBERED:
                self._known.popitem(last=False)

    def _forget(self, _topic: str) -> None:
        with self._lock:
            self._age += 1
            self._known.clear()

    def _note(self, principal: Principal, ip: str) -> None:
        used = Used(principal, self._clock.wall_ms(), self._clock.boot_ms(), ip)
        with self._lock:
            self._used[principal.token_id] = used


_KINDS: dict[str, CredentialKind] = {
    "user": "user",
    "machine": "machine",
    "subtoken": "subtoken",
    "execution": "execution",
    "enrolment": "enrolment",
}


def principal_of(stored: StoredToken) -> Principal:
    """Whom a token stands for, with what it may do today.

    Raises:
        CredentialInvalid: tokens of this kind are not sent as bearer.
    """
    kind = _KINDS.get(stored.kind)
    if kind is None:
        raise CredentialInvalid
    return Principal(
        kind,
        stored.id,
        stored.user_id,
        stored.user,
        effective(stored.kind, stored.scopes, admin=stored.admin),
        machine_id=stored.machine_id,
        library_id=stored.library_id,
        object=stored.object,
        function=stored.function,
        expires_at=stored.expires_at,
    )


def _write_down(session: Session, used: dict[str, Used]) -> None:
    store.raise_mark(session, session.now)
    for credential_id, use in used.items():
        if use.principal.kind == "session":
            console_sessions.note_use(session, credential_id, use.at)
            continue
        stored = store.find(session, credential_id)
        if stored is not None and stored.last_used_ip != use.ip:
            # From where it never came before: whoever owns it wants to be able to see that.
            record(session, use.principal, "token.new_address", f"token {credential_id}", ip=use.ip)
        store.note_uses(session, {credential_id: store.Use(use.at, use.ip)})


def _bearer(authorizations: list[str]) -> str:
    if len(authorizations) > 1:
        raise CredentialInvalid("A request brings one credential.", hint="Send one Authorization header.")
    scheme, _, raw = authorizations[0].partition(" ")
    if scheme.lower() != "bearer":
        raise CredentialInvalid("Only bearer tokens are taken.", hint="Send `Authorization: Bearer <token>`.")
    raw = raw.strip()
    if not 0 < len(raw) <= LONGEST_CREDENTIAL:
        raise CredentialInvalid
    return raw


def _cookie(headers: Headers, name: str) -> str | None:
    """The one session cookie; two of a name are an attempt to slip one in."""
    found = [
        part.strip().partition("=")[2]
        for line in headers.getlist("cookie")
        for part in line.split(";")
        if part.strip().partition("=")[0] == name
    ]
    return found[0] if len(found) == 1 and len(found[0]) <= LONGEST_CREDENTIAL else None
