"""What an attempt leaves behind arrives in pieces, may be taken up again, and is whole or not there."""

from __future__ import annotations

import os

import pytest

from daemon_server.blobs import service
from daemon_server.blobs.cas import BlobStore
from daemon_server.blobs.records import Item
from daemon_server.settings import Settings

from .conftest import bearer, broken_off, digest, files_below, piece, sha256

pytestmark = pytest.mark.anyio

CHUNK = 64 * 1024
CONTENT = bytes(range(256)) * 400
HASH = sha256(CONTENT)
RUN = "run_1"
FENCE = (1 << 40) + 7


@pytest.fixture
def settings(home) -> Settings:
    return Settings(
        home=home.root,
        ballast_bytes=0,
        chunk_bytes=CHUNK,
        blob_bytes=150_000,
        run_artifact_bytes=250_000,
        max_artifacts=5,
    )


@pytest.fixture
def alice(people):
    return people.user("alice")


@pytest.fixture
def token(people, alice, gate) -> str:
    """The token of a machine of alice's that holds the run."""
    machine, token = people.machine(alice)
    gate.holders[RUN] = (machine, FENCE)
    gate.readers[RUN] = {alice.id}
    return token


def described(name: str, data: bytes, **more: str) -> dict[str, object]:
    return {"name": name, "size": len(data), "sha256": sha256(data), "media_type": "text/plain", **more}


async def announce(client, token: str, *items: dict[str, object], fence: int = FENCE):
    body = {"fence": str(fence), "items": list(items)}
    return await client.post(f"/remote-runs/{RUN}/artifacts", json=body, headers=bearer(token))


async def wanted(client, token: str, item: dict[str, object]) -> dict[str, object]:
    answer = await announce(client, token, item)
    assert answer.status_code == 200, answer.text
    return answer.json()["items"][0]


async def upload(client, token: str, name: str, data: bytes, **more: str) -> str:
    """Send a file whole; its upload's path."""
    item = await wanted(client, token, described(name, data, **more))
    path = f"/uploads/{item['upload_id']}"
    offset = int(item["offset"])
    while offset < len(data):
        answer = await client.patch(path, **piece(token, offset, data[offset : offset + CHUNK]))
        assert answer.status_code == 204, answer.text
        offset = int(answer.headers["upload-offset"])
    return path


def manifest(people, *items: Item, fence: int = FENCE) -> list[Item]:
    return people.database.transact(lambda session: service.check_manifest(session, RUN, fence, items))


async def test_a_file_arrives_in_pieces_and_is_downloaded_whole(client, people, alice, token, home) -> None:
    item = await wanted(client, token, described("plots/one.txt", CONTENT))
    path = f"/uploads/{item['upload_id']}"
    assert item == {
        "name": "plots/one.txt",
        "role": "artifact",
        "status": "upload",
        "upload_id": item["upload_id"],
        "offset": 0,
    }

    first = await client.patch(path, **piece(token, 0, CONTENT[:CHUNK]))
    head = await client.head(path, headers=bearer(token))
    last = await client.patch(path, **piece(token, CHUNK, CONTENT[CHUNK:]))

    assert (first.status_code, first.headers["upload-complete"]) == (204, "?0")
    assert head.headers["upload-offset"] == str(CHUNK)
    assert head.headers["upload-length"] == str(len(CONTENT))
    assert (last.status_code, last.headers["upload-complete"]) == (204, "?1")
    mine = bearer(people.token(alice))
    listed = await client.get(f"/remote-runs/{RUN}/artifacts", headers=mine)
    assert listed.json() == {
        "items": [{"name": "plots/one.txt", "size": len(CONTENT), "sha256": HASH, "media_type": "text/plain"}],
        "next": None,
    }
    got = await client.get(f"/remote-runs/{RUN}/artifacts/plots/one.txt", headers=mine)
    assert got.content == CONTENT
    assert files_below(home.uploads) == []


async def test_a_download_is_a_file_that_nothing_runs(client, people, alice, token) -> None:
    await upload(client, token, "page.html", b"<script>alert(1)</script>", media_type="text/html")

    got = await client.get(f"/remote-runs/{RUN}/artifacts/page.html", headers=bearer(people.token(alice)))

    assert got.headers["content-type"] == "application/octet-stream"
    assert got.headers["content-disposition"] == 'attachment; filename="page.html"'
    assert got.headers["x-content-type-options"] == "nosniff"
    assert got.headers["content-security-policy"].startswith("sandbox")


