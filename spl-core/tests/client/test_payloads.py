from __future__ import annotations

import gc
from pathlib import Path

import numpy as np
import pytest

from spl.client import SPLClient
from spl.client.connection import Place
from spl.client.discovery import Wanted
from spl.core.errors import ValueNotDecodable
from spl.core.wire.base import Request, Response
from spl.core.wire.endpoint import Endpoint, write_endpoint

from .daemon import FakeDaemon

LARGE = np.arange(100_000, dtype="f8")


@pytest.fixture(autouse=True)
def objects(daemon: FakeDaemon) -> None:
    daemon.add(lambda value: value, "same")


def bodies(daemon: FakeDaemon) -> int:
    """Bytes that went through requests."""
    return sum(len(request.body) for request in daemon.heard if isinstance(request.body, bytes))


def test_a_large_array_goes_through_the_daemons_folder(local_client: SPLClient, daemon: FakeDaemon):
    result = local_client.call("same", kwargs={"value": LARGE})

    assert np.array_equal(result.value, LARGE)
    assert daemon.paths() == ["/runs"]
    assert bodies(daemon) < 2_000


def test_a_large_array_is_sent_where_the_folder_is_elsewhere(client: SPLClient, daemon: FakeDaemon):
    result = client.call("same", kwargs={"value": LARGE})

    assert np.array_equal(result.value, LARGE)
    assert [path.split("/")[1] for path in daemon.paths()] == ["blobs", "blobs", "runs", "blobs"]
    assert daemon.paths("PUT") == daemon.paths("HEAD")
    assert bodies(daemon) < 2_000


def test_what_the_daemon_has_is_not_sent_again(client: SPLClient, daemon: FakeDaemon):
    client.call("same", kwargs={"value": LARGE})
    client.call("same", kwargs={"value": LARGE})

    assert len(daemon.paths("PUT")) == 1
    assert len([path for path in daemon.paths("GET") if path.startswith("/blobs")]) == 1


def test_a_large_value_without_a_file_form_becomes_one(client: SPLClient, daemon: FakeDaemon):
    value = [{"name": f"row {number}", "at": number / 3} for number in range(20_000)]

    assert client.call("same", kwargs={"value": value}).value == value
    assert bodies(daemon) < 2_000


def test_a_blob_inside_a_blob_is_fetched_too(client: SPLClient, daemon: FakeDaemon):
    from spl.runtime.values import encode, spill

    def nested() -> object:
        return [LARGE, "x" * 300_000]

    daemon.add(nested)
    real = daemon.send

    def spilling(request: Request) -> Response:
        answer = real(request)
        if request.path.startswith("/runs"):
            document = answer.json()
            document["result"] = spill(encode(nested(), daemon.blobs), daemon.blobs)
            from spl.core.wire.base import encode_json

            return Response(answer.status, {}, encode_json(document))
        return answer

    daemon.send = spilling  # type: ignore[method-assign]
    array, text = client.call("nested").value

    assert np.array_equal(array, LARGE)
    assert len(text) == 300_000


def test_a_blob_that_arrives_damaged_is_refused(client: SPLClient, daemon: FakeDaemon):
    real = daemon.send

    def damaging(request: Request) -> Response:
        answer = real(request)
        if request.into is not None:
            request.into.write_bytes(b"x" + request.into.read_bytes()[1:])
        return answer

    daemon.send = damaging  # type: ignore[method-assign]

    with pytest.raises(ValueNotDecodable, match="damaged"):
        client.call("same", kwargs={"value": LARGE})


def test_the_temporary_folder_goes_with_the_client(daemon: FakeDaemon, monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    (tmp_path / "tmp").mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "tmp"))
    client = SPLClient("http://127.0.0.1:8765", transport=lambda endpoint: daemon)
    value = client.call("same", kwargs={"value": LARGE}).value
    assert list((tmp_path / "tmp").iterdir())

    del client
    gc.collect()

    assert list((tmp_path / "tmp").iterdir()) == []
    assert np.array_equal(value, LARGE)


def test_the_folder_of_another_machine_is_not_used(tmp_path: Path):
    """Through a tunnel, the daemon's home may name a folder that exists here and belongs to another daemon."""
    (tmp_path / "blobs").mkdir()
    write_endpoint(tmp_path / "daemon-endpoint.json", Endpoint("http://127.0.0.1:1", "its own", home=str(tmp_path)))
    place = Place(Wanted(home=tmp_path))
    assert place.local_blobs() is not None

    tunnelled = Place(Wanted(home=tmp_path, token="another"))
    assert tunnelled.local_blobs() is None


def test_a_daemon_on_another_host_has_no_folder_here(tmp_path: Path):
    (tmp_path / "blobs").mkdir()
    write_endpoint(tmp_path / "daemon-endpoint.json", Endpoint("http://10.0.0.7:1", "t", home=str(tmp_path)))

    assert Place(Wanted(home=tmp_path)).local_blobs() is None


@pytest.mark.parametrize("name", ["../out.txt", "/etc/x", "a/../../b", "c:/x", "..\\x", "", "a//b", "nul\0"])
def test_an_artifacts_name_never_leads_out_of_the_folder(
    client: SPLClient, daemon: FakeDaemon, tmp_path: Path, name: str
):
    daemon.files = {name: b"x"}

    with pytest.raises(ValueNotDecodable, match="name"):
        client.call("same", kwargs={"value": 1}, artifacts_dir=tmp_path / "there")

    assert list((tmp_path / "there").iterdir()) == []


def test_a_link_in_the_folder_is_not_followed_out_of_it(client: SPLClient, daemon: FakeDaemon, tmp_path: Path):
    (tmp_path / "there").mkdir()
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "there" / "sub").symlink_to(tmp_path / "elsewhere")
    daemon.files = {"sub/x.txt": b"x"}

    with pytest.raises(ValueNotDecodable, match="leads out"):
        client.call("same", kwargs={"value": 1}, artifacts_dir=tmp_path / "there")

    assert list((tmp_path / "elsewhere").iterdir()) == []


def test_artifacts_are_downloaded_and_checked(client: SPLClient, daemon: FakeDaemon, tmp_path: Path):
    daemon.files = {"plots/a.txt": b"a", "b.txt": b"b"}

    result = client.call("same", kwargs={"value": 1}, artifacts_dir=tmp_path / "risk" / "report")

    assert result.downloaded_artifacts == {
        "plots/a.txt": tmp_path / "risk" / "report" / "plots" / "a.txt",
        "b.txt": tmp_path / "risk" / "report" / "b.txt",
    }
    assert (tmp_path / "risk" / "report" / "plots" / "a.txt").read_bytes() == b"a"


def test_a_damaged_artifact_never_takes_its_name(client: SPLClient, daemon: FakeDaemon, tmp_path: Path):
    daemon.files = {"a.txt": b"a"}
    run = client.start("same", kwargs={"value": 1}).wait()
    daemon.files = {"a.txt": b"changed"}

    with pytest.raises(ValueNotDecodable, match="damaged"):
        client._do(run._with_artifacts(tmp_path / "there"))

    assert list((tmp_path / "there").iterdir()) == []
