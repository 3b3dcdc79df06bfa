"""A server and two daemons that stay until Ctrl-C, enrolled and with something published: for trying things."""

from __future__ import annotations

import argparse
import os
import sys
from contextlib import suppress
from pathlib import Path

from demo import risk_report
from processes import Stack
from spl.client import SPLClient
from spl.server_client import SPLServerClient

ROOT = Path(__file__).resolve().parent.parent
MACHINES = {"alice": "alice-gpu-01", "bob": "bob-laptop"}


def main() -> int:
    parser = argparse.ArgumentParser(prog="dev.py stack", description=__doc__)
    parser.add_argument("--folder", type=Path, default=ROOT / ".spl-demo", help="where their homes are; kept")
    parser.add_argument("--port", type=int, default=9876, help="of the server")
    parser.add_argument("--database-url", help="PostgreSQL instead of SQLite")
    options = parser.parse_args()
    os.environ["SPL_STATE_DIR"] = str(options.folder / "state")
    with Stack(options.folder) as stack:
        server = stack.server(database_url=options.database_url or "", port=options.port)
        tokens = options.folder / "tokens"
        tokens.mkdir(mode=0o700, exist_ok=True)
        for name in MACHINES:  # both, before one of them grants something to the other
            file = tokens / name
            if not file.exists():
                file.touch(mode=0o600)
                file.write_text(server.person(name, database_url=options.database_url or ""))
        alive = []
        for name, machine in MACHINES.items():
            daemon = stack.daemon(machine)
            alive.append(daemon)
            desk = SPLServerClient((tokens / name).read_text(), base_url=server.url)
            if machine not in {one["name"] for one in desk.machines.list()}:
                with SPLClient(daemon_home=daemon.home) as client:
                    client.connect_server(server_url=server.url, code=desk.machines.enroll(machine)["code"])
                    client.register_env("default")
                    if name == "alice":
                        desk.libraries.create("risk", default_machine=machine)
                        desk.grants.set(library="alice/risk", user="bob", permissions=["read", "execute"])
                        client.publish(risk_report, name="risk_report", library="risk").ready()
            print(f"{name}: daemon {daemon.url}, home {daemon.home}, token in {tokens / name}")
        print(f"server: {server.url}, administrator's token in {options.folder / 'admin-token'}")
        print("Ctrl-C ends them; their homes stay.")
        with suppress(KeyboardInterrupt):
            for daemon in alive:
                daemon.process.wait()
    return 0


if __name__ == "__main__":
    sys.exit(main())
