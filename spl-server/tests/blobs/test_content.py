"""Large values over HTTP: whoever brought content may refer to it, and a run's readers may have what it refers to."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path

import pytest

from daemon_server.blobs import service
from daemon_server.settings import Settings

from .conftest import bearer, broken_off, files_below, sha256

pytestmark = pytest.mark.anyio

CONTENT = bytes(range(256)) * 400
HASH = sha256(CONTENT)
LARGEST = 200_000
RUN = "run_1"


@pytest.fixture
def settings(home) -> Settings:
    return Settings(home=home.root, ballast_bytes=0, blob_bytes=LARGEST)


@pytest.fixture
def alice(people):
    return people.user("alice")


@pytest.fixture
def token(people, alice) -> str:
    return people.token(alice)


@pytest.fixture
def bobs(people) -> str:
    return people.token(people.user("bob"))


def attached(people, alice, role: str = "argument") -> None:
    def work(session):
        service.claimable(session, alice.id, [HASH])
        service.attach(session, RUN, [HASH], role)

    people.database.transact(work)


async def test_content_is_brought_and_known_to_who_brought_it_alone(client, token, bobs) -> None:
    assert (await client.head(f"/blobs/{HASH}", headers=bearer(token))).status_code == 404

    put = await client.put(f"/blobs/{HASH}", content=CONTENT, headers=bearer(token))

    assert put.status_code == 201
    assert put.json() == {"sha256": HASH, "size": len(CONTENT)}
    head = await client.head(f"/blobs/{HASH}", headers=bearer(token))
    assert head.status_code == 200
    assert head.headers["content-length"] == str(len(CONTENT))
    assert (await client.head(f"/blobs/{HASH}", headers=bearer(bobs))).status_code == 404


async def test_content_with_another_hash_is_refused_and_leaves_nothing(client, token, home) -> None:
    answer = await client.put(f"/blobs/{'0' * 64}", content=CONTENT, headers=bearer(token))

    assert answer.status_code == 422
    assert answer.json()["code"] == "wrong_hash"
    assert files_below(home.blobs) == files_below(home.uploads) == []


async def test_a_body_that_breaks_off_leaves_nothing(gated_server, token, home) -> None:
    status = await broken_off(gated_server, "PUT", f"/blobs/{HASH}", bearer(token), CONTENT[:70_000])

    assert status == 400
    assert files_below(home.blobs) == files_below(home.uploads) == []


async def test_the_largest_content_comes_in_and_one_byte_more_does_not(client, token, home) -> None:
    for size, announced, expected in (
        (LARGEST, True, 201),
        (LARGEST + 1, True, 413),
        (LARGEST, False, 201),
        (LARGEST + 1, False, 413),
    ):
        data = os.urandom(size)

        async def pieces(data=data):
            for start in range(0, len(data), 50_000):
                yield data[start : start + 50_000]

        body = data if announced else pieces()
        answer = await client.put(f"/blobs/{sha256(data)}", content=body, headers=bearer(token))

        assert answer.status_code == expected, answer.text
    assert len(files_below(home.blobs)) == 2
    assert files_below(home.uploads) == []


@pytest.mark.parametrize("name", ["A" * 64, "a" * 63, "..%2f..%2fetc%2fpasswd", "%2e%2e", "a" * 64 + "%00"])
async def test_what_is_no_hash_is_no_content(client, token, name: str) -> None:
    for method in ("PUT", "HEAD"):
        answer = await client.request(method, f"/blobs/{name}", content=b"x", headers=bearer(token))

        assert answer.status_code in (404, 422)


async def test_only_who_brought_content_can_refer_to_it(people, client, token, alice) -> None:
    await client.put(f"/blobs/{HASH}", content=CONTENT, headers=bearer(token))
    bob = people.user("bob")

    assert people.database.transact(lambda session: service.claimable(session, alice.id, [HASH])) == {
        HASH: len(CONTENT)
    }
    for user, hashes in ((bob.id, [HASH]), (alice.id, [HASH, "f" * 64])):
        with pytest.raises(service.BlobUnknown) as refused:
            people.database.transact(lambda session, user=user, hashes=hashes: service.claimable(session, user, hashes))
        assert refused.value.details["sha256s"] == [hashes[-1]]


async def test_content_is_read_through_a_run_one_may_read(client, people, alice, token, bobs, gate) -> None:
    await client.put(f"/blobs/{HASH}", content=CONTENT, headers=bearer(token))
    attached(people, alice)
    gate.readers[RUN] = {alice.id}
    gate.readers["run_2"] = {alice.id}

    got = await client.get(f"/remote-runs/{RUN}/blobs/{HASH}", headers=bearer(token))

    assert got.status_code == 200
    assert got.content == CONTENT
    assert got.headers["etag"] == f'"{HASH}"'
    foreign = await client.get(f"/remote-runs/{RUN}/blobs/{HASH}", headers=bearer(bobs))
    other_run = await client.get(f"/remote-runs/run_2/blobs/{HASH}", headers=bearer(token))
    assert foreign.status_code == other_run.status_code == 404
    assert other_run.json()["code"] == "blob_not_found"


@pytest.mark.parametrize(
    ("asked", "status", "start", "end"),
    [
        ("bytes=0-0", 206, 0, 1),
        ("bytes=10-19", 206, 10, 20),
        ("bytes=102390-", 206, 102_390, 102_400),
        ("bytes=-5", 206, 102_395, 102_400),
        ("bytes=-999999", 206, 0, 102_400),
        ("bytes=0-999999", 206, 0, 102_400),
        ("bytes=5-4", 200, 0, 102_400),
        ("bytes=0-1,5-6", 200, 0, 102_400),
        ("lines=0-1", 200, 0, 102_400),
    ],
)
async def test_a_range_is_answered(client, people, alice, token, gate, asked, status, start, end) -> None:
    await client.put(f"/blobs/{HASH}", content=CONTENT, headers=bearer(token))
    attached(people, alice)
    gate.readers[RUN] = {alice.id}

    got = await client.get(f"/remote-runs/{RUN}/blobs/{HASH}", headers=bearer(token, Range=asked))

    assert got.status_code == status
    assert got.content == CONTENT[start:end]
    assert got.headers["content-length"] == str(end - start)
    if status == 206:
        assert got.headers["content-range"] == f"bytes {start}-{end - 1}/{len(CONTENT)}"


async def test_a_range_behind_the_end_is_refused_and_one_of_other_content_ignored(
    client, people, alice, token, gate
) -> None:
    await client.put(f"/blobs/{HASH}", content=CONTENT, headers=bearer(token))
    attached(people, alice)
    gate.readers[RUN] = {alice.id}
    path = f"/remote-runs/{RUN}/blobs/{HASH}"

    beyond = await client.get(path, headers=bearer(token, Range=f"bytes={len(CONTENT)}-"))
    other = await client.get(path, headers=bearer(token, Range="bytes=1-2", **{"If-Range": '"other"'}))
    same = await client.get(path, headers=bearer(token, Range="bytes=1-2", **{"If-Range": f'"{HASH}"'}))

    assert beyond.status_code == 416
    assert (other.status_code, len(other.content)) == (200, len(CONTENT))
    assert (same.status_code, same.content) == (206, CONTENT[1:3])


async def test_asking_for_content_holds_it_against_the_sweeper(client, token, people, clock) -> None:
    from daemon_server.blobs.store import BlobRows

    await client.put(f"/blobs/{HASH}", content=CONTENT, headers=bearer(token))
    clock.advance(20 * 3_600_000)
    await client.head(f"/blobs/{HASH}", headers=bearer(token))
    clock.advance(20 * 3_600_000)
    day_ago = clock.wall_ms() - 24 * 3_600_000

    assert people.database.transact(lambda session: BlobRows(session).forget_unused(day_ago, 100)) == 0
    assert (await client.head(f"/blobs/{HASH}", headers=bearer(token))).status_code == 200


async def test_descriptors_are_closed(client, people, alice, token, gate) -> None:
    await client.put(f"/blobs/{HASH}", content=CONTENT, headers=bearer(token))
    attached(people, alice)
    gate.readers[RUN] = {alice.id}

    for asked in ("bytes=0-1", "bytes=999999-", "nonsense"):
        for _ in range(5):
            await client.get(f"/remote-runs/{RUN}/blobs/{HASH}", headers=bearer(token, Range=asked))

    assert open_contents() == []


def open_contents() -> list[str]:
    """The contents that this process holds open. Databases open their files when they like; those are not counted."""
    found = []
    for descriptor in Path("/proc/self/fd").iterdir():
        with contextlib.suppress(OSError):  # the folder's own descriptor is gone by now
            found.append(os.readlink(descriptor))
    return [name for name in found if "/blobs/" in name]
