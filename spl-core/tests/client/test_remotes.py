"""Versions of remote nodes: pinned at publish, moved on by a verb of their own, and said in the capture report."""

from __future__ import annotations

import json
from typing import Any

import pytest

from spl.client.publishing import published, remote_updates, updated_remotes, with_pins
from spl.client.remotes import Pin, pinned
from spl.core.capture import capture
from spl.core.capture.report import CaptureReport
from spl.core.common import lift
from spl.core.entities.node_remote import NodeRemote
from spl.core.entities.pipeline import Pipeline
from spl.core.errors import InvalidRequest, ObjectNotFound, ServerUnreachable, SPLError
from spl.core.ir.files import bundle_from_text, dump_bundle
from spl.core.wire.base import Flow, Request, Response

HERE = {"name": "score", "version": 4, "content_hash": "aaa"}
RISK = {"name": "score", "version": 7, "content_hash": "bbb", "owner": "alice", "library": "risk"}


def double(x: int) -> int:
    return 2 * x


def of(name: str = "score", **about: Any) -> Pipeline:
    return lift(double).bind(x=lift(NodeRemote(name=name, inputs=["a"], outputs=["default"], **about))).render("p")


class Daemon:
    """Answers by path; a path that is not there is an object that is not there."""

    def __init__(self, url: str | None = None, **answers: Any) -> None:
        self.answers: dict[str, Any] = {"/server": {"server_url": url}, **answers}
        self.asked: list[Request] = []

    def do(self, flow: Flow[Any]) -> Any:
        try:
            step: Any = next(flow)
            while True:
                self.asked.append(step)
                try:
                    found = self._answer(step)
                except SPLError as error:
                    step = flow.throw(error)
                else:
                    step = flow.send(found)
        except StopIteration as end:
            return end.value

    def _answer(self, request: Request) -> Response:
        path = request.path.partition("?")[0]
        if path not in self.answers:
            raise ObjectNotFound(path)
        answer = self.answers[path]
        if isinstance(answer, Exception):
            raise answer
        return Response(200, {}, json.dumps(answer).encode())


def node_of(pipeline: Pipeline, name: str = "score") -> NodeRemote:
    node = pipeline.nodes[name]
    assert isinstance(node, NodeRemote)
    return node


def test_a_node_of_a_library_is_pinned_to_the_number_that_is_the_latest_now():
    daemon = Daemon("https://s/api", **{"/server/api/objects/score": RISK})

    pipeline, pins = daemon.do(pinned(of(owner="alice", library="risk", target_machine="gpu")))

    node = node_of(pipeline)
    assert (node.version, node.owner, node.library, node.target_machine) == ("7", "alice", "risk", "gpu")
    assert pins == (Pin("score", "alice/risk/score", "latest", 7, "bbb"),)


def test_a_bare_node_is_pinned_to_what_is_published_here():
    pipeline, pins = Daemon(**{"/objects/score": HERE}).do(pinned(of()))

    assert (node_of(pipeline).version, node_of(pipeline).owner) == ("4", None)
    assert pins[0].content_hash == "aaa"


def test_a_bare_node_that_the_server_has_too_is_pinned_to_its_place_there():
    there = {**RISK, "content_hash": "aaa", "library": "default"}
    daemon = Daemon("https://s/api", **{"/objects/score": HERE, "/server/api/objects/score": there})

    node = node_of(daemon.do(pinned(of()))[0])

    assert (node.version, node.owner, node.library) == ("7", "alice", "default")


def test_another_content_of_the_same_name_on_the_server_is_another_object():
    daemon = Daemon("https://s/api", **{"/objects/score": HERE, "/server/api/objects/score": RISK})

    node = node_of(daemon.do(pinned(of()))[0])

    assert (node.version, node.owner, node.library) == ("4", None, None)


def test_what_nobody_knows_follows_the_latest_and_is_said():
    daemon = Daemon("https://s/api", **{"/server/api/objects/score": ServerUnreachable()})
    pipeline = of(owner="alice", library="risk")

    same, pins = daemon.do(pinned(pipeline))

    assert same == pipeline
    daemon.answers["/objects"] = {"name": "p", "version": 1, "kind": "pipeline", "entrypoint": "p", "env": "default",
                                  "created": True}  # fmt: skip
    told = daemon.do(published({"yaml": "", "name": "p", "env": "default", "capture": {}}, None, pins))
    assert "follows latest" in told.notes[0]


