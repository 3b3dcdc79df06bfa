"""A hundred thousand objects: a page of them comes in time, whoever asks and whatever for."""

from __future__ import annotations

import json
import random
import statistics
import time

import pytest
from sqlalchemy import insert, text

from daemon_server.access.tables import grants
from daemon_server.db import Database, Session
from daemon_server.http.principal import Principal
from daemon_server.identity.tables import users
from daemon_server.libraries.tables import libraries
from daemon_server.objects import catalog
from daemon_server.objects.tables import objects, tags, versions

OBJECTS = 100_000
LIBRARIES = 500
OWNERS = 50
# What a page may take at the 95th percentile, in milliseconds; measured alone it takes less than half of that.
BAR_MS = 50.0

WORDS = [
    "risk",
    "score",
    "report",
    "daily",
    "customer",
    "fetch",
    "clean",
    "merge",
    "train",
    "predict",
    "plot",
    "notify",
]
SUMMARY = json.dumps(
    {
        "inputs": [
            {"name": name, "type": "int", "required": True, "default": None, "kind": "standard"} for name in "abcde"
        ],
        "outputs": [{"name": "default", "type": "dict", "selector": None, "read": "result.value"}],
        "doc": "What it does, in a line.",
    }
)
CARD = json.dumps({"entry": {}, "functions": {}, "graphs": {}, "filler": "x" * 2_000})


def fill(session: Session) -> None:
    chance = random.Random(1)
    now = session.now
    names = [f"owner{n}" for n in range(OWNERS)] + ["guest"]
    session.execute(
        insert(users),
        [
            {"id": f"usr_{n}", "name": n, "display_name": n, "admin": 0, "credential_version": 0, "created_at": now}
            for n in names
        ],
    )
    session.execute(
        insert(libraries),
        [
            {
                "id": f"lib_{n}", "owner_id": f"usr_owner{n % OWNERS}", "name": f"library{n}", "display_name": f"L{n}",
                "description": "", "visibility": "public" if n % 10 == 0 else "private", "execution_policy": "grants",
                "required_labels": "[]", "created_at": now, "updated_at": now,
            }
            for n in range(LIBRARIES)
        ],
    )  # fmt: skip
    for begin in range(0, OBJECTS, 10_000):
        numbers = range(begin, begin + 10_000)
        rows = []
        for n in numbers:
            name = f"{chance.choice(WORDS)}_{chance.choice(WORDS)}_{n}"
            rows.append(
                {
                    "id": f"obj_{n}", "library_id": f"lib_{n % LIBRARIES}", "name": name, "display_name": f"The {name}",
                    "kind": "function", "latest": 1, "created_at": now, "updated_at": now,
                }
            )  # fmt: skip
        session.execute(insert(objects), rows)
        session.execute(
            insert(versions),
            [
                {
                    "id": f"ver_{n}", "object_id": f"obj_{n}", "number": 1, "content_hash": f"{n:064}",
                    "kind": "function", "entrypoint": "f", "env": "default", "size_bytes": 1, "summary": SUMMARY,
                    "created_at": now, "created_by": "x", "card": CARD, "yaml": "spl: 1",
                }
                for n in numbers
            ],
        )  # fmt: skip
    session.execute(
        insert(tags),
        [
            {"object_id": f"obj_{n}", "name": "prod", "version": 1, "updated_at": now, "updated_by": "x"}
            for n in range(0, OBJECTS, 20)
        ],
    )
    granted = [("lib_1", None), ("lib_2", None), ("lib_3", rows[3]["name"])]
    session.execute(
        insert(grants),
        [
            {
                "id": f"grt_{n}", "library_id": library, "object": object, "user_id": "usr_guest", "permission": "read",
                "created_at": now, "created_by": "x",
            }
            for n, (library, object) in enumerate(granted)
        ],
    )  # fmt: skip


def person(name: str) -> Principal:
    return Principal("user", "0123456789", f"usr_{name}", name, frozenset({"catalog:read"}))


ASKED = {
    "own and public": ("owner7", {}),
    "granted": ("guest", {}),
    "searched, many": ("guest", {"query": "report"}),
    "searched, one": ("owner7", {"query": "_70007"}),
    "searched, none": ("guest", {"query": "nothing at all"}),
    "one library": ("owner7", {"owner": "owner7", "library": "library57"}),
    "one library, searched": ("owner7", {"owner": "owner7", "library": "library57", "query": "risk"}),
    "one owner": ("guest", {"owner": "owner0"}),
    "by kind": ("owner7", {"kind": "pipeline"}),
}


@pytest.mark.alone
@pytest.mark.slow
@pytest.mark.timeout(600)
def test_a_page_of_a_hundred_thousand_objects_comes_in_time(database: Database) -> None:
    database.transact(fill)
    if database.dialect == "postgresql":
        database.transact(lambda session: session.execute(text("ANALYZE")) and None)
    slow = []
    for label, (who, asked) in ASKED.items():
        took = _measured(database, person(who), asked)
        p95 = statistics.quantiles(took, n=20)[-1]
        print(f"{database.dialect:10} {label:22} p50 {statistics.median(took):6.1f} ms  p95 {p95:6.1f} ms")
        if p95 > BAR_MS:
            slow.append(label)
    assert slow == []


def _measured(database: Database, principal: Principal, asked: dict[str, str]) -> list[float]:
    """Milliseconds for pages one after the other, from the first; from the first again where they end."""
    wanted = {"owner": None, "library": None, "query": None, "kind": None, **asked}
    took: list[float] = []
    after: tuple[str, str] | None = None
    for _ in range(60):
        began = time.perf_counter()
        _, after = database.query(
            lambda session, after=after: catalog.page(session, principal, after=after, limit=100, **wanted)
        )
        took.append((time.perf_counter() - began) * 1000)
    return took[5:]
