"""Whatever the server says no with, the SDK knows by its code."""

from __future__ import annotations

import importlib
import pkgutil

import pytest

import daemon_server
from daemon_server.http.problems import ServerProblem
from spl.core.errors import SPLError, by_code
from spl.core.wire.problem import error_of

_ENTRY_POINTS = ("__main__", "migrations")


def every_problem() -> list[type[ServerProblem]]:
    """All problems of the tree, once every module of the server that may define one is imported."""
    for module in pkgutil.walk_packages(daemon_server.__path__, "daemon_server."):
        if not any(part in module.name.split(".") for part in _ENTRY_POINTS):
            importlib.import_module(module.name)
    found: list[type[ServerProblem]] = []
    waiting: list[type[ServerProblem]] = [ServerProblem]
    while waiting:
        kind = waiting.pop()
        found.append(kind)
        waiting.extend(kind.__subclasses__())
    return found


EVERY = every_problem()
PROBLEMS = {kind.code: kind for kind in EVERY}


@pytest.mark.parametrize("code", sorted(PROBLEMS))
def test_the_sdk_has_a_class_for_every_code(code: str):
    assert by_code(code) is not SPLError
    assert by_code(code).code == code


@pytest.mark.parametrize("code", sorted(PROBLEMS))
def test_a_problem_document_becomes_that_exception(code: str):
    problem = PROBLEMS[code]("What happened.", hint="What to do.", about=7)

    error = error_of(problem.document(), problem.status)

    assert (error.code, error.message, error.details) == (code, "What happened.", {"about": 7})
    assert error.status == problem.status


@pytest.mark.parametrize("code", sorted(PROBLEMS))
def test_a_code_has_one_status_wherever_it_is_told(code: str):
    assert {kind.status for kind in EVERY if kind.code == code} == {by_code(code).status}


def test_the_tree_of_problems_is_not_empty():
    assert len(PROBLEMS) > 10
