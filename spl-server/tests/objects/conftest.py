"""People, a server, and bundles to publish."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

import httpx
import pytest

TOTAL = """\
spl: 1
entrypoint: total
python: {requires: '>=3.10', captured: 3.13.0}
dependencies: [numpy==2.1.0]
functions:
- name: total
  in: main
  doc: |
    Adds up.

    More about it.
  inputs:
  - {name: a, type: int, schema: {type: integer}}
  - {name: b, type: int, default: '1', schema: {type: integer}}
  outputs: [{name: default, type: int, schema: {type: integer}}]
modules:
- name: main
  path: main.py
  source: |
    def total(a: int, b: int = 1) -> int:
        return a + b
"""

PIPELINE = """\
spl: 1
entrypoint: report
functions:
- {name: prepare, in: main, inputs: [{name: x, type: int, schema: {type: integer}}]}
- {name: finish, in: main, inputs: [{name: score}, {name: note, default: "''"}]}
pipelines:
- name: report
  doc: Scores and says so.
  nodes:
    prepare: {function: prepare}
    score: {remote: {owner: alice, library: risk, name: score}, inputs: [{name: value}]}
    finish: {function: finish}
  links:
  - {to: score.value, from: prepare.default}
  - {to: finish.score, from: score.default}
  aliases: {summary: finish, prepared: prepare}
modules:
- {name: main, path: main.py, source: "def prepare(x): return x\\ndef finish(score, note=''): return score\\n"}
"""


def variant(text: str = TOTAL, **changes: str) -> str:
    """The bundle with other words: `variant(a_plus_b="b + a")` changes `a + b`."""
    for old, new in changes.items():
        assert old in text
        text = text.replace(old, new)
    return text


@dataclass
class Caller:
    """A client with one person's token; answers are checked against the status that is expected."""

    client: httpx.AsyncClient
    token: str
    name: str

    async def __call__(self, method: str, path: str, status: int = 200, /, **options: Any) -> Any:
        headers = {"Authorization": f"Bearer {self.token}"}
        answer = await self.client.request(method, path, headers=headers, **options)
        assert answer.status_code == status, f"{method} {path}: {answer.status_code} {answer.text}"
        return answer.json()

    async def publish(self, text: str = TOTAL, library: str = "default", status: int = 201, **said: Any) -> Any:
        path = f"/owners/{said.pop('owner', self.name)}/libraries/{library}/objects"
        return await self("POST", path, status, json={"yaml": text, **said})


type Calling = Callable[..., Caller]


@pytest.fixture
def calling(any_client: httpx.AsyncClient, people) -> Calling:
    """`calling("alice")` is a new user with every scope; `scopes=` narrows that."""
    made: dict[str, Any] = {}

    def make(name: str, *scopes: str, **options: Any) -> Caller:
        if name not in made:
            made[name] = people.user(name)
        token = people.token(made[name], scopes, **options) if scopes else people.token(made[name], **options)
        return Caller(any_client, token, name)

    return make


@pytest.fixture
def alice(calling: Calling) -> Caller:
    return calling("alice")


@pytest.fixture
def bob(calling: Calling) -> Caller:
    return calling("bob")


@pytest.fixture
def grant(alice: Caller) -> Callable[..., Awaitable[None]]:
    """`await grant("bob", "read", "execute", library="alice/risk")`, by alice."""

    async def give(user: str, *permissions: str, library: str, object: str | None = None) -> None:
        body: dict[str, Any] = {"library": library, "user": user, "permissions": list(permissions)}
        if object is not None:
            body["object"] = object
        await alice("PUT", "/grants", json=body)

    return give
