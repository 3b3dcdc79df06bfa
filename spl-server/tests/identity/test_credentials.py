"""Whom a request comes from: what is let in, for how long, and how soon no more."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select
from starlette.datastructures import Headers

from daemon_server.audit import store as audit_store
from daemon_server.db import Database
from daemon_server.http.principal import Principal
from daemon_server.http.problems import Unauthorized
from daemon_server.identity import capabilities, people_store, store, tokens, users
from daemon_server.identity.credentials import REMEMBERED_MS, Credentials
from daemon_server.identity.pepper import Pepper
from daemon_server.identity.problems import (
    CodeUsed,
    CredentialInvalid,
    CredentialMissing,
    NotInitialized,
    TokenExpired,
    TokenRevoked,
    UserDisabled,
)
from daemon_server.identity.tables import tokens as rows
from daemon_server.identity.token_format import Token, mint, parse

pytestmark = pytest.mark.anyio

IP = "192.0.2.7"
DAY_MS = 86_400_000


@pytest.fixture
def credentials(database: Database, people: Any) -> Credentials:
    return Credentials(database, people.pepper, database.clock)


async def test_a_token_stands_for_its_user_with_its_scopes(credentials: Credentials, people: Any) -> None:
    alice = people.user("alice")
    raw = people.token(alice, ["catalog:read"])

    principal = await credentials.authenticate(raw, IP)

    assert (principal.kind, principal.user, principal.user_id) == ("user", "alice", alice.id)
    assert principal.scopes == {"catalog:read"}
    assert await credentials.authenticate(raw, IP) == principal


async def test_what_is_no_good_is_refused_in_the_same_words(credentials: Credentials, people: Any) -> None:
    good = parse(people.token(people.user("alice")))
    others = [mint("user").raw, Token("user", good.id, "x" * 34).raw, Token("machine", good.id, good.secret).raw]

    said = set()
    for raw in others:
        with pytest.raises(CredentialInvalid) as refused:
            await credentials.authenticate(raw, IP)
        said.add((refused.value.message, refused.value.hint))

    assert len(said) == 1


@pytest.mark.parametrize("raw", ["", "x", "splu_", "bearer", "splu_" + "0" * 50, "spll_" + "0" * 50, "é" * 55])
async def test_garbage_is_refused(credentials: Credentials, people: Any, raw: str) -> None:
    with pytest.raises(CredentialInvalid):
        await credentials.authenticate(raw, IP)


async def test_a_sign_in_code_is_no_bearer(credentials: Credentials, people: Any) -> None:
    code = people.database.transact(lambda session: tokens.login_code(session, people.pepper, "root", by=None))

    with pytest.raises(CredentialInvalid):
        await credentials.authenticate(code.raw, IP)


async def test_a_token_ends_with_its_time(credentials: Credentials, people: Any, clock: Any) -> None:
    raw = people.token(people.user("alice"), life_ms=DAY_MS)
    clock.advance(DAY_MS - 1)
    await credentials.authenticate(raw, IP)

    clock.advance(1)

    with pytest.raises(TokenExpired):
        await credentials.authenticate(raw, IP)


async def test_a_clock_set_back_does_not_lengthen_a_token_that_is_remembered(
    credentials: Credentials, people: Any, clock: Any
) -> None:
    raw = people.token(people.user("alice"), life_ms=1000)
    await credentials.authenticate(raw, IP)
    clock.advance(1000)
    clock.jump(-DAY_MS)

    with pytest.raises(TokenExpired):
        await credentials.authenticate(raw, IP)


async def test_a_clock_set_back_revives_nothing(credentials: Credentials, people: Any, clock: Any) -> None:
    raw = people.token(people.user("alice"), life_ms=DAY_MS)
    clock.advance(DAY_MS)
    await credentials.flush()
    clock.jump(-30 * DAY_MS)

    with pytest.raises(TokenExpired):
        await Credentials(people.database, people.pepper, clock).authenticate(raw, IP)

    people.database.transact(lambda session: store.reset_mark(session, session.now))
    await Credentials(people.database, people.pepper, clock).authenticate(raw, IP)


async def test_revoking_counts_from_the_next_request_on(credentials: Credentials, people: Any) -> None:
    raw = people.token(people.user("alice"))
    principal = await credentials.authenticate(raw, IP)

    await people.database.write(lambda session: tokens.revoke(session, principal.token_id, by=principal))

    with pytest.raises(TokenRevoked):
        await credentials.authenticate(raw, IP)


async def test_what_another_process_revoked_is_seen_within_seconds(
    credentials: Credentials, people: Any, clock: Any
) -> None:
    raw = people.token(people.user("alice"))
    principal = await credentials.authenticate(raw, IP)

    def silently(session: Any) -> None:
        tokens.revoke(session, principal.token_id, by=None)
        session.woken.clear()

    people.database.transact(silently)
    await credentials.authenticate(raw, IP)
    clock.advance(REMEMBERED_MS)

    with pytest.raises(TokenRevoked):
        await credentials.authenticate(raw, IP)


async def test_a_disabled_user_s_machines_are_refused_too(credentials: Credentials, people: Any) -> None:
    alice = people.user("alice")
    _, machine = people.machine(alice)
    await credentials.authenticate(machine, IP)

    await people.database.write(lambda session: users.change(session, "alice", disabled=True, by=None))

    with pytest.raises(UserDisabled):
        await credentials.authenticate(machine, IP)


async def test_who_is_no_administrator_any_more_holds_none_of_its_scopes(credentials: Credentials, people: Any) -> None:
    alice = people.user("alice", admin=True)
    raw = people.token(alice, ["server:admin", "audit:read", "catalog:read"])
    assert (await credentials.authenticate(raw, IP)).may("server:admin")

    await people.database.write(lambda session: users.change(session, "alice", admin=False, by=None))

    assert (await credentials.authenticate(raw, IP)).scopes == {"catalog:read"}


async def test_an_enrolment_code_works_once(credentials: Credentials, people: Any) -> None:
    raw = people.token(people.user("alice"), kind="enrolment", machine_id="mch_x")
    principal = await credentials.authenticate(raw, IP)
    await people.database.write(lambda session: tokens.redeem(session, principal))

    with pytest.raises(CodeUsed):
        await credentials.authenticate(raw, IP)
    with pytest.raises(CodeUsed):
        await people.database.write(lambda session: tokens.redeem(session, principal))


async def test_an_enrolment_code_ends_after_ten_minutes(credentials: Credentials, people: Any, clock: Any) -> None:
    raw = people.token(people.user("alice"), kind="enrolment", machine_id="mch_x", life_ms=DAY_MS)
    clock.advance(10 * 60_000)

    with pytest.raises(TokenExpired):
        await credentials.authenticate(raw, IP)


async def test_uses_are_written_down_together_and_new_addresses_are_noted(
    credentials: Credentials, people: Any, clock: Any
) -> None:
    raw = people.token(people.user("alice"))
    for _ in range(3):
        principal = await credentials.authenticate(raw, IP)
        clock.advance(1)

    def used() -> tuple[int | None, str | None]:
        found = people.database.query(lambda session: store.find(session, principal.token_id))
        return found.last_used_at, found.last_used_ip

    assert used() == (None, None)
    await credentials.flush()
    assert used() == (clock.wall - 1, IP)
    await credentials.authenticate(raw, IP)
    await credentials.flush()
    lines = people.database.query(
        lambda session: audit_store.page(session, audit_store.Filter(action="token.new_address"), before=None, limit=10)
    )
    assert len(lines) == 1


async def test_a_request_brings_one_credential(credentials: Credentials, people: Any) -> None:
    raw = people.token(people.user("alice"))

    async def asked(*values: str) -> Principal:
        raw_headers = [(b"authorization", value.encode("latin-1")) for value in values]
        return await credentials.of_request("GET", Headers(raw=raw_headers), IP)

    assert (await asked(f"Bearer {raw}")).user == "alice"
    assert (await asked(f"bearer  {raw} ")).user == "alice"
    with pytest.raises(CredentialMissing):
        await asked()
    for values in ([f"Bearer {raw}", f"Bearer {raw}"], [f"Basic {raw}"], [raw], ["Bearer "], ["Bearer " + "x" * 9000]):
        with pytest.raises(CredentialInvalid):
            await asked(*values)


async def test_a_server_without_administrator_is_not_initialized(database: Database) -> None:
    credentials = Credentials(database, Pepper(b"x" * 32), database.clock)
    with pytest.raises(NotInitialized):
        await credentials.check_initialized()

    await database.write(lambda session: users.add(session, name="root", admin=True, by=None))

    await credentials.check_initialized()


async def test_no_secret_is_in_the_database(credentials: Credentials, people: Any) -> None:
    token = parse(people.token(people.user("alice")))

    stored = people.database.query(lambda session: str(session.rows(select(rows))))

    assert token.id in stored
    assert token.secret not in stored
    assert token.secret[:12] not in stored


async def test_another_pepper_accepts_nothing(people: Any) -> None:
    raw = people.token(people.user("alice"))

    with pytest.raises(Unauthorized):
        await Credentials(people.database, Pepper(b"y" * 32), people.database.clock).authenticate(raw, IP)


async def test_a_subtoken_opens_its_machine_to_whom_it_names(people: Any) -> None:
    alice = people.user("alice")
    people.user("bob")
    raw = people.token(alice, kind="subtoken", machine_id="mch_gpu", allowed_users=["bob"])
    anyone = people.token(alice, kind="subtoken", machine_id="mch_gpu")

    def opens(raw: str, user: str) -> str:
        return people.database.query(lambda session: tokens.check_subtoken(session, people.pepper, raw, user=user))

    assert opens(raw, "bob") == "mch_gpu" == opens(anyone, "carol")
    for other, user in ((raw, "carol"), (people.token(alice), "alice"), ("nonsense", "bob")):
        with pytest.raises(CredentialInvalid):
            opens(other, user)


async def test_a_capability_is_good_while_its_attempt_is(credentials: Credentials, people: Any) -> None:
    held: dict[str, capabilities.Held] = {"c" * 10: capabilities.Held("run_1", 7, "usr_bob", "bob")}
    credentials.capabilities = lambda _session, capability_id: held.get(capability_id)
    raw = capabilities.mint(people.pepper, "c" * 10, "run_1", 7)

    principal = await credentials.authenticate(raw, IP)
    assert (principal.kind, principal.run_id, principal.fence, principal.user) == ("capability", "run_1", 7, "bob")
    assert not principal.scopes

    for other in (("c" * 10, "run_1", 8), ("c" * 10, "run_2", 7), ("d" * 10, "run_1", 7)):
        with pytest.raises(CredentialInvalid):
            await credentials.authenticate(capabilities.mint(people.pepper, *other), IP)
    held.clear()
    with pytest.raises(CredentialInvalid):
        await credentials.authenticate(raw, IP)


async def test_a_machine_renews_its_token_and_the_old_one_stays_for_a_day(
    credentials: Credentials, people: Any, clock: Any
) -> None:
    _, old = people.machine(people.user("alice"))
    clock.advance(200 * DAY_MS)
    principal = await credentials.authenticate(old, IP)

    issued = await people.database.write(lambda session: tokens.rotate_machine(session, people.pepper, principal))

    new = await credentials.authenticate(issued.raw, IP)
    assert (new.machine_id, new.scopes) == (principal.machine_id, principal.scopes)
    assert issued.expires_at == clock.wall + 365 * DAY_MS
    await credentials.authenticate(old, IP)
    clock.advance(DAY_MS)
    with pytest.raises(TokenExpired):
        await credentials.authenticate(old, IP)
    await credentials.authenticate(issued.raw, IP)


async def test_a_load_that_began_before_a_change_is_not_remembered(credentials: Credentials, people: Any) -> None:
    raw = people.token(people.user("alice"))
    prove = credentials._prove

    def slowly(session: Any, token: Token) -> Any:
        known = prove(session, token)
        credentials._forget("credentials")  # the change comes between reading and remembering
        return known

    credentials._prove = slowly  # type: ignore[method-assign]
    await credentials.authenticate(raw, IP)

    assert not credentials._known


async def test_the_last_administrator_stays_one(people: Any) -> None:
    from daemon_server.identity.problems import LastAdmin

    for values in ({"admin": False}, {"disabled": True}):
        with pytest.raises(LastAdmin):
            people.database.transact(lambda session, values=values: users.change(session, "root", **values, by=None))
    people.user("second", admin=True)
    people.database.transact(lambda session: users.change(session, "root", admin=False, by=None))
    with pytest.raises(LastAdmin):
        people.database.transact(lambda session: users.change(session, "second", disabled=True, by=None))
    assert people.database.query(people_store.any_admin)
