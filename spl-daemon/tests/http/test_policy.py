"""One table of routes, and it is complete."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from fastapi.routing import APIRoute

from spl.daemon.composition import ROUTERS
from spl.daemon.http.policy import BLOB, POLICIES, PUBLIC, PUBLISH, TOKEN, Policy, allowed_methods, policy_for, shape
from spl.daemon.http.routing import StrictRoute


def every_route(router: Any) -> Iterator[APIRoute]:
    """The routes of a router, and of those it includes."""
    for route in router.routes:
        if isinstance(route, APIRoute):
            yield route
        else:
            yield from every_route(route.original_router)


@pytest.fixture
def routes() -> list[APIRoute]:
    return [route for router in ROUTERS for route in every_route(router)]


def test_every_route_has_a_policy_and_every_policy_a_route(routes: list[APIRoute]) -> None:
    served = {(method, shape(route.path)) for route in routes for method in route.methods}
    declared = {(method, shape(path)) for method, path in POLICIES}

    assert served == declared


def test_the_public_route_is_the_health_check_alone() -> None:
    assert [key for key, policy in POLICIES.items() if policy.access == "public"] == [("GET", "/health")]


def test_reading_never_changes_anything(routes: list[APIRoute]) -> None:
    """GET and HEAD are safe by convention: a route that answers one of them answers nothing else."""
    for route in routes:
        if route.methods & {"GET", "HEAD"}:
            assert route.methods <= {"GET", "HEAD"}, route.path


def test_every_route_reads_its_body_strictly(routes: list[APIRoute]) -> None:
    loose = [route.path for route in routes if not isinstance(route, StrictRoute)]

    assert not loose, "use spl.daemon.http.routing.Router"


def test_every_route_says_what_it_does(routes: list[APIRoute]) -> None:
    assert not [route.path for route in routes if not route.description]


def test_every_route_is_asynchronous(routes: list[APIRoute]) -> None:
    """A `def` route costs a hop through a thread pool that others wait for."""
    import inspect

    wrong = [
        route.path
        for route in routes
        if not inspect.iscoroutinefunction(route.endpoint) and not inspect.isasyncgenfunction(route.endpoint)
    ]
    assert not wrong


@pytest.mark.parametrize(
    ("method", "path", "policy"),
    [
        ("GET", "/health", PUBLIC),
        ("POST", "/objects", PUBLISH),
        ("PUT", "/blobs/abc", BLOB),
        ("GET", "/runs/r1/artifacts/plots/a.png", TOKEN),
        ("GET", "/runs/prune", TOKEN),
        ("POST", "/health", None),
        ("PUT", "/blobs/a/b", None),
        ("GET", "/runs/", None),
        ("GET", "/nowhere", None),
    ],
)
def test_a_request_finds_its_policy(method: str, path: str, policy: Policy | None) -> None:
    assert policy_for(method, path) == policy


def test_methods_of_a_path_come_from_every_route_it_fits() -> None:
    assert allowed_methods("/runs/r1") == ["DELETE", "GET"]
    assert allowed_methods("/runs") == ["GET", "POST"]
    assert allowed_methods("/environment-builds/prune") == ["POST"]
    assert allowed_methods("/nowhere") == []
