"""The console's sources and its lock keep what they promise."""

from __future__ import annotations

import json
import re
from pathlib import Path

FRONTEND = Path(__file__).resolve().parents[3] / "spl-frontend"


def test_types_are_never_given_up():
    loose = re.compile(r":\s*any\b|\bas any\b|<any>|@ts-(ignore|expect-error|nocheck)")
    found = [
        f"{path.relative_to(FRONTEND)}: {line.strip()}"
        for path in (FRONTEND / "src").rglob("*.ts*")
        if path.name != "schema.d.ts"
        for line in path.read_text().splitlines()
        if loose.search(line) and not line.lstrip().startswith(("//", "*", "/*"))
    ]
    assert found == []


def test_the_lock_names_no_place_to_download_from():
    lock = json.loads((FRONTEND / "package-lock.json").read_text())
    assert [name for name, one in lock["packages"].items() if "resolved" in one] == []