async def test_an_upload_goes_on_where_it_stopped(client, token, gated_server) -> None:
    """The connection broke, the server was started again: the same announcement tells where to go on."""
    item = await wanted(client, token, described("a.txt", CONTENT))
    await client.patch(f"/uploads/{item['upload_id']}", **piece(token, 0, CONTENT[:CHUNK]))
    gated_server.blobs.parts = BlobStore(gated_server.blobs.root, gated_server.blobs.uploads).parts

    again = await wanted(client, token, described("a.txt", CONTENT))
    last = await client.patch(f"/uploads/{again['upload_id']}", **piece(token, CHUNK, CONTENT[CHUNK:]))

    assert again == {**item, "offset": CHUNK}
    assert last.headers["upload-complete"] == "?1"


async def test_a_piece_at_another_offset_is_told_the_right_one(client, token) -> None:
    item = await wanted(client, token, described("a.txt", CONTENT))
    path = f"/uploads/{item['upload_id']}"
    await client.patch(path, **piece(token, 0, CONTENT[:CHUNK]))

    for offset in (0, CHUNK - 1, CHUNK + 1, len(CONTENT)):
        answer = await client.patch(path, **piece(token, offset, b"x"))
        assert answer.status_code == 409
        assert answer.json()["code"] == "upload_offset"
        assert answer.json()["details"]["offset"] == CHUNK
    assert (await client.head(path, headers=bearer(token))).headers["upload-offset"] == str(CHUNK)


async def test_a_piece_that_was_damaged_on_its_way_does_not_count(client, token) -> None:
    item = await wanted(client, token, described("a.txt", CONTENT))
    path = f"/uploads/{item['upload_id']}"
    headers = bearer(token, **{"Upload-Offset": "0", "Content-Digest": digest(CONTENT[:CHUNK])})

    damaged = await client.patch(path, headers=headers, content=b"!" + CONTENT[1:CHUNK])

    assert damaged.status_code == 422
    assert damaged.json()["code"] == "wrong_digest"
    assert (await client.head(path, headers=bearer(token))).headers["upload-offset"] == "0"
    await upload(client, token, "a.txt", CONTENT)


@pytest.mark.parametrize("header", ["", "md5=:AAAA:", "sha-256=AAAA", "sha-256=:AAAA:", "sha-256=:" + "!" * 43 + "=:"])
async def test_a_digest_that_says_nothing_is_refused(client, token, header: str) -> None:
    item = await wanted(client, token, described("a.txt", CONTENT))
    headers = bearer(token, **{"Upload-Offset": "0", "Content-Digest": header})

    answer = await client.patch(f"/uploads/{item['upload_id']}", headers=headers, content=b"x")

    assert answer.status_code == 422


async def test_a_piece_that_breaks_off_does_not_count(client, token, gated_server) -> None:
    item = await wanted(client, token, described("a.txt", CONTENT))
    path = f"/uploads/{item['upload_id']}"

    status = await broken_off(gated_server, "PATCH", path, bearer(token, **{"Upload-Offset": "0"}), CONTENT[:1000])

    assert status == 400
    assert (await client.head(path, headers=bearer(token))).headers["upload-offset"] == "0"
    await upload(client, token, "a.txt", CONTENT)


async def test_a_whole_that_is_another_file_begins_again(client, token, home) -> None:
    item = await wanted(client, token, described("a.txt", b"x" * 10))
    path = f"/uploads/{item['upload_id']}"

    wrong = await client.patch(path, **piece(token, 0, b"y" * 10))

    assert wrong.status_code == 422
    assert wrong.json()["code"] == "wrong_hash"
    assert (await client.head(path, headers=bearer(token))).headers["upload-offset"] == "0"
    assert files_below(home.blobs) == []
    right = await client.patch(path, **piece(token, 0, b"x" * 10))
    assert right.headers["upload-complete"] == "?1"


async def test_bytes_beyond_the_announced_size_or_a_pieces_size_are_refused(client, token) -> None:
    item = await wanted(client, token, described("a.txt", CONTENT[:100]))
    path = f"/uploads/{item['upload_id']}"

    async def unannounced():
        yield CONTENT[:101]

    for body in (CONTENT[:101], unannounced()):
        answer = await client.patch(path, headers=bearer(token, **{"Upload-Offset": "0"}), content=body)
        assert answer.status_code == 422
        assert answer.json()["code"] == "upload_too_long"
    larger = await wanted(client, token, described("b.txt", CONTENT))
    answer = await client.patch(f"/uploads/{larger['upload_id']}", **piece(token, 0, CONTENT[: CHUNK + 1]))
    assert answer.status_code == 413


