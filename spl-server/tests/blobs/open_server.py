"""A real server over HTTP whose runs are open to everybody who is let in: `python open_server.py HOME`.

It prints its address, a user's and a machine's token as one line of JSON, and serves until it is killed. Started again
on the same home, it goes on with the same tokens.
"""

from __future__ import annotations

import asyncio
import dataclasses
import json
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from daemon_server import composition, ids
from daemon_server.db import Session
from daemon_server.http.context import Server
from daemon_server.http.principal import Principal
from daemon_server.identity import people_store, tokens
from daemon_server.identity.records import User
from daemon_server.identity.scopes import PERSON_SCOPES
from daemon_server.settings import Settings

MEMORY = "credentials.json"


class OpenGate:
    """Lets everybody at every run."""

    def readable(self, session: Session, principal: Principal, run_id: str) -> None:
        return

    def held(self, session: Session, principal: Principal, run_id: str, fence: int) -> None:
        return


def credentials(server: Server) -> dict[str, str]:
    """Tokens of an administrator, made at the first start."""
    kept = server.settings.home / MEMORY
    if kept.exists():
        return dict(json.loads(kept.read_text()))

    def issue(session: Session) -> dict[str, str]:
        user = User(ids.new("usr"), "root", "Root", True, 1, session.now, None)
        people_store.add_user(session, user)
        common: dict[str, Any] = {"user_id": user.id, "name": "bench"}
        own = tokens.issue(session, server.pepper, kind="user", scopes=PERSON_SCOPES, **common)
        machine = tokens.issue(session, server.pepper, kind="machine", machine_id="mch_bench", **common)
        return {"user": own.raw, "machine": machine.raw}

    issued = server.db.transact(issue)
    kept.write_text(json.dumps(issued))
    return issued


def main() -> None:
    composed = composition.composed
    found: dict[str, str] = {}

    @asynccontextmanager
    async def opened(*args: Any, **options: Any) -> AsyncIterator[Server]:
        async with composed(*args, **options) as server:
            found.update(await asyncio.to_thread(credentials, server))
            yield dataclasses.replace(server, run_gate=OpenGate())

    def announce(line: str) -> None:
        sys.stdout.write(json.dumps({"url": line.split()[-1], **found}) + "\n")
        sys.stdout.flush()

    composition.composed = opened
    asyncio.run(composition.serve(Settings(home=Path(sys.argv[1]), port=0, ballast_bytes=0), announce=announce))


if __name__ == "__main__":
    main()
