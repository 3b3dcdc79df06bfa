"""Runs over HTTP: what is accepted, what is refused, and what can be read."""

from __future__ import annotations

import hashlib
import json
import threading

import pytest

from .conftest import until


def test_an_answer_without_waiting_is_of_a_run_on_its_way(stack):
    run = stack.start_run("nap", seconds=0.3)

    assert run["state"] in ("queued", "running") and "result" not in run
    assert stack.get(run["id"], wait=10)["result"] == "rested"


def test_a_wait_that_is_too_short_gives_the_run_as_it_is(stack):
    stack.publish("nap")
    response = stack.http.post("/runs?wait=0.05", json={"object": "nap", "kwargs": {"seconds": 0.5}})

    assert (response.status_code, response.json()["state"]) == (202, "running")
    assert stack.ended(response.json()["id"])["state"] == "succeeded"


def test_arguments_may_be_given_in_order(stack):
    stack.publish("add")

    assert stack.http.post("/runs?wait=20", json={"object": "add", "args": [2, 3]}).json()["result"] == 5


def test_values_come_back_as_they_went(stack):
    value = {"b": [1, 2.5, None, True], "a": {"$spl": "tuple", "v": [1, {"$spl": "bytes", "v": "AAE="}]}, "ü": "\u2028"}

    assert stack.call("same", value=value)["result"] == value


@pytest.mark.parametrize(
    ("body", "status", "code", "words"),
    [
        ({"object": "nobody"}, 404, "object_not_found", "nobody"),
        ({"object": "add", "version": 99, "args": [1]}, 404, "version_not_found", "99"),
        ({"object": "add", "function": "sub", "args": [1]}, 404, "function_not_found", "sub"),
        ({"object": "add", "output": "other", "args": [1]}, 404, "output_not_found", "other"),
        ({"object": "add"}, 422, "invalid_arguments", "a"),
        ({"object": "add", "kwargs": {"a": 1, "c": 2}}, 422, "invalid_arguments", "c"),
        ({"object": "add", "kwargs": {"a": "x"}}, 422, "invalid_arguments", "int"),
        ({"object": "add", "kwargs": {"a": 1}, "isolation": "none"}, 422, "invalid_request", "isolation"),
        ({"object": "add", "kwargs": {"a": 1}, "timeout_seconds": 0}, 422, "invalid_request", "timeout_seconds"),
        ({"object": "add", "kwargs": {"a": 1}, "color": "red"}, 422, "invalid_request", "color"),
        ({"kwargs": {}}, 422, "invalid_request", "object"),
        ([], 422, "invalid_request", "dictionary"),
    ],
)
def test_a_call_that_does_not_fit_is_refused_before_anything_starts(stack, body, status, code, words):
    stack.publish("add")
    before = stack.http.get("/runs").json()["items"][:1]

    response = stack.http.post("/runs?wait=5", json=body)

    assert (response.status_code, response.json()["code"]) == (status, code), response.text
    assert words in response.json()["detail"]
    assert stack.http.get("/runs").json()["items"][:1] == before


@pytest.mark.parametrize("content", [b"", b"{", b"\xff", b'{"object": NaN}', b"[" * 100_000])
def test_a_body_that_is_no_json_is_refused(stack, content):
    response = stack.http.post("/runs", content=content, headers={"Content-Type": "application/json"})

    assert (response.status_code, response.json()["code"]) == (422, "invalid_request")


@pytest.mark.parametrize("wait", ["soon", "-1", "nan"])
def test_a_wait_that_is_no_time_is_refused(stack, wait):
    stack.publish("add")

    assert stack.http.post(f"/runs?wait={wait}", json={"object": "add", "args": [1]}).status_code == 422


def test_the_same_key_gives_the_same_run(stack, tmp_path):
    path = str(tmp_path / "count")
    first = stack.call("count", path=path, _idempotency_key="once")
    again = stack.call("count", path=path, _idempotency_key="once")

    assert first["id"] == again["id"] and again["state"] == "succeeded"
    assert (tmp_path / "count").read_text().split() == [first["id"]]


