"""The unit files are what systemd takes."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

UNITS = Path(__file__).parents[3] / "deploy" / "systemd"

pytestmark = pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="systemd is not installed")


def verified(unit: Path, tmp_path: Path, *options: str) -> subprocess.CompletedProcess[str]:
    """The judgement of systemd on a unit, its program replaced by one that exists here."""
    text = re.sub(r"^ExecStart=\S+", f"ExecStart={sys.executable}", unit.read_text(), flags=re.MULTILINE)
    copy = tmp_path / unit.name
    copy.write_text(text)
    env = {**os.environ, "XDG_RUNTIME_DIR": str(tmp_path), "HOME": str(tmp_path)}
    return subprocess.run(
        ["systemd-analyze", "verify", "--man=no", *options, str(copy)], env=env, text=True, capture_output=True
    )


@pytest.mark.parametrize(("name", "options"), [("spl-server", ()), ("spl-daemon", ("--user",))])
def test_systemd_has_nothing_to_say_against_a_unit(name: str, options: tuple[str, ...], tmp_path: Path):
    judged = verified(UNITS / f"{name}.service", tmp_path, *options)

    assert judged.returncode == 0, judged.stderr
    assert judged.stderr.strip() == ""


def test_it_would_say_so(tmp_path: Path):
    broken = tmp_path / "in" / "spl-server.service"
    broken.parent.mkdir()
    broken.write_text((UNITS / "spl-server.service").read_text().replace("Type=notify", "Type=nonsense"))

    assert "nonsense" in verified(broken, tmp_path).stderr


def test_the_server_is_told_to_notify_and_to_feed_the_watchdog():
    lines = (UNITS / "spl-server.service").read_text().splitlines()

    assert {"Type=notify", "WatchdogSec=60", "TimeoutStopSec=90", "Restart=on-failure"} <= set(lines)
