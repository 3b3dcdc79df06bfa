from __future__ import annotations

import io
import linecache
import traceback
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from spl.client import RunFailed, SPLClient
from spl.client.failures import failure_of, rebuilt
from spl.core.errors import EnvironmentBuildFailed, RunCancelled, RunTimedOut
from spl.core.wire.base import Request, Response, encode_json

from .daemon import FakeDaemon

SOURCE = """\
def inner(xs):
    return 1 / len(xs)


def outer(xs):
    return inner(xs)
"""


@pytest.fixture(autouse=True)
def clean_linecache() -> Iterator[None]:
    yield
    for name in [name for name in linecache.cache if name.startswith("<spl ")]:
        del linecache.cache[name]


def frame(line: int, function: str, source: str = "", file: str = "/h/bundles/0a/src/main.py") -> dict[str, Any]:
    return {"file": file, "line": line, "function": function, "source": source}


def failed_run(**error: Any) -> dict[str, Any]:
    told = {
        "type": "ZeroDivisionError",
        "message": "division by zero",
        "frames": [frame(6, "outer", "return inner(xs)"), frame(2, "inner", "return 1 / len(xs)")],
        "notes": [],
        "cause": None,
    }
    return {
        "id": "run-7",
        "object": "demo",
        "version": 3,
        "state": "failed",
        "reason": "user_exception",
        "timings": {"run_ms": 12.5},
        "error": {**told, **error},
    }


def printed(error: BaseException) -> str:
    return "".join(traceback.format_exception(error))


def test_the_failure_says_what_ran_what_it_raised_and_where_to_look():
    failure = failure_of(failed_run())

    assert failure.message == "demo v3: ZeroDivisionError: division by zero"
    assert (failure.run_id, failure.reason, failure.type) == ("run-7", "user_exception", "ZeroDivisionError")
    assert failure.__notes__ == ["Run run-7 on this machine, after 12.5 ms.", 'What it printed: client.logs("run-7")']


def test_the_remote_traceback_is_printed_as_if_it_were_local():
    text = printed(failure_of(failed_run(), {"main.py": SOURCE}))

    assert '  File "<spl demo@3 main.py>", line 6, in outer\n    return inner(xs)\n' in text
    assert '  File "<spl demo@3 main.py>", line 2, in inner\n    return 1 / len(xs)\n' in text
    assert "\nZeroDivisionError: division by zero\n" in text
    assert "direct cause" in text
    assert text.index("in outer") < text.index("in inner") < text.index("RunFailed: demo v3")


def test_the_cause_is_of_the_builtin_type_that_was_raised():
    cause = failure_of(failed_run()).__cause__

    assert isinstance(cause, ZeroDivisionError)
    assert cause.args == ("division by zero",)


def test_a_line_that_came_along_is_shown_without_the_source():
    text = printed(failure_of(failed_run()))

    assert '  File "<spl demo@3 main.py>", line 2, in inner\n    return 1 / len(xs)\n' in text


def test_several_frames_of_one_file_keep_their_lines():
    failure_of(failed_run())

    assert linecache.getline("<spl demo@3 main.py>", 2) == "return 1 / len(xs)\n"
    assert linecache.getline("<spl demo@3 main.py>", 6) == "return inner(xs)\n"


def test_the_lines_survive_a_check_of_the_cache():
    failure_of(failed_run(), {"main.py": SOURCE})

    linecache.checkcache()

    assert linecache.getline("<spl demo@3 main.py>", 2) == "    return 1 / len(xs)\n"


def test_an_unknown_type_is_shown_by_its_name():
    text = printed(failure_of(failed_run(type="shapes.BadShape", message="too round")))

    assert "\nshapes.BadShape: too round\n" in text


def test_a_message_is_printed_as_it_was_and_not_quoted_again():
    assert printed(rebuilt({"type": "KeyError", "message": "'x'"})) == "KeyError: 'x'\n"


@pytest.mark.parametrize("name", ["UnicodeDecodeError", "OSError", "SystemExit", "StopIteration", "ImportError"])
def test_types_with_constructors_of_their_own_are_rebuilt_without_calling_them(name: str):
    error = rebuilt({"type": name, "message": "what it said"})

    assert str(error) == "what it said"
    assert type(error).__mro__[1].__name__ == name


@pytest.mark.parametrize("name", ["print", "int", "__import__", "ExceptionGroup", "", "a.b.C", "os.system"])
def test_a_name_that_is_no_plain_exception_is_only_a_name(name: str):
    assert type(rebuilt({"type": name, "message": "m"})).__mro__[1] is Exception


def test_what_it_came_from_and_its_notes_are_printed_too():
    cause = {"type": "OSError", "message": "no file", "frames": [frame(1, "load", "open(path)")]}

    text = printed(failure_of(failed_run(cause=cause, notes=["while reading row 3"])))

    assert "OSError: no file" in text
    assert "while reading row 3" in text
    assert text.index("OSError") < text.index("ZeroDivisionError")


