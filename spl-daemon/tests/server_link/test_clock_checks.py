"""`doctor` on either side says when the clocks of a machine and its server are not the same."""

from __future__ import annotations

import json
import os
import sqlite3
import subprocess
import sys
from contextlib import closing
from typing import Any

import pytest

from .conftest import connect
from .real import Server
from .stand_in import StandIn

HOUR_MS = 3_600_000
# An answer on its way makes its server look a little slower: as much as that, and it is still the same hour.
ON_ITS_WAY_MS = 30_000


def check(daemon: Any, name: str) -> dict[str, Any]:
    command = [sys.executable, "-m", "spl.daemon", "doctor", "--json", "--home", str(daemon.home.root)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=os.environ)
    found: dict[str, Any] = next(one for one in json.loads(done.stdout)["checks"] if one["name"] == name)
    return found


@pytest.mark.parametrize(("ahead_ms", "said"), [(HOUR_MS + ON_ITS_WAY_MS, "1 h 0 min behind"), (-HOUR_MS, "ahead of")])
def test_a_daemon_tells_when_its_clock_is_not_the_servers(
    daemon: Any, server: StandIn, ahead_ms: int, said: str
) -> None:
    server.ahead_ms = ahead_ms
    connect(daemon, server)

    found = check(daemon, "clock")

    assert found["outcome"] == "warning"
    assert said in found["found"]
    assert "timedatectl" in found["fix"]


def test_a_daemon_whose_clock_is_right_has_nothing_to_tell(daemon: Any, server: StandIn) -> None:
    assert "no server" in check(daemon, "clock")["found"]
    connect(daemon, server)

    assert check(daemon, "clock")["outcome"] == "ok"


def test_a_server_tells_whose_clock_is_wrong_and_when_its_own_was_set_back(joined: Any, real_server: Server) -> None:
    def findings() -> dict[str, dict[str, Any]]:
        return {one["what"]: one for one in json.loads(real_server._command("doctor"))["findings"]}

    well = findings()
    assert (well["clock"]["state"], well["machines' clocks"]["state"]) == ("ok", "ok")

    with closing(sqlite3.connect(real_server.home / "server.sqlite3", timeout=10)) as connection, connection:
        connection.execute("UPDATE machines SET snapshot = json_set(snapshot, '$.clock_skew_ms', ?)", (HOUR_MS * 3,))
        connection.execute("UPDATE clock_marks SET at = at + ?", (HOUR_MS * 24,))

    ill = findings()
    assert ill["machines' clocks"]["text"].startswith("box is 3 h ahead of ours")
    assert ill["clock"]["state"] == "warning"
    assert "clock-reset" in ill["clock"]["text"]
