"""What nobody needs goes after a day; what somebody may still need stays."""

from __future__ import annotations

import os

import pytest

from daemon_server.blobs import service
from daemon_server.blobs.store import BlobRows
from daemon_server.blobs.sweeping import KEEP_MS, sweep

from .conftest import bearer, files_below, piece, sha256

pytestmark = pytest.mark.anyio

CONTENT = b"content" * 1000
HASH = sha256(CONTENT)
RUN = "run_1"
FENCE = 7


@pytest.fixture
def alice(people):
    return people.user("alice")


@pytest.fixture
async def brought(client, people, alice, clock, gated_server) -> str:
    """Content of alice's, on the disk since the clock's now."""
    token = people.token(alice)
    await client.put(f"/blobs/{HASH}", content=CONTENT, headers=bearer(token))
    written(gated_server.blobs.path(HASH), clock)
    return token


def written(path, clock) -> None:
    os.utime(path, (clock.wall_ms() / 1000, clock.wall_ms() / 1000))


async def test_content_nobody_refers_to_goes_after_a_day(gated_server, client, clock, brought, home) -> None:
    clock.advance(KEEP_MS - 1)
    assert await sweep(gated_server) == 0
    assert (await client.head(f"/blobs/{HASH}", headers=bearer(brought))).status_code == 200

    clock.advance(KEEP_MS + 2)
    assert await sweep(gated_server) == 1

    assert files_below(home.blobs) == files_below(home.uploads) == []
    assert (await client.head(f"/blobs/{HASH}", headers=bearer(brought))).status_code == 404


async def test_content_a_run_refers_to_stays_until_the_run_is_forgotten(
    gated_server, people, clock, brought, home
) -> None:
    people.database.transact(lambda session: service.attach(session, RUN, [HASH]))
    clock.advance(100 * KEEP_MS)
    assert await sweep(gated_server) == 0

    people.database.transact(lambda session: service.forget_runs(session, [RUN]))

    assert await sweep(gated_server) == 1
    assert files_below(home.blobs) == []


async def test_content_without_a_row_goes_and_young_content_stays(gated_server, clock, home) -> None:
    """A server was killed between the disk and the row; another one is just between the two."""
    for age in (KEEP_MS + 1_000, 0):
        receiving = gated_server.blobs.receive()
        receiving.write(b"%d" % age)
        receiving.keep(sha256(b"%d" % age))
        receiving.close()
        path = gated_server.blobs.path(sha256(b"%d" % age))
        os.utime(path, ((clock.wall_ms() - age) / 1000,) * 2)

    assert await sweep(gated_server) == 1
    assert files_below(home.blobs) == [str(path.relative_to(home.blobs))]


async def test_an_upload_nobody_goes_on_with_is_given_up_and_one_that_grows_is_not(
    gated_server, client, people, alice, clock, gate, home
) -> None:
    machine, token = people.machine(alice)
    gate.holders[RUN] = (machine, FENCE)
    items = [{"name": name, "size": 100, "sha256": HASH, "media_type": None} for name in ("resting", "growing")]
    body = {"fence": str(FENCE), "items": items}
    answer = await client.post(f"/remote-runs/{RUN}/artifacts", json=body, headers=bearer(token))
    resting, growing = [item["upload_id"] for item in answer.json()["items"]]
    for upload in (resting, growing):
        await client.patch(f"/uploads/{upload}", **piece(token, 0, b"x"))
        written(home.uploads / f"{upload}.part", clock)
    clock.advance(KEEP_MS + 1_000)
    written(home.uploads / f"{growing}.part", clock)

    await sweep(gated_server)

    assert files_below(home.uploads) == [f"{growing}.part"]
    assert (await client.head(f"/uploads/{resting}", headers=bearer(token))).status_code == 404
    assert (await client.head(f"/uploads/{growing}", headers=bearer(token))).headers["upload-offset"] == "1"


async def test_bodies_and_parts_that_a_killed_server_left_go(gated_server, clock, home) -> None:
    left = [home.uploads / "incoming" / "0.part", home.uploads / "upl_00000000000000000000.part"]
    for path in left:
        path.write_bytes(b"half")
        os.utime(path, ((clock.wall_ms() - KEEP_MS - 1_000) / 1000,) * 2)
    young = home.uploads / "incoming" / "1.part"
    young.write_bytes(b"arriving")
    written(young, clock)

    assert await sweep(gated_server) == 2
    assert files_below(home.uploads) == ["incoming/1.part"]


async def test_content_that_is_brought_again_after_it_was_forgotten_stays(
    gated_server, client, people, alice, clock, brought, home
) -> None:
    """The row is gone, the file not yet: then somebody brings it, and the sweep goes on."""
    clock.advance(2 * KEEP_MS)
    before = clock.wall_ms() - KEEP_MS
    assert people.database.transact(lambda session: BlobRows(session).forget_unused(before, 10)) == 1
    await client.put(f"/blobs/{HASH}", content=CONTENT, headers=bearer(people.token(alice)))
    written(gated_server.blobs.path(HASH), clock)

    assert await sweep(gated_server) == 0
    assert gated_server.blobs.has(HASH)
    assert people.database.query(lambda session: BlobRows(session).known([HASH])) == {HASH: len(CONTENT)}


async def test_sweeping_in_small_steps_takes_everything(gated_server, people, alice, clock, home, monkeypatch) -> None:
    from daemon_server.blobs import sweeping

    monkeypatch.setattr(sweeping, "BATCH", 2)
    for number in range(7):
        receiving = gated_server.blobs.receive()
        receiving.write(b"%d" % number)
        name = sha256(b"%d" % number)
        receiving.keep(name)
        receiving.close()
        written(gated_server.blobs.path(name), clock)
        people.database.transact(lambda session, name=name: BlobRows(session).keep(name, 1, alice.id))
    clock.advance(2 * KEEP_MS)

    assert await sweep(gated_server) == 7
    assert files_below(home.blobs) == []
