"""A server that is killed while a file arrives leaves nothing half: the upload goes on where the database says."""

from __future__ import annotations

import hashlib
import json
import os
import random
import subprocess
import sys
import threading
from pathlib import Path

import httpx
import pytest

from .conftest import bearer, files_below, piece, sha256

SCRIPT = Path(__file__).with_name("open_server.py")
CHUNK = 512 * 1024
KILLS = 5


def started(home: Path) -> tuple[subprocess.Popen[bytes], dict[str, str]]:
    process = subprocess.Popen([sys.executable, SCRIPT, home], stdout=subprocess.PIPE)
    assert process.stdout is not None
    return process, json.loads(process.stdout.readline())


@pytest.mark.faults
def test_an_upload_survives_kills_of_the_server(tmp_path: Path) -> None:
    home = tmp_path / "home"
    data = os.urandom(16 * 1024 * 1024)
    rng = random.Random(7)
    item = {"name": "large.bin", "size": len(data), "sha256": sha256(data), "media_type": None}
    kills, offset = 0, 0
    while offset < len(data):
        process, found = started(home)
        killer = threading.Timer(rng.uniform(0.05, 0.4), process.kill)
        if kills < KILLS:
            killer.start()
        try:
            with httpx.Client(base_url=found["url"], timeout=20) as client:
                headers = bearer(found["machine"])
                body = {"fence": "1", "items": [item]}
                wanted = client.post("/remote-runs/run_1/artifacts", json=body, headers=headers).json()["items"][0]
                before, offset = offset, wanted["offset"]
                assert offset >= before  # what was acknowledged is still there
                while offset < len(data):
                    path = f"/uploads/{wanted['upload_id']}"
                    answer = client.patch(path, **piece(found["machine"], offset, data[offset : offset + CHUNK]))
                    assert answer.status_code == 204, answer.text
                    offset = int(answer.headers["upload-offset"])
                got = client.get("/remote-runs/run_1/artifacts/large.bin", headers=bearer(found["user"]))
                assert got.content == data
        except httpx.TransportError:
            kills += 1
        finally:
            killer.cancel()
            process.kill()
            process.wait(30)
            assert process.stdout is not None
            process.stdout.close()
        for name in files_below(home / "blobs"):
            assert hashlib.sha256((home / "blobs" / name).read_bytes()).hexdigest() == Path(name).name
    assert kills >= 1
    assert files_below(home / "uploads") == []
