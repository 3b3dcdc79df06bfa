"""Machines are found as people name them, and are there as long as they are heard of."""

from __future__ import annotations

import pytest
from sqlalchemy import insert

from daemon_server.access.tables import grants
from daemon_server.db import Session
from daemon_server.machines import service
from daemon_server.machines.record import Hello
from daemon_server.machines.store import MachineStore

from .conftest import add_machine, add_user, principal

pytestmark = pytest.mark.usefixtures("alice_and_bob")

LEASE_MS = 45_000
ALICE = principal("alice")
BOB = principal("bob")
HELLO = Hello(
    boot_id="boot-1",
    daemon_version="1.0",
    capacity=4,
    policy=("alice/*/*",),
    generation=1,
    labels=("gpu", "cuda=12.4", "gpu"),
    snapshot={"environments": ["default"]},
)


def let_use(session: Session, machine_id: str, user: str) -> None:
    values = {"id": "grt_1", "machine_id": machine_id, "user_id": f"usr_{user}", "permission": "use"}
    session.execute(insert(grants).values(**values, created_by="usr_alice", created_at=session.now))


def connected(session: Session) -> str:
    machine = service.record_connect(session, "mch_alice_gpu", HELLO, lease_ms=LEASE_MS)
    assert machine.connection_id is not None
    return machine.connection_id


# --- finding ---


def test_a_machine_is_found_by_id_by_name_and_by_owner_and_name(session_factory) -> None:
    with session_factory() as session:
        for reference in ("mch_alice_gpu", "gpu", "alice/gpu"):
            assert service.find(session, ALICE, reference).id == "mch_alice_gpu"


def test_a_machine_that_is_not_ones_own_nor_granted_can_not_be_told_from_none(session_factory) -> None:
    with session_factory() as session:
        for reference in ("mch_alice_laptop", "laptop", "alice/laptop", "nothing"):
            with pytest.raises(service.MachineNotFound):
                service.find(session, BOB, reference)


def test_a_granted_machine_is_found_and_ones_own_of_the_same_name_comes_first(session_factory) -> None:
    with session_factory() as session:
        let_use(session, "mch_alice_gpu", "bob")

        assert service.find(session, BOB, "gpu").id == "mch_bob_gpu"
        assert service.find(session, BOB, "alice/gpu").id == "mch_alice_gpu"
        assert {machine.id for machine in service.usable(session, BOB)} == {"mch_alice_gpu", "mch_bob_gpu"}


def test_a_name_that_two_others_have_is_ambiguous(session_factory) -> None:
    with session_factory() as session:
        add_user(session, "carol")
        let_use(session, "mch_alice_gpu", "carol")
        session.execute(
            insert(grants).values(
                id="grt_2",
                machine_id="mch_bob_gpu",
                user_id="usr_carol",
                permission="use",
                created_by="usr_bob",
                created_at=session.now,
            )
        )

        with pytest.raises(service.MachineAmbiguous, match="alice/gpu, bob/gpu"):
            service.find(session, principal("carol"), "gpu")


# --- being there ---


def test_a_machine_that_connects_is_live_until_its_lease_ends(session_factory, clock) -> None:
    with session_factory() as session:
        machine = service.record_connect(session, "mch_alice_gpu", HELLO, lease_ms=LEASE_MS)
        assert service.live(session, machine)
        assert machine.labels == ("cuda=12.4", "gpu")
        assert machine.capacity == 4
    clock.advance(LEASE_MS)

    with session_factory() as session:
        machine = service.get(session, "mch_alice_gpu")
        assert machine is not None
        assert not service.live(session, machine)
        assert machine.status_at(session.now) == "offline"


def test_a_beat_renews_the_lease(session_factory, clock) -> None:
    with session_factory() as session:
        connection = connected(session)
    clock.advance(LEASE_MS - 1)
    with session_factory() as session:
        service.beat(session, "mch_alice_gpu", connection, lease_ms=LEASE_MS, capacity=2)
    clock.advance(LEASE_MS - 1)

    with session_factory() as session:
        machine = service.get(session, "mch_alice_gpu")
        assert machine is not None
        assert machine.live_at(session.now)
        assert machine.capacity == 2


def test_a_machine_that_was_asleep_comes_back_on_its_connection(session_factory, clock, database) -> None:
    with session_factory() as session:
        connection = connected(session)
    clock.advance(10 * LEASE_MS)

    with session_factory() as session:
        machine = service.beat(session, "mch_alice_gpu", connection, lease_ms=LEASE_MS)
        assert machine.live_at(session.now)
        assert service.ANY_MACHINE in session.woken


def test_a_new_connection_ends_the_one_before(session_factory) -> None:
    with session_factory() as session:
        first = connected(session)
    with session_factory() as session:
        second = connected(session)

    with session_factory() as session:
        with pytest.raises(service.ConnectionReplaced):
            service.beat(session, "mch_alice_gpu", first, lease_ms=LEASE_MS)
        assert not service.disconnect(session, "mch_alice_gpu", first)
        service.beat(session, "mch_alice_gpu", second, lease_ms=LEASE_MS)


def test_a_machine_that_says_goodbye_is_offline_at_once(session_factory) -> None:
    with session_factory() as session:
        connection = connected(session)
        assert service.disconnect(session, "mch_alice_gpu", connection)

        machine = service.get(session, "mch_alice_gpu")
        assert machine is not None
        assert machine.status_at(session.now) == "offline"


def test_the_highest_generation_a_machine_met_is_kept(session_factory) -> None:
    with session_factory() as session:
        for generation in (3, 1):
            hello = Hello("boot", "1.0", 1, ("alice/*/*",), generation)
            machine = service.record_connect(session, "mch_alice_gpu", hello, lease_ms=LEASE_MS)

        assert machine.generation_seen == 3


def test_a_machine_without_a_policy_gets_its_owners(session_factory) -> None:
    with session_factory() as session:
        hello = Hello("boot", "1.0", 1, (), 1)

        assert service.record_connect(session, "mch_alice_gpu", hello, lease_ms=LEASE_MS).policy == ("alice/*/*",)


@pytest.mark.parametrize("label", ["", "a b", "x" * 64, "é", "a\n"])
def test_a_label_that_is_no_word_is_refused(session_factory, label: str) -> None:
    with session_factory() as session:
        hello = Hello("boot", "1.0", 1, (), 1, labels=(label,))
        with pytest.raises(service.InvalidLabel):
            service.record_connect(session, "mch_alice_gpu", hello, lease_ms=LEASE_MS)


def test_a_revoked_machine_can_not_connect_and_its_name_is_free(session_factory) -> None:
    with session_factory() as session:
        MachineStore(session).change("mch_alice_gpu", {"revoked_at": session.now})

        with pytest.raises(service.MachineRevoked):
            connected(session)
        with pytest.raises(service.MachineNotFound):
            service.find(session, ALICE, "gpu")
        assert add_machine(session, "alice", "gpu", id="another") == "another"
        assert service.find(session, ALICE, "gpu").id == "another"