@pytest.mark.parametrize("version", ["3", "prod"])
def test_a_number_or_a_tag_that_the_author_chose_stays(version: str):
    daemon = Daemon("https://s/api", **{"/server/api/objects/score": RISK})

    pipeline, (pin,) = daemon.do(pinned(of(owner="alice", library="risk", version=version)))

    assert node_of(pipeline).version == version
    assert pin.newest == (7 if version == "3" else None)


def test_another_server_is_refused_and_not_asked():
    daemon = Daemon("https://s/api")

    with pytest.raises(InvalidRequest, match="connected to"):
        daemon.do(pinned(of(url="https://other/api")))

    assert [request.path for request in daemon.asked] == ["/server"]


def test_a_pipeline_without_remote_nodes_asks_nobody():
    daemon = Daemon()

    daemon.do(with_pins(lift(double).render("p")))

    assert daemon.asked == []


def test_the_capture_report_says_what_remote_nodes_stand_for():
    daemon = Daemon("https://s/api", **{"/server/api/objects/score": RISK})
    pipeline, pins = daemon.do(with_pins(of(owner="alice", library="risk")))
    document = {"yaml": dump_bundle(capture(pipeline).bundle), "env": "default", "capture": {"functions": []}}
    daemon.answers["/objects"] = {"name": "p", "version": 1, "kind": "pipeline", "entrypoint": "p", "env": "default",
                                  "created": True}  # fmt: skip

    daemon.do(published(document, None, pins))

    sent = json.loads(daemon.asked[-1].body)  # type: ignore[arg-type]
    assert sent["capture"]["remote_nodes"][0]["version"] == 7
    assert "remote nodes: alice/risk/score v7" in str(CaptureReport.from_json(sent["capture"]))
    assert bundle_from_text(sent["yaml"]).pipelines[0].nodes["score"].version == "7"


def stored(daemon: Daemon, pipeline: Pipeline) -> None:
    daemon.answers["/objects/p"] = {
        "name": "p", "version": 1, "kind": "pipeline", "entrypoint": "p", "env": "gpu", "isolation": "fresh",
        "yaml": dump_bundle(capture(pipeline).bundle), "capture": {"functions": []},
    }  # fmt: skip
    daemon.answers["/objects"] = {"name": "p", "version": 2, "kind": "pipeline", "entrypoint": "p", "env": "gpu",
                                  "created": True}  # fmt: skip


def test_the_update_verb_publishes_the_pipeline_with_the_newest_versions():
    daemon = Daemon("https://s/api", **{"/server/api/objects/score": RISK})
    stored(daemon, of(owner="alice", library="risk", version="3"))

    (pin,) = daemon.do(remote_updates("p"))
    told = daemon.do(updated_remotes("p", None))

    sent = json.loads(daemon.asked[-1].body)  # type: ignore[arg-type]
    assert (pin.version, pin.newest) == (3, 7)
    assert bundle_from_text(sent["yaml"]).pipelines[0].nodes["score"].version == "7"
    assert (sent["name"], sent["env"], sent["isolation"]) == ("p", "gpu", "fresh")
    assert told.version == 2 and "v7 (was 3)" in told.notes[0]


def test_nothing_is_published_where_nothing_moved():
    daemon = Daemon("https://s/api", **{"/server/api/objects/score": RISK})
    stored(daemon, of(owner="alice", library="risk", version="7"))

    told = daemon.do(updated_remotes("p", None))

    assert not told.created and told.version == 1
    assert all(request.method == "GET" for request in daemon.asked)


def test_only_the_nodes_that_are_named_move():
    daemon = Daemon("https://s/api", **{"/server/api/objects/score": RISK})
    stored(daemon, of(owner="alice", library="risk", version="3"))

    with pytest.raises(InvalidRequest, match="no remote node 'nobody'"):
        daemon.do(updated_remotes("p", ["nobody"]))