async def test_the_last_answer_may_get_lost(client, token) -> None:
    path = await upload(client, token, "a.txt", CONTENT)

    assert (await client.head(path, headers=bearer(token))).headers["upload-complete"] == "?1"
    repeated = await client.patch(path, **piece(token, len(CONTENT), b""))
    assert repeated.status_code == 204
    assert (await wanted(client, token, described("a.txt", CONTENT)))["status"] == "exists"


async def test_an_empty_file_need_not_be_sent(client, people, token) -> None:
    item = await wanted(client, token, described("empty.txt", b""))

    assert item["status"] == "exists"
    assert manifest(people, Item("empty.txt", 0, sha256(b""), "text/plain"))


async def test_a_file_that_changed_is_announced_anew(client, people, token) -> None:
    old = await wanted(client, token, described("a.txt", CONTENT))
    await client.patch(f"/uploads/{old['upload_id']}", **piece(token, 0, CONTENT[:CHUNK]))

    await upload(client, token, "a.txt", b"changed")

    assert (await client.head(f"/uploads/{old['upload_id']}", headers=bearer(token))).status_code == 404
    assert manifest(people, Item("a.txt", 7, sha256(b"changed"), "text/plain"))


async def test_a_part_that_is_gone_from_the_disk_is_sent_again(client, token, home) -> None:
    item = await wanted(client, token, described("a.txt", CONTENT))
    path = f"/uploads/{item['upload_id']}"
    await client.patch(path, **piece(token, 0, CONTENT[:CHUNK]))
    (home.uploads / f"{item['upload_id']}.part").unlink()

    lost = await client.patch(path, **piece(token, CHUNK, CONTENT[CHUNK:]))

    assert lost.status_code == 409
    assert lost.json()["details"]["offset"] == 0
    await upload(client, token, "a.txt", CONTENT)


# --- who may ---


async def test_another_machine_neither_announces_nor_sends_nor_sees(client, people, alice, token) -> None:
    item = await wanted(client, token, described("a.txt", CONTENT))
    path = f"/uploads/{item['upload_id']}"
    others = [people.machine(alice, "other")[1], people.machine(people.user("bob"), "bobs")[1]]

    for other in others:
        assert (await announce(client, other, described("b.txt", b"b"))).status_code == 404
        assert (await client.patch(path, **piece(other, 0, b"x"))).status_code == 404
        assert (await client.head(path, headers=bearer(other))).status_code == 404


async def test_an_attempt_that_is_not_current_leaves_nothing_behind(client, token, gate) -> None:
    item = await wanted(client, token, described("a.txt", CONTENT))
    gate.holders[RUN] = (gate.holders[RUN][0], FENCE + 1)

    announced = await announce(client, token, described("b.txt", b"b"))
    sent = await client.patch(f"/uploads/{item['upload_id']}", **piece(token, 0, CONTENT[:CHUNK]))

    assert announced.status_code == sent.status_code == 409
    assert announced.json()["code"] == sent.json()["code"] == "stale_claim"


async def test_a_hash_alone_gives_nobody_anothers_content(client, people, alice, token, gate) -> None:
    """Bob's machine knows the hash of what alice has; it must send the content to have its run refer to it."""
    await upload(client, token, "secret.txt", CONTENT)
    bob = people.user("bob")
    machine, bobs = people.machine(bob, "bobs")
    gate.holders[RUN] = (machine, FENCE)

    assert (await wanted(client, bobs, described("stolen.txt", CONTENT)))["status"] == "upload"


async def test_what_the_run_came_with_and_what_its_owner_brought_need_not_be_sent(
    client, people, alice, token, gate
) -> None:
    bob = people.user("bob")
    await client.put(f"/blobs/{HASH}", content=CONTENT, headers=bearer(people.token(bob)))
    argument = described("copy.txt", CONTENT)
    assert (await wanted(client, token, argument))["status"] == "upload"

    people.database.transact(lambda session: service.attach(session, RUN, [HASH]))

    assert (await wanted(client, token, argument))["status"] == "exists"
    await upload(client, token, "mine.txt", b"mine")
    assert (await wanted(client, token, described("again.txt", b"mine")))["status"] == "exists"


