from __future__ import annotations

import json

import pytest

from spl.core.errors import (
    DaemonUnreachable,
    InternalError,
    InvalidArguments,
    NotFound,
    ObjectNotFound,
    RunFailed,
    SPLError,
    Unauthorized,
    every_error,
)
from spl.core.wire.base import Response
from spl.core.wire.problem import error_from, error_of


def response(document: object, status: int = 422) -> Response:
    return Response(status, {"content-type": "application/problem+json"}, json.dumps(document).encode())


@pytest.mark.parametrize("kind", list(every_error()), ids=lambda kind: kind.__name__)
def test_every_error_comes_back_as_its_own_class(kind: type[SPLError]):
    sent = kind("What happened.", hint="What to do.")

    came = error_from(response(sent.problem(), sent.status))

    assert type(came) is kind
    assert came.message == "What happened."
    assert came.hint == "What to do." or kind is Unauthorized


def test_details_survive_even_where_they_are_named_like_arguments():
    sent = InvalidArguments("No.", problems=["a is missing"])
    document = sent.problem()
    document["details"]["message"] = "x"

    assert error_of(document).details == {"problems": ["a is missing"], "message": "x"}


def test_a_code_of_a_newer_daemon_is_kept():
    came = error_from(response({"code": "moon_is_full", "detail": "Not tonight.", "status": 418}, 418))

    assert type(came) is SPLError
    assert (came.code, came.status, came.message) == ("moon_is_full", 418, "Not tonight.")
    assert SPLError.code == "spl_error"


def test_a_run_that_failed_at_import_is_a_run_failed():
    sent = RunFailed("Can't import.", reason="import_failed", type="ModuleNotFoundError")

    assert isinstance(error_of(sent.problem()), RunFailed)


def test_a_wrong_token_says_where_tokens_come_from():
    came = error_from(response(Unauthorized().problem(), 401))

    assert "SPL_DAEMON_TOKEN" in str(came)


def test_an_answer_without_a_body_is_read_by_its_status():
    assert type(error_from(Response(404))) is NotFound


def test_a_foreign_service_on_the_port_is_not_taken_for_a_daemon():
    came = error_from(Response(404, body=b"<html>nginx"))

    assert isinstance(came, DaemonUnreachable)
    assert "not an SPL daemon" in str(came)
    assert "nginx" in str(came)


def test_a_foreign_refusal_is_unauthorized():
    assert isinstance(error_from(Response(401, body=b"go away")), Unauthorized)


def test_a_broken_answer_is_an_internal_error():
    assert isinstance(error_from(Response(502, body=b"\xff\xfe")), InternalError)


def test_a_missing_message_is_the_default_one():
    assert error_of({"code": "object_not_found"}).message == ObjectNotFound().message
