"""A large artifact up to a server and down again, beside `cp` and a SHA-256 of the copy."""

from __future__ import annotations

import base64
import hashlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from time import perf_counter

import httpx
import psutil

from bench.figures import Figure

SIZE = 1_000_000_000
CHUNK = 8 * 1024 * 1024
ROUNDS = 3
# How often the server's memory is looked at while bytes pass.
LOOK_SECONDS = 0.02
SERVER = Path(__file__).parent.parent / "spl-server" / "tests" / "blobs" / "open_server.py"


class Peak:
    """The largest resident memory of a process while the block runs, in MB above where it began."""

    def __init__(self, pid: int) -> None:
        self._process = psutil.Process(pid)
        self._done = threading.Event()
        self._begin = self._process.memory_info().rss
        self.growth = 0.0

    def __enter__(self) -> Peak:
        self._thread = threading.Thread(target=self._watch)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._done.set()
        self._thread.join()

    def _watch(self) -> None:
        while not self._done.wait(LOOK_SECONDS):
            self.growth = max(self.growth, (self._process.memory_info().rss - self._begin) / 1e6)


@contextmanager
def server(home: Path) -> Iterator[tuple[int, dict[str, str]]]:
    """A server of its own: its process, its address and tokens."""
    process = subprocess.Popen([sys.executable, SERVER, home], stdout=subprocess.PIPE)
    assert process.stdout is not None
    try:
        yield process.pid, json.loads(process.stdout.readline())
    finally:
        process.terminate()
        process.wait(30)


def hashed(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def copied_and_hashed(source: Path, target: Path) -> float:
    target.unlink(missing_ok=True)
    begin = perf_counter()
    subprocess.run(["cp", "--reflink=never", source, target], check=True)
    hashed(target)
    taken = perf_counter() - begin
    target.unlink()
    return taken


def sent(client: httpx.Client, run: str, path: Path, token: str) -> float:
    """Announce a file and send it in pieces, each with its digest, as a daemon does."""
    headers = {"Authorization": f"Bearer {token}"}
    begin = perf_counter()
    item = {"name": "large.bin", "size": path.stat().st_size, "sha256": hashed(path), "media_type": None}
    body = {"fence": "1", "items": [item]}
    answer = client.post(f"/remote-runs/{run}/artifacts", json=body, headers=headers).raise_for_status().json()
    upload, offset = answer["items"][0]["upload_id"], answer["items"][0]["offset"]
    with path.open("rb") as file:
        while offset < item["size"]:
            file.seek(offset)
            data = file.read(CHUNK)
            digest = base64.b64encode(hashlib.sha256(data).digest()).decode()
            fields = {"Upload-Offset": str(offset), "Content-Digest": f"sha-256=:{digest}:"}
            answered = client.patch(f"/uploads/{upload}", content=data, headers=headers | fields).raise_for_status()
            offset = int(answered.headers["Upload-Offset"])
    return perf_counter() - begin


def fetched(client: httpx.Client, run: str, path: Path, token: str) -> float:
    """Download a file and check its hash on the way."""
    headers = {"Authorization": f"Bearer {token}"}
    path.unlink(missing_ok=True)
    begin = perf_counter()
    digest = hashlib.sha256()
    url = f"/remote-runs/{run}/artifacts/large.bin"
    with client.stream("GET", url, headers=headers) as answer, path.open("wb") as file:
        answer.raise_for_status()
        for data in answer.iter_raw():  # cutting to a size of its own costs httpx more than all the rest
            digest.update(data)
            file.write(data)
    taken = perf_counter() - begin
    assert answer.headers["ETag"] == f'"{digest.hexdigest()}"'
    return taken


def figures() -> Iterator[Figure]:
    with tempfile.TemporaryDirectory(prefix="spl-bench-") as name:
        folder = Path(name)
        source, target = folder / "source", folder / "target"
        floors, ups, downs, peaks = [], [], [], []
        with server(folder / "home") as (pid, found), httpx.Client(base_url=found["url"], timeout=60) as client:
            client.get("/health")
            for number in range(ROUNDS):
                with source.open("wb") as file:
                    for _ in range(SIZE // 1_000_000):
                        file.write(os.urandom(1_000_000))
                    os.fsync(file.fileno())
                floors.append(copied_and_hashed(source, target))
                with Peak(pid) as peak:
                    ups.append(sent(client, f"run_{number}", source, found["machine"]))
                    downs.append(fetched(client, f"run_{number}", target, found["user"]))
                peaks.append(peak.growth)
                shutil.rmtree(folder / "home" / "blobs", ignore_errors=False)
                (folder / "home" / "blobs").mkdir()
        floor = median(floors)
        beside = f"cp + sha256 {floor:.2f} s"
        yield Figure("1 GB artifact up, in pieces", median(ups) / floor, "x", 2, f"{median(ups):.2f} s; {beside}")
        yield Figure("1 GB artifact down, checked", median(downs) / floor, "x", 2, f"{median(downs):.2f} s; {beside}")
        yield Figure("server's memory growth at 1 GB up and down", max(peaks), "MB", 50)
