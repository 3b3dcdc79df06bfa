"""A machine that is lent: its owner makes a subtoken, another user runs there with it, until it is taken back."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from spl.client import SPLClient
from spl.core.errors import InvalidRequest, SPLError
from spl.server_client import SPLServerClient

from .conftest import with_env
from .functions import add
from .real import SCOPES, Server


def test_a_lent_machine_runs_what_its_policy_lets_in_until_it_is_taken_back(
    joined: Any, real_server: Server, daemon_factory: Callable[..., Any]
) -> None:
    real_server._command("user-add", "bob")
    words = [word for scope in SCOPES for word in ("--scope", scope)]
    token = json.loads(real_server._command("token-issue", "--user", "bob", *words))["token"]
    joined.request("PUT", "/server/policy", json={"allow": ["alice/*/*", "bob/*/*"]}).raise_for_status()
    bobs = daemon_factory("bob", kill_grace_seconds=1)
    with_env(bobs)
    alice = SPLServerClient(token=real_server.token, base_url=real_server.url)
    bob = SPLServerClient(token=token, base_url=real_server.url)
    code = bob.machines.enroll("bobs")["code"]
    there = {"owner": "bob", "library": "default", "target_machine": "alice/box"}
    with SPLClient(base_url=bobs.url) as client:
        client.connect_server(server_url=real_server.url, code=code)
        client.publish(add, name="add").ready(timeout=60)
        with pytest.raises(SPLError):
            client.call("add", kwargs={"a": 1, "b": 2}, **there)

        lent = alice.machines.lend("box", users=["bob"])

        called = client.call("add", kwargs={"a": 1, "b": 2}, machine_subtoken=lent["token"], **there)
        assert (called.value, called.run.machine) == (3, "box")
        started = client.start("add", kwargs={"a": 2, "b": 2}, machine_subtoken=lent["token"], **there)
        assert started.result(timeout=60) == 4
        (listed,) = alice.machines.lent()
        assert (listed["id"], listed["allowed_users"]) == (lent["id"], ["bob"])
        assert lent["token"] not in json.dumps(listed, default=str)
        assert list(bob.machines.lent()) == []
        with pytest.raises(InvalidRequest, match="secrets are not kept"):
            client.queue("add", machine_subtoken=lent["token"], offline_policy="queue", **there)

        alice.machines.take_back(lent["id"])

        with pytest.raises(SPLError):
            client.call("add", kwargs={"a": 1, "b": 2}, machine_subtoken=lent["token"], **there)
    for path in bobs.home.root.rglob("*"):
        assert not path.is_file() or lent["token"].encode() not in path.read_bytes(), path


@pytest.mark.parametrize("users", [[], "bob"])
def test_a_machine_is_lent_to_somebody(users: Any) -> None:
    client = SPLServerClient(token="splu_x", base_url="http://127.0.0.1:9")

    with pytest.raises(InvalidRequest, match="users="):
        client.machines.lend("box", users=users)