# --- limits ---


async def test_the_most_a_run_leaves_and_one_more(client, token) -> None:
    files = [described(f"{n}.txt", b"%d" % n) for n in range(5)]
    assert (await announce(client, token, *files)).status_code == 200
    assert (await announce(client, token, *files)).status_code == 200

    more = await announce(client, token, described("5.txt", b"5"))

    assert more.status_code == 422
    assert more.json()["code"] == "too_many_artifacts"


async def test_the_largest_file_and_all_together(client, token) -> None:
    large = [
        {**described(f"{n}.bin", b""), "size": size, "sha256": f"{n}" * 64} for n, size in enumerate((150_000, 100_000))
    ]
    assert (await announce(client, token, *large)).status_code == 200

    one_byte = await announce(client, token, {**large[0], "name": "x.bin", "size": 1})
    too_large = await announce(client, token, {**large[0], "size": 150_001})

    assert one_byte.status_code == too_large.status_code == 413
    assert one_byte.json()["code"] == too_large.json()["code"] == "artifact_too_large"


@pytest.mark.parametrize("name", ["../up", "a/../../b", "/etc/passwd", "nul.txt", "a\\b", "a\x00b", ""])
async def test_a_name_that_is_a_path_is_refused(client, token, name: str) -> None:
    answer = await announce(client, token, described(name, b"x"))

    assert answer.status_code == 422
    assert answer.json()["code"] == "invalid_artifact_name"


async def test_two_names_that_are_one_file_elsewhere_are_refused(client, token) -> None:
    answer = await announce(client, token, described("A.txt", b"1"), described("a.TXT", b"2"))

    assert answer.status_code == 422


@pytest.mark.parametrize("path", ["..%2f..%2fpepper", "%2e%2e/pepper", "a%00b", "missing.txt"])
async def test_a_path_in_the_place_of_a_name_finds_nothing(client, people, alice, token, path: str) -> None:
    answer = await client.get(f"/remote-runs/{RUN}/artifacts/{path}", headers=bearer(people.token(alice)))

    assert answer.status_code == 404
    assert answer.json()["code"] in ("artifact_not_found", "not_found")


# --- the end of an attempt ---


async def test_an_end_that_names_what_has_not_arrived_is_refused(client, people, token) -> None:
    await upload(client, token, "a.txt", b"a")
    await wanted(client, token, described("b.txt", CONTENT))
    named = [
        Item("a.txt", 1, sha256(b"a"), ""),
        Item("b.txt", len(CONTENT), HASH, ""),
        Item("c", 9, HASH, "", "result"),
    ]

    with pytest.raises(service.ArtifactsIncomplete) as refused:
        manifest(people, *named)

    assert refused.value.details["names"] == ["b.txt", "c"]


async def test_the_artifacts_of_a_run_are_those_its_end_names(client, people, alice, token, gate) -> None:
    """What an attempt that was given up had sent does not stay, unless the attempt that ended has it too."""
    await upload(client, token, "old.txt", b"old")
    await upload(client, token, "both.txt", b"both")
    later = FENCE + 1
    gate.holders[RUN] = (gate.holders[RUN][0], later)
    await announce(client, token, described("both.txt", b"both"), fence=later)
    kept = Item("both.txt", 4, sha256(b"both"), "text/plain")

    assert manifest(people, kept, fence=later) == [kept]

    listed = await client.get(f"/remote-runs/{RUN}/artifacts", headers=bearer(people.token(alice)))
    assert [item["name"] for item in listed.json()["items"]] == ["both.txt"]


async def test_an_attempt_can_not_end_with_what_another_one_sent(client, people, token) -> None:
    await upload(client, token, "a.txt", b"a")

    with pytest.raises(service.ArtifactsIncomplete):
        manifest(people, Item("a.txt", 1, sha256(b"a"), "text/plain"), fence=FENCE + 1)


async def test_a_large_result_arrives_as_content_of_the_run(client, people, alice, token) -> None:
    await upload(client, token, HASH, CONTENT, role="result")

    manifest(people, Item(HASH, len(CONTENT), HASH, "", "result"))

    mine = bearer(people.token(alice))
    assert (await client.get(f"/remote-runs/{RUN}/blobs/{HASH}", headers=mine)).content == CONTENT
    assert (await client.get(f"/remote-runs/{RUN}/artifacts", headers=mine)).json()["items"] == []
