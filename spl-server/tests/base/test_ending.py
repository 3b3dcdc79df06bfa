"""How a server process ends, starts again, and says why it does not start."""

from __future__ import annotations

import os
import signal
import socket
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from typing import Any

import httpx
import pytest

WAIT_SECONDS = 20


def free_port() -> int:
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return int(sock.getsockname()[1])


def authorized(server: Any, token: str) -> httpx.Client:
    return httpx.Client(base_url=server.url, headers={"Authorization": f"Bearer {token}"}, timeout=60)


@pytest.fixture
def admin(server_process: Any) -> str:
    token: str = server_process.command("init-admin", "root")["token"]
    return token


def polling(server: Any, admin: str) -> tuple[httpx.Client, str]:
    with authorized(server, admin) as client:
        made = client.post("/daemon-enrollment", json={"machine_id": "box", "issue": "token"})
        assert made.status_code == 201, made.text
    machine = authorized(server, made.json()["machine_token"])
    connected = machine.post("/connections/connect", json={"boot_id": "boot", "capacity": 1})
    return machine, connected.json()["connection_id"]


def gauge(url: str, name: str) -> float:
    lines = httpx.get(url).text.splitlines()
    return next(float(line.split()[-1]) for line in lines if line.startswith(f"{name} "))


def test_a_stop_answers_who_waits_and_takes_no_longer(
    server_processes: Callable[..., Any], wait_until: Callable[..., Any]
) -> None:
    port = free_port()
    server = server_processes("--metrics-port", str(port))
    server.start()
    machine, connection = polling(server, server.command("init-admin", "root")["token"])
    watched = f"http://127.0.0.1:{port}/metrics"
    with closing(machine), ThreadPoolExecutor(1) as pool:
        body = {"connection_id": connection, "poll": 1, "wait": WAIT_SECONDS, "capacity": 1}
        poll = pool.submit(machine.post, "/sync", json=body)
        wait_until(lambda: gauge(watched, "spl_subscriptions") >= 1, description="the poll waits")
        server.process.send_signal(signal.SIGTERM)
        code = server.process.wait(WAIT_SECONDS / 2)

        assert poll.result().status_code == 200
        assert poll.result().json()["jobs"] == []
    assert code == 0


def test_those_who_watch_need_no_token_and_reach_nothing_else(server_processes: Callable[..., Any]) -> None:
    port = free_port()
    server = server_processes("--metrics-port", str(port))
    server.start()
    url = f"http://127.0.0.1:{port}"

    assert httpx.get(f"{url}/health").json() == {"status": "ok"}
    assert "spl_open_requests" in httpx.get(f"{url}/metrics").text
    assert httpx.get(f"{url}/tokens").status_code == 404
    assert httpx.post(f"{url}/metrics").status_code == 405
    assert httpx.get(f"{url}/metrics", headers={"Host": "evil.example"}).status_code == 421
    assert httpx.get(f"{server.url}/metrics").status_code == 503  # nobody has set it up: no metrics here either
    assert server.stop() == 0


def test_a_second_signal_cuts_off_what_is_under_way(server_process: Any, admin: str) -> None:
    address = httpx.URL(server_process.url)
    with socket.create_connection((address.host, address.port)) as sock:
        head = f"POST /libraries HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {admin}\r\n"
        sock.sendall(
            f"{head}Expect: 100-continue\r\nContent-Type: application/json\r\nContent-Length: 50\r\n\r\n".encode()
        )
        assert b"100" in sock.recv(100)  # the request is under way, and its body never comes
        server_process.process.send_signal(signal.SIGTERM)
        with pytest.raises(subprocess.TimeoutExpired):
            server_process.process.wait(1)
        server_process.process.send_signal(signal.SIGTERM)
        code = server_process.process.wait(WAIT_SECONDS)
    assert code == 75


def test_a_killed_server_has_every_write_it_said_yes_to(server_process: Any, admin: str) -> None:
    accepted: list[tuple[str, str]] = []
    enough = threading.Event()

    def write(worker: int) -> None:
        bodies: tuple[tuple[str, Callable[[str], dict[str, object]]], ...] = (
            ("libraries", lambda name: {"name": name}),
            ("users", lambda name: {"name": name}),
            ("teams", lambda name: {"name": name}),
            ("tokens", lambda name: {"kind": "user", "name": name}),
        )
        with authorized(server_process, admin) as client:
            for number in range(10_000):
                kind, body = bodies[number % len(bodies)]
                name = f"n{worker}-{number}"
                try:
                    answer = client.post(f"/{kind}", json=body(name))
                except httpx.TransportError:
                    return
                if answer.status_code == 201:
                    accepted.append((kind, name))
                if len(accepted) >= 200:
                    enough.set()

    workers = [threading.Thread(target=write, args=(number,)) for number in range(4)]
    for worker in workers:
        worker.start()
    assert enough.wait(120)
    server_process.stop(signal.SIGKILL)
    for worker in workers:
        worker.join(60)

    server_process.start()
    with closing(sqlite3.connect(f"{(server_process.home / 'server.sqlite3').as_uri()}?mode=ro", uri=True)) as database:
        stored = {
            (kind, row[0])
            for kind in ("libraries", "users", "teams", "tokens")
            for row in database.execute(f"SELECT name FROM {kind}")
        }
    assert len(accepted) >= 200
    assert {kind for kind, _ in accepted} == {"libraries", "users", "teams", "tokens"}
    assert set(accepted) <= stored
    assert server_process.stop() == 0


def spoiled_revision(home: Path) -> None:
    with closing(sqlite3.connect(home / "server.sqlite3")) as database:
        database.execute("UPDATE alembic_version SET version_num = '2999_01_01_later'")
        database.commit()


def foreign_tables(home: Path) -> None:
    (home / "server.sqlite3").unlink()
    with closing(sqlite3.connect(home / "server.sqlite3")) as database:
        database.execute("CREATE TABLE theirs (id)")
        database.commit()


def open_pepper(home: Path) -> None:
    (home / "pepper").chmod(0o644)


def short_pepper(home: Path) -> None:
    (home / "pepper").write_text("short")


REFUSALS: dict[str, tuple[Callable[[Path], None], str]] = {
    "newer tables": (spoiled_revision, "newer server"),
    "foreign tables": (foreign_tables, "tables that SPLime did not make"),
    "an open pepper": (open_pepper, "chmod 600"),
    "a short pepper": (short_pepper, "32 are the least"),
}


@pytest.mark.parametrize("name", REFUSALS)
def test_a_start_that_is_refused_says_why(server_processes: Callable[..., Any], name: str) -> None:
    spoil, words = REFUSALS[name]
    server = server_processes()
    server.command("init-admin", "root")
    spoil(server.home)
    command = [sys.executable, "-m", "daemon_server", "serve", "--port", "0", "--home", str(server.home)]

    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60, env=os.environ)

    assert done.returncode == 1
    assert words in done.stderr
    assert "Traceback" not in done.stderr