def test_the_exceptions_of_a_group_are_printed():
    members = [{"type": "ValueError", "message": "one"}, {"type": "TypeError", "message": "two"}]

    text = printed(failure_of(failed_run(type="ExceptionGroup", message="both (2 sub-exceptions)", exceptions=members)))

    assert "ExceptionGroup: both (2 sub-exceptions)" in text
    assert "ValueError: one" in text
    assert "TypeError: two" in text


def test_a_file_of_an_installed_package_keeps_its_name(tmp_path: Path):
    there = tmp_path / "lib.py"
    there.write_text("first\nreal line\n")
    frames = [frame(2, "f", "what came along", str(there)), frame(2, "g", "what came along", "/nowhere/lib.py")]

    text = printed(failure_of(failed_run(frames=frames)))

    assert f'  File "{there}", line 2, in f\n    real line\n' in text
    assert '  File "/nowhere/lib.py", line 2, in g\n    what came along\n' in text


@pytest.mark.parametrize(
    ("reason", "kind"),
    [
        ("env_build_failed", EnvironmentBuildFailed),
        ("cancelled", RunCancelled),
        ("timed_out", RunTimedOut),
        ("worker_oom", RunFailed),
    ],
)
def test_every_reason_has_its_class(reason: str, kind: type[RunFailed]):
    run = {**failed_run(), "reason": reason, "error": {"type": None, "message": "It ended so.", "frames": []}}

    failure = failure_of(run)

    assert type(failure) is kind
    assert failure.message == f"demo v3 ({reason}): It ended so."
    assert failure.__cause__ is None


def test_a_failure_without_any_error_still_says_something():
    failure = failure_of({"id": "r", "object": "f", "version": 1, "state": "cancelled", "reason": "cancelled"})

    assert "The run was cancelled." in str(failure)


def test_the_node_that_raised_is_named():
    failure = failure_of(failed_run(node="clean"))

    assert failure.node == "clean"
    assert "node 'clean'" in failure.message


def test_a_huge_line_number_costs_nothing():
    failure_of(failed_run(frames=[frame(2_000_000_000, "f", "x")]))

    assert "<spl demo@3 main.py>" not in linecache.cache


def test_a_hostile_path_reads_no_file_outside_the_home(local_client: SPLClient, daemon: FakeDaemon, tmp_path: Path):
    (tmp_path / "secret.py").write_text("password = 1\n")
    daemon.add(lambda: 1 / 0, "broken")
    real = daemon.send

    def hostile(request: Request) -> Response:
        answer = real(request)
        return Response(answer.status, {}, answer.body.replace(b"/src/main.py", b"/src/../../../../secret.py"))

    daemon.send = hostile  # type: ignore[method-assign]

    with pytest.raises(RunFailed) as caught:
        local_client.call("broken")

    assert "password" not in printed(caught.value)


def test_a_failing_call_raises_with_the_users_line_and_nothing_of_ours_below_the_call(
    client: SPLClient, daemon: FakeDaemon
):
    def broken(xs: list[int]) -> float:
        return 1 / len(xs)

    daemon.add(broken)

    with pytest.raises(RunFailed) as caught:
        client.call("broken", kwargs={"xs": []})

    text = printed(caught.value)
    assert "return 1 / len(xs)" in text
    assert "ZeroDivisionError: division by zero" in text
    assert "base.py" not in text
    assert "connection.py" not in text


def test_the_source_is_read_where_the_daemon_has_it(local_client: SPLClient, daemon: FakeDaemon):
    folder = daemon.home / "bundles" / "0a1b" / "src"
    folder.mkdir(parents=True)
    (folder / "main.py").write_text("# the whole file\n" * 400)
    daemon.add(lambda: 1 / 0, "broken")

    with pytest.raises(RunFailed):
        local_client.call("broken")

    assert linecache.getline("<spl broken@1 main.py>", 1) == "# the whole file\n"
    assert "/objects/broken" not in daemon.paths()


def test_the_source_is_asked_for_once_a_version(client: SPLClient, daemon: FakeDaemon, monkeypatch: pytest.MonkeyPatch):
    from spl.client import context

    daemon.add(lambda: 1 / 0, "broken")

    for _ in range(3):
        with pytest.raises(RunFailed):
            client.call("broken")

    assert daemon.paths().count("/objects/broken") == 1


def test_ipython_prints_the_users_line(monkeypatch: pytest.MonkeyPatch):
    ultratb = pytest.importorskip("IPython.core.ultratb")
    failure = failure_of(failed_run(), {"main.py": SOURCE})
    out = io.StringIO()

    try:
        raise failure
    except RunFailed as error:
        ultratb.VerboseTB(theme_name="nocolor", ostream=out)(type(error), error, error.__traceback__)

    assert "return 1 / len(xs)" in out.getvalue()
    assert "<spl demo@3 main.py>" in out.getvalue()