def test_the_same_key_at_the_same_time_gives_one_run(stack, tmp_path):
    path = str(tmp_path / "count")
    stack.publish("count")
    found = []

    def call() -> None:
        found.append(stack.call("count", path=path, _idempotency_key="together")["id"])

    threads = [threading.Thread(target=call) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(set(found)) == 1
    assert len((tmp_path / "count").read_text().split()) == 1


def test_lists_come_in_pages_newest_first_and_can_be_filtered(stack):
    runs = [stack.call("add", a=n)["id"] for n in range(5)]
    failed = stack.call("fail", message="x")["id"]

    first = stack.http.get("/runs", params={"limit": 2, "object": "add"}).json()
    second = stack.http.get("/runs", params={"limit": 2, "object": "add", "cursor": first["next"]}).json()
    ended = stack.http.get("/runs", params={"state": "failed,timed_out", "limit": 500}).json()["items"]

    assert [run["id"] for run in first["items"] + second["items"]] == runs[::-1][:4]
    assert failed in [run["id"] for run in ended] and {run["state"] for run in ended} <= {"failed", "timed_out"}
    assert "result" not in first["items"][0]


def test_runs_of_one_millisecond_are_all_in_the_list(stack):
    stack.publish("add")
    batch = stack.http.post("/batches", json={"object": "add", "calls": [{"args": [n]} for n in range(25)]}).json()[
        "id"
    ]

    seen, cursor = [], None
    while True:
        page = stack.http.get(
            "/runs", params={"batch": batch, "limit": 7, **({"cursor": cursor} if cursor else {})}
        ).json()
        seen += [run["id"] for run in page["items"]]
        cursor = page["next"]
        if cursor is None:
            break

    assert len(seen) == len(set(seen)) == 25


def test_an_unknown_state_is_refused_with_the_known_ones(stack):
    response = stack.http.get("/runs", params={"state": "done"})

    assert response.status_code == 422 and "succeeded" in response.json()["hint"]


def test_a_result_by_itself(stack):
    good, bad = stack.call("same", value=[1]), stack.call("fail", message="no")
    slow = stack.start_run("nap", seconds=300)

    assert stack.http.get(f"/runs/{good['id']}/result").json() == [1]
    assert stack.http.get(f"/runs/{bad['id']}/result").json()["details"]["reason"] == "user_exception"
    assert stack.http.get(f"/runs/{slow['id']}/result").json()["code"] == "result_not_ready"
    stack.cancel(slow["id"])


@pytest.mark.parametrize(
    "path",
    ["/runs/no", "/runs/no/result", "/runs/no/logs", "/runs/no/events", "/runs/no/artifacts", "/runs/no/artifacts/x"],
)
def test_a_run_that_is_not_there(stack, path):
    response = stack.http.get(path)

    assert (response.status_code, response.json()["code"]) == (404, "run_not_found")


def test_logs_are_read_from_any_place_and_never_split_a_character(stack):
    run = stack.call("print_text", text="a€b", times=1)

    whole = b"a\xe2\x82\xacb\n"
    text, offset = "", 0
    while offset < len(whole):
        piece = stack.logs(run["id"], offset=offset, limit=4)
        text += piece["text"]
        assert piece["next_offset"] > offset
        offset = piece["next_offset"]

    assert text.encode() == whole


def test_logs_can_be_waited_for(stack):
    run = stack.start_run("print_text", text="tick", times=3, pause=0.2)

    text, offset, ended = "", 0, False
    while not ended:
        piece = stack.logs(run["id"], offset=offset, wait=20)
        text, offset, ended = text + piece["text"], piece["next_offset"], piece["ended"]

    assert text == "tick\n" * 3


def _events(stack, run):
    found = []
    with stack.http.stream("GET", f"/runs/{run}/events") as response:
        assert response.headers["content-type"].startswith("text/event-stream")
        kind = None
        for line in response.iter_lines():
            if line.startswith("event: "):
                kind = line[7:]
            elif line.startswith("data: "):
                found.append((kind, json.loads(line[6:])))
    return found


def test_events_tell_the_whole_story_and_end_with_the_run(stack):
    run = stack.start_run("print_text", text="tick", times=3, pause=0.2)

    events = _events(stack, run["id"])

    assert "".join(data["text"] for kind, data in events if kind == "log") == "tick\n" * 3
    assert events[-1] == ("state", {"state": "succeeded", "reason": "ok"})
    assert next(data["state"] for kind, data in events if kind == "state") in ("queued", "running")


def test_events_of_a_run_that_has_ended_tell_what_it_left(stack):
    run = stack.call("print_text", text="tick")

    kinds = [kind for kind, _ in _events(stack, run["id"])]

    assert kinds == ["log", "state"]


def test_progress_is_seen_while_it_is_made_and_kept(stack):
    run = stack.start_run("progress", steps=8)

    events = _events(stack, run["id"])
    seen = [data["done"] for kind, data in events if kind == "progress"]

    assert seen == sorted(seen) and seen[-1] == 8
    assert stack.get(run["id"])["progress"] == {"done": 8, "total": 8, "text": "step 8"}


def test_artifacts_can_be_listed_and_downloaded_whole_and_in_part(stack):
    run = stack.call("artifacts", one="first", two="second")

    items = stack.http.get(f"/runs/{run['id']}/artifacts").json()["items"]
    whole = stack.http.get(f"/runs/{run['id']}/artifacts/two.txt")
    part = stack.http.get(f"/runs/{run['id']}/artifacts/two.txt", headers={"Range": "bytes=1-3"})

    assert [(item["name"], item["size"]) for item in items] == [("one.txt", 5), ("two.txt", 6)]
    assert items[1]["sha256"] == hashlib.sha256(b"second").hexdigest()
    assert (whole.text, part.status_code, part.text) == ("second", 206, "eco")
    assert whole.headers["content-disposition"].startswith("attachment")
    assert whole.headers["x-content-type-options"] == "nosniff"
    assert whole.headers["content-security-policy"] == "sandbox"


@pytest.mark.parametrize("name", ["three.txt", "../stdout.txt", "..%2fstdout.txt", "%2e%2e/stdout.txt", "/etc/passwd"])
def test_nothing_but_artifacts_can_be_downloaded(stack, name):
    run = stack.call("artifacts", one="first")

    assert stack.http.get(f"/runs/{run['id']}/artifacts/{name}").status_code == 404


def test_an_artifact_that_became_a_link_is_not_followed(stack):
    run = stack.call("artifacts", one="first")
    file = stack.home.runs / run["id"] / "artifacts" / "one.txt"
    file.unlink()
    file.symlink_to("/etc/passwd")

    assert stack.http.get(f"/runs/{run['id']}/artifacts/one.txt").status_code == 404


def test_ended_runs_can_be_forgotten_and_others_not(stack):
    done, slow = stack.call("artifacts", one="x"), stack.start_run("nap", seconds=300)

    assert stack.http.delete(f"/runs/{slow['id']}").status_code == 409
    assert stack.http.delete(f"/runs/{done['id']}").status_code == 204
    assert stack.http.get(f"/runs/{done['id']}").status_code == 404
    assert not (stack.home.runs / done["id"]).exists()
    stack.cancel(slow["id"])


def test_a_run_leaves_a_folder_that_people_can_read(stack):
    run = stack.call("same", value={"a": 1})
    folder = stack.home.runs / run["id"]

    until(lambda: (folder / "object.yaml").exists())

    assert json.loads((folder / "inputs.json").read_text()) == {"value": {"a": 1}}
    assert json.loads((folder / "result.json").read_text()) == {"a": 1}
    assert "same" in (folder / "object.yaml").read_text()


def test_blobs_are_stored_by_their_hash_and_read_back(stack):
    content = bytes(range(256)) * 20_000
    sha256 = hashlib.sha256(content).hexdigest()

    missing = stack.http.head(f"/blobs/{sha256}").status_code
    stored = stack.http.put(f"/blobs/{sha256}", content=content)

    assert (missing, stored.status_code, stored.json()) == (404, 201, {"sha256": sha256, "size": len(content)})
    assert stack.http.head(f"/blobs/{sha256}").headers["content-length"] == str(len(content))
    assert stack.http.get(f"/blobs/{sha256}").content == content
    assert stack.http.get(f"/blobs/{sha256}", headers={"Range": "bytes=10-19"}).content == content[10:20]


def test_a_blob_with_another_hash_is_not_kept(stack):
    sha256 = "0" * 64

    response = stack.http.put(f"/blobs/{sha256}", content=b"something")

    assert (response.status_code, response.json()["code"]) == (422, "wrong_hash")
    assert stack.http.get(f"/blobs/{sha256}").status_code == 404
    assert not list((stack.home.blobs / "incoming").iterdir()) if (stack.home.blobs / "incoming").exists() else True


def test_large_values_travel_as_blobs(stack):
    text = "x" * 400_000
    body = json.dumps(text).encode()
    sha256 = hashlib.sha256(body).hexdigest()
    stack.http.put(f"/blobs/{sha256}", content=body)
    doc = {"$spl": "blob", "blob": {"sha256": sha256, "size": len(body), "media_type": "application/json"}}

    assert stack.call("same", value=doc)["result"] == doc


def test_the_documented_api_has_these_routes(stack):
    paths = stack.http.get("/openapi.json").json()["paths"]

    assert "requestBody" in paths["/runs"]["post"] and "requestBody" in paths["/batches"]["post"]
    assert {"get", "delete"} <= set(paths["/runs/{run_id}"])
