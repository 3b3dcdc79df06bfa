from __future__ import annotations

import re
from collections.abc import Callable
from html.parser import HTMLParser
from typing import Any

import pytest

from spl.client import CallResult, PublishedObject, SPLClient
from spl.client.display import html
from spl.client.display.catalog import ObjectList, ObjectTable
from spl.client.display.text import ago, duration, moment, short, size, table, whole
from spl.client.display.views import EnvironmentBuildView, LogText, RunList
from spl.client.handles import Run
from spl.core.errors import DaemonUnreachable

from .daemon import FakeDaemon

HOSTILE = "<img src=x onerror=alert(1)>&\"'</style></div><script>alert(1)</script>"


class Reader(HTMLParser):
    """What a browser would make of it: tags, and text."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[str] = []
        self.open: list[str] = []
        self.attributes: list[str] = []
        self.texts: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += [name for name, _ in attrs]
        self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.texts.append(data)


def read(bundle: dict[str, str]) -> Reader:
    reader = Reader()
    reader.feed(bundle["text/html"])
    reader.close()
    assert reader.open == []
    return reader


def hostile_run(client: SPLClient, **more: Any) -> Run:
    return client._handle(
        {
            "id": HOSTILE,
            "object": HOSTILE,
            "version": 1,
            "state": "failed",
            "reason": HOSTILE,
            "phase": HOSTILE,
            "timings": {"run_ms": 3},
            "progress": {"done": 1, "total": 4, "text": HOSTILE},
            "artifacts": [{"name": HOSTILE, "size": 1, "sha256": "", "media_type": HOSTILE}],
            "error": {
                "type": HOSTILE,
                "message": HOSTILE,
                "frames": [{"file": HOSTILE, "line": 1, "function": HOSTILE, "source": HOSTILE}],
            },
            **more,
        }
    )


def named(name: str, count: int = 1) -> list[dict[str, Any]]:
    port = {"name": name, "type": name, "required": True, "default": None, "kind": "standard"}
    item = {"name": name, "kind": "function", "version": 1, "inputs": [port], "outputs": [], "env": name}
    return [{**item, "name": f"{name}{number}"} for number in range(count)]


SHOWN: dict[str, Callable[[SPLClient], Any]] = {
    "run": hostile_run,
    "result": lambda client: CallResult(HOSTILE, hostile_run(client), hostile_run(client).artifacts),
    "published": lambda client: PublishedObject(
        HOSTILE, 1, HOSTILE, HOSTILE, HOSTILE, True, {"functions": [HOSTILE], "warnings": [HOSTILE]}, (HOSTILE,)
    ),
    "objects": lambda client: ObjectList(named(HOSTILE)),
    "object table": lambda client: ObjectTable.of(named(HOSTILE)),
    "runs": lambda client: RunList([hostile_run(client).raw]),
    "logs": lambda client: LogText(HOSTILE),
    "build": lambda client: EnvironmentBuildView(
        spec_hash=HOSTILE, status=HOSTILE, log=HOSTILE, error=HOSTILE, requirements=[HOSTILE]
    ),
    "signature": lambda client: client.signature("hostile"),
    "description": lambda client: client.describe("hostile"),
    "client": lambda client: client,
}


@pytest.fixture(autouse=True)
def objects(daemon: FakeDaemon) -> None:
    def hostile(a: Any = HOSTILE) -> None:
        """<script>alert(1)</script>"""

    daemon.add(hostile)


@pytest.mark.parametrize("what", SHOWN)
def test_everything_is_shown_as_text_and_as_harmless_html(client: SPLClient, what: str):
    bundle = SHOWN[what](client)._repr_mimebundle_()

    shown = read(bundle)
    assert bundle["text/plain"]
    assert not {"script", "img", "iframe", "link", "object"} & set(shown.tags)
    assert not [name for name in shown.attributes if name.startswith("on") or name in ("src", "href")]
    assert len(bundle["text/html"].encode()) <= 20_000
    assert "alert(1)" in "".join(shown.texts) or what == "client"


def test_a_thousand_rows_stay_small(client: SPLClient):
    bundle = ObjectList(named("x" * 150, 1_000))._repr_mimebundle_()

    assert len(bundle["text/html"].encode()) <= 20_000
    assert "… 950 more" in bundle["text/plain"]


def test_html_that_grew_too_large_gives_way_to_text():
    bundle = html.bundle("plain & simple", "x" * 30_000)

    assert len(bundle["text/html"].encode()) <= 20_000
    assert "plain &amp; simple" in bundle["text/html"]


def test_classes_are_scoped_and_colours_follow_the_theme():
    selectors = re.findall(r"([^{}]+)\{", html.STYLE.removeprefix("<style>"))

    assert all(".spl-card" in selector or selector.startswith("@media") for selector in selectors)
    assert "prefers-color-scheme:dark" in html.STYLE
    assert 'data-jp-theme-light="false"' in html.STYLE
    assert "width:" not in re.sub(r"max-width:100%|border-\w+|border:1px", "", html.STYLE)


def test_a_client_without_a_daemon_can_still_be_shown(client: SPLClient, daemon: FakeDaemon):
    daemon.away = [DaemonUnreachable(sent=False)]

    assert "unreachable" in client._repr_mimebundle_()["text/html"]


def test_a_result_shows_its_value_its_files_and_its_run(client: SPLClient, daemon: FakeDaemon):
    daemon.add(lambda: {"value": 41}, "answer")
    daemon.files = {"plot.png": b"x" * 2_000}

    result = client.call("answer")
    text = "".join(read(result._repr_mimebundle_()).texts)

    assert repr(result) == "CallResult(mode='local', value={'value': 41})"
    assert "{'value': 41}" in text
    assert "plot.png" in text
    assert "2.0 KiB" in text
    assert result.id in text


def test_progress_has_a_role_that_is_read_out(client: SPLClient):
    shown = hostile_run(client)._repr_mimebundle_()["text/html"]

    assert '<progress aria-label="progress" value="1" max="4">' in shown


@pytest.mark.parametrize(
    ("milliseconds", "said"),
    [(None, "-"), (0.0314, "0.0314 ms"), (3.21, "3.21 ms"), (999, "999 ms"), (1400, "1.4 s"), (125_000, "2 min 5 s")],
)
def test_durations_are_said_in_their_unit(milliseconds: float | None, said: str):
    assert duration(milliseconds) == said


def test_sizes_and_times_are_said_for_people():
    assert [size(count) for count in (None, 812, 3_500_000, 5 * 2**50)] == ["-", "812 bytes", "3.3 MiB", "5120.0 TiB"]
    assert moment(None) == "-"
    assert re.fullmatch(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d", moment(1_700_000_000_000))
    assert ago(1).endswith(" d ago")


def test_a_value_that_cannot_be_shown_does_not_break_the_card():
    class Broken:
        def __repr__(self) -> str:
            raise RuntimeError("no")

    assert "RuntimeError" in short([Broken()]) or "Broken" in short([Broken()])
    assert whole(Broken()) == "<Broken, whose repr raised RuntimeError>"


def test_long_values_are_cut():
    assert len(short("x" * 10_000)) < 300
    assert whole("x" * 10_000).endswith("more characters)")


def test_a_table_is_as_wide_as_its_longest_cells():
    assert table(("name", "n"), [("add", 1), ("longer", 22)]) == "name    n\nadd     1\nlonger  22"


def test_empty_lists_say_so():
    assert repr(ObjectList([])) == "Objects: none published yet"
    assert repr(ObjectTable({})) == "Objects: none published yet"
    assert repr(RunList([])) == "Runs: none"
