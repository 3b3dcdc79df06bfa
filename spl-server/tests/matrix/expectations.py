"""Who may do what, written down apart from the routes' own rules.

Each operation of the API stands here in one group; a route that stands in none fails the matrix. What is asked here was
decided once, in words, and is not derived from the code: `*` admits a kind of credential without a scope, a word is the
scope it takes, and a kind that is not named is refused.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

BUNDLE = """\
spl: 1
entrypoint: score
python: {requires: '>=3.10', captured: 3.13.0}
functions:
- name: score
  in: main
  inputs: [{name: a, type: int, schema: {type: integer}}]
  outputs: [{name: default, type: int, schema: {type: integer}}]
modules:
- {name: main, path: main.py, source: "def score(a): return a\\n"}
"""


@dataclass(frozen=True, slots=True)
class Group:
    """Operations that admit the same credentials.

    Attributes:
        user, machine: the scope they take; `*` takes none, None refuses them.
        also: the other kinds that are admitted.
        public: anybody, without a credential.
        foreign: what somebody is told about things of others: 404, unless it is nobody's own.
        operations: `METHOD /path`.
    """

    name: str
    operations: str
    user: str | None = None
    machine: str | None = None
    also: frozenset[str] = frozenset()
    public: bool = False
    foreign: int | None = None


def also(*kinds: str) -> frozenset[str]:
    return frozenset(kinds)


GROUPS = (
    Group("health", "GET /health", public=True),
    Group("sign in", "POST /session", public=True),
    Group("one's session", "GET /session, DELETE /session", user="*"),
    Group("who am I", "GET /whoami", user="*", machine="*", also=also("subtoken", "execution")),
    Group("version", "GET /version", user="*", machine="*", also=also("execution")),
    Group("the API's picture", "GET /openapi.json", user="*", machine="*"),
    Group("catalogue lists", "GET /libraries, GET /objects", user="catalog:read", machine="*"),
    Group(
        "a library",
        "GET /owners/{owner}/libraries/{library}, GET /owners/{owner}/libraries/{library}/objects,"
        "GET /owners/{owner}/libraries/{library}/references",
        user="catalog:read",
        machine="*",
        foreign=404,
    ),
    Group(
        "how an object is called",
        "GET /objects/{name}, GET /objects/{name}/signature, GET /objects/{name}/inputs, GET /objects/{name}/outputs,"
        "GET /owners/{owner}/libraries/{library}/objects/{name},"
        "GET /owners/{owner}/libraries/{library}/objects/{name}/signature,"
        "GET /owners/{owner}/libraries/{library}/objects/{name}/inputs,"
        "GET /owners/{owner}/libraries/{library}/objects/{name}/outputs,"
        "POST /objects/{name}/validate, POST /owners/{owner}/libraries/{library}/objects/{name}/validate",
        user="catalog:read",
        machine="*",
        also=also("execution"),
        foreign=404,
    ),
    Group(
        "what an object is made of",
        "GET /objects/{name}/graph, GET /objects/{name}/versions, GET /objects/{name}/compare,"
        "GET /objects/{name}/used-by,"
        "GET /owners/{owner}/libraries/{library}/objects/{name}/graph,"
        "GET /owners/{owner}/libraries/{library}/objects/{name}/versions,"
        "GET /owners/{owner}/libraries/{library}/objects/{name}/compare,"
        "GET /owners/{owner}/libraries/{library}/objects/{name}/used-by",
        user="catalog:read",
        machine="*",
        foreign=404,
    ),
    Group(
        "publishing",
        "POST /owners/{owner}/libraries/{library}/objects",
        user="object:write",
        machine="machine:publish",
        foreign=404,
    ),
    Group(
        "changing what is published",
        "DELETE /objects/{name}, DELETE /objects/{name}/versions/{version},"
        "PUT /objects/{name}/tags/{tag}, DELETE /objects/{name}/tags/{tag},"
        "DELETE /owners/{owner}/libraries/{library}/objects/{name},"
        "DELETE /owners/{owner}/libraries/{library}/objects/{name}/versions/{version},"
        "PUT /owners/{owner}/libraries/{library}/objects/{name}/tags/{tag},"
        "DELETE /owners/{owner}/libraries/{library}/objects/{name}/tags/{tag},"
        "POST /owners/{owner}/libraries/{library}/copies",
        user="object:write",
        foreign=404,
    ),
    Group("making libraries", "POST /libraries", user="library:admin"),
    Group(
        "administering libraries",
        "PATCH /owners/{owner}/libraries/{library}, DELETE /owners/{owner}/libraries/{library},"
        "POST /owners/{owner}/libraries/{library}/references,"
        "DELETE /owners/{owner}/libraries/{library}/references/{name},"
        "PUT /grants, DELETE /grants",
        user="library:admin",
        foreign=404,
    ),
    Group("grants that were given", "GET /grants", user="library:admin"),
    Group("why", "GET /access/explain", user="catalog:read", foreign=404),
    Group("machines", "GET /machines", user="machine:read", machine="*"),
    Group("a machine", "GET /machines/{machine}", user="machine:read", machine="*", foreign=404),
    Group(
        "administering a machine",
        "PATCH /machines/{machine}, DELETE /machines/{machine}",
        user="machine:admin",
        foreign=404,
    ),
    Group("enrolling", "POST /daemon-enrollment", user="machine:admin"),
    Group("redeeming a code", "POST /daemon-enrollment/redeem", also=also("enrolment")),
    Group("renewing a machine's token", "POST /machine-token/rotate", machine="*"),
    Group(
        "the machine's link",
        "POST /connections/connect, POST /connections/disconnect, POST /sync, POST /remote-runs/{run_id}/start",
        machine="machine:sync",
    ),
    Group(
        "what runs leave behind",
        "POST /remote-runs/{run_id}/artifacts, HEAD /uploads/{upload_id}, PATCH /uploads/{upload_id}",
        machine="machine:sync",
    ),
    Group(
        "values to call with",
        "PUT /blobs/{sha256}, HEAD /blobs/{sha256}",
        user="run:create",
        machine="*",
        also=also("execution", "capability"),
    ),
    Group(
        "starting runs",
        "POST /remote-runs",
        user="run:create",
        machine="machine:call",
        also=also("execution", "capability"),
        foreign=404,
    ),
    Group(
        "starting many runs",
        "POST /remote-batches",
        user="run:create",
        machine="machine:call",
        also=also("execution", "capability"),
    ),
    Group(
        "reading a run",
        "GET /remote-runs/{run_id}, GET /remote-runs/{run_id}/detail, GET /remote-runs/{run_id}/result,"
        "GET /remote-runs/{run_id}/events, GET /remote-runs/{run_id}/artifacts,"
        "GET /remote-runs/{run_id}/artifacts/{name:path}, GET /remote-runs/{run_id}/blobs/{sha256},"
        "GET /remote-runs/{run_id}/logs, GET /remote-runs/{run_id}/logs/find,"
        "GET /remote-batches/{batch_id}, GET /remote-batches/{batch_id}/results",
        user="run:read",
        machine="*",
        also=also("execution", "capability"),
        foreign=404,
    ),
    Group("lists of runs", "GET /remote-runs, GET /remote-runs/counts", user="run:read", machine="*"),
    Group("many runs at once", "POST /remote-runs/bulk", user="run:cancel"),
    Group(
        "cancelling",
        "POST /remote-runs/{run_id}/cancel",
        user="run:cancel",
        machine="machine:call",
        also=also("capability"),
        foreign=404,
    ),
    Group(
        "cancelling a batch",
        "POST /remote-batches/{batch_id}/cancel",
        user="run:cancel",
        machine="machine:call",
        foreign=404,
    ),
    Group("trying again", "POST /remote-runs/{run_id}/retry", user="run:create", machine="machine:call", foreign=404),
    Group("one's credentials", "GET /tokens, POST /tokens", user="token:admin"),
    Group(
        "a credential",
        "GET /tokens/{id}, DELETE /tokens/{id}, POST /tokens/{id}/rotate",
        user="token:admin",
        foreign=404,
    ),
    Group("the console", "GET /console/overview, GET /console/events", user="console:read"),
    Group(
        "the server's people and settings",
        "GET /users, POST /users, PATCH /users/{name}, GET /settings, PATCH /settings",
        user="server:admin",
    ),
    Group("one's teams", "GET /teams", user="*"),
    Group("making teams", "POST /teams", user="library:admin"),
    Group("the end of a team", "DELETE /teams/{name}", user="library:admin", foreign=404),
    Group(
        "a team",
        "GET /teams/{name}, PUT /teams/{name}/members/{user}, DELETE /teams/{name}/members/{user}",
        user="*",
        foreign=404,
    ),
    Group("one's own doings", "GET /audit", user="*"),
    Group("the audit's proof", "GET /audit/verify", user="audit:read"),
    Group("operation", "GET /metrics", user="ops:read"),
)

EXPECTED: dict[str, Group] = {operation.strip(): group for group in GROUPS for operation in group.operations.split(",")}

# What stands for a path's parameters: things of alice's. The words `secret-` are in no answer to anybody else.
PARAMETERS: dict[str, str] = {
    "owner": "alice",
    "library": "secret-risk",
    "tag": "prod",
    "version": "1",
    "user": "dora",
    "sha256": "0" * 64,
    "run_id": "run_" + "0" * 20,
    "upload_id": "upl_" + "0" * 20,
    "batch_id": "bat_" + "0" * 20,
    "name:path": "plot.png",
}
# `{name}` is of the noun before it.
NAMES: dict[str, str] = {
    "objects": "secret-score",
    "teams": "secret-crew",
    "users": "carol",
    "references": "secret-ref",
}

ON_ALICES_LIBRARY = "owner=alice&library=secret-risk"
QUERIES: dict[str, str] = {
    "GET /remote-runs/{run_id}/logs/find": "text=x",
    "GET /access/explain": "library=alice/secret-risk",
    "DELETE /grants": "library=alice/secret-risk&user=carol",
    **{
        operation: ON_ALICES_LIBRARY + ("&a=1&b=1" if operation.endswith("compare") else "")
        for operation in EXPECTED
        if " /objects/{name}" in operation
    },
    "GET /owners/{owner}/libraries/{library}/objects/{name}/compare": "a=1&b=1",
}

BODIES: dict[str, Any] = {
    "POST /owners/{owner}/libraries/{library}/objects": {"yaml": BUNDLE, "name": "fresh"},
    "POST /objects/{name}/validate": {"kwargs": {"a": 1}},
    "POST /owners/{owner}/libraries/{library}/objects/{name}/validate": {"kwargs": {"a": 1}},
    "PUT /objects/{name}/tags/{tag}": {"version": 1},
    "PUT /owners/{owner}/libraries/{library}/objects/{name}/tags/{tag}": {"version": 1},
    "POST /owners/{owner}/libraries/{library}/references": {
        "name": "other-ref", "owner": "alice", "library": "secret-risk", "object": "secret-score",
    },
    "POST /owners/{owner}/libraries/{library}/copies": {
        "name": "copied", "owner": "alice", "library": "secret-risk", "object": "secret-score",
    },
    "PATCH /owners/{owner}/libraries/{library}": {"description": "changed"},
    "POST /libraries": {"name": "fresh"},
    "PUT /grants": {"library": "alice/secret-risk", "user": "carol", "permissions": ["read"]},
    "PATCH /machines/{machine}": {"display_name": "changed"},
    "POST /daemon-enrollment": {"name": "fresh"},
    "POST /daemon-enrollment/redeem": {},
    "POST /tokens": {"name": "fresh", "scopes": []},
    "POST /tokens/{id}/rotate": {},
    "POST /users": {"name": "fresh"},
    "PATCH /users/{name}": {"display_name": "Changed"},
    "POST /teams": {"name": "fresh"},
    "PUT /teams/{name}/members/{user}": {"role": "member"},
    "PATCH /settings": {"name": "changed"},
    "POST /remote-runs": {"object": "secret-score", "owner": "alice", "library": "secret-risk", "kwargs": {"a": 1}},
    "POST /remote-runs/bulk": {"action": "cancel", "ids": ["run_" + "0" * 20]},
    "POST /remote-runs/{run_id}/cancel": {},
    "POST /remote-runs/{run_id}/retry": {},
}  # fmt: skip

# What carol may do: alice granted her to read and execute what is in the library, and to use the machine.
GRANTED_READS = frozenset({"a library", "how an object is called", "what an object is made of", "why", "a machine"})
GRANTED_REFUSALS = frozenset(
    {"publishing", "changing what is published", "administering libraries", "administering a machine"}
)
# Answers that never end once they have begun; the matrix asks whether they begin.
ENDLESS = frozenset({"GET /console/events"})
# Things that nobody made in the matrix's world: their own people are told that they aren't there.
MISSING = frozenset(
    {
        "reading a run",
        "cancelling",
        "cancelling a batch",
        "trying again",
        "what runs leave behind",
        "the machine's link",
    }
)
