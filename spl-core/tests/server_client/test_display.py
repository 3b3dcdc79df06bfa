"""What a notebook shows of a server, its machines, and runs elsewhere."""

from __future__ import annotations

from spl.client.display.server import AuditTable, GrantTable, LibraryTable, MachineTable, PersonTable, TokenTable
from spl.client.display.views import ConnectionStatusView
from spl.server_client import SPLServerClient

from .server import FakeServer

CONNECTION = {
    "connected": False, "status": "offline", "server_url": "https://h.example/api", "machine_id": "gpu-01",
    "owner": "alice", "last_error": "The server can't be reached <at present>.",
}  # fmt: skip


def html_of(shown: object) -> str:
    return str(shown._repr_mimebundle_()["text/html"])  # type: ignore[attr-defined]


def test_a_run_that_waits_says_for_what(server: SPLServerClient, fake: FakeServer):
    fake.held = True

    run = server.queue("add", target_machine="gpu-01", kwargs={"a": 1})

    assert "gpu-01 is away" in html_of(run)


def test_a_result_and_a_run_say_where(server: SPLServerClient):
    result = server.call("add", target_machine="gpu-01", kwargs={"a": 1})

    assert "on gpu-01" in html_of(result)
    assert "gpu-01" in html_of(result.run)
    assert "Run run_1: succeeded" in html_of(server.detail(result.run))


def test_a_connection_shows_its_state_and_what_is_wrong():
    view = ConnectionStatusView(CONNECTION)

    shown = html_of(view)
    assert "offline" in shown
    assert "&lt;at present&gt;" in shown
    assert repr(view) == "<Server connection of gpu-01 to https://h.example/api: offline>"
    assert repr(ConnectionStatusView({"connected": False})) == "<Server connection: none>"


def test_tables_show_what_tells_rows_apart():
    machines = MachineTable(
        [
            {"owner": "alice", "name": "gpu-01", "status": "online", "running": 2, "labels": ["gpu", "cuda"]},
            {"owner": "bob", "name": "<b>", "status": "revoked", "running": 0},
        ]
    )
    tables = {
        "gpu, cuda": machines,
        "spl-good": machines,
        "&lt;b&gt;": machines,
        "alice-gpu-01": LibraryTable([{"owner": "alice", "name": "risk", "default_machine": "alice-gpu-01"}]),
        "alice/risk/report": TokenTable(
            [{"id": "x", "kind": "execution", "library": "alice/risk", "object": "report"}]
        ),
        "team analysts": GrantTable(
            [{"library": "alice/risk", "team": "analysts", "permissions": ["read", "execute"]}]
        ),
        "alice, bob": PersonTable([{"name": "analysts", "members": [{"user": "alice"}, "bob"]}]),
        "grant.set": AuditTable([{"at": 1, "user": "alice", "action": "grant.set", "target": "library alice/risk"}]),
    }

    for expected, table in tables.items():
        assert expected in html_of(table)
        assert table.text()
