"""When two objects can share a build, and when they can't."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spl.core.errors import InvalidRequest
from spl.daemon.environments import DependencySpec, Identity, Interpreter


def interpreter(version: str = "3.13.0", *, python: str = "/a/python", env: str = "default") -> Interpreter:
    return Interpreter(env, Path(python), Path(python), Path("/a"), Identity(version, "cpython", "linux-x86_64"))


def spec(*dependencies: str, **more: tuple[str, ...]) -> DependencySpec:
    return DependencySpec.of(interpreter(), dependencies, **more)


def test_the_same_needs_have_the_same_hash() -> None:
    assert spec("numpy==2.1.0", "six==1.17.0").hash == spec("six==1.17.0", "numpy==2.1.0").hash


def test_names_are_compared_as_an_index_does() -> None:
    assert spec("Scikit_Learn==1.5.0").hash == spec("scikit-learn==1.5.0").hash


def test_another_version_is_another_build() -> None:
    assert spec("numpy==2.1.0").hash != spec("numpy==2.1.1").hash


def test_constraints_count() -> None:
    assert spec("a==1", constraints=("b==1",)).hash != spec("a==1", constraints=("b==2",)).hash


def test_constraints_on_nothing_do_not_count() -> None:
    assert spec(constraints=("b==1",)).hash == spec().hash
    assert spec().empty


def test_where_an_interpreter_is_does_not_count() -> None:
    here = DependencySpec.of(interpreter(python="/a/python", env="x"), ["a==1"])
    there = DependencySpec.of(interpreter(python="/b/python", env="y"), ["a==1"])

    assert here.hash == there.hash
    assert here == there


@pytest.mark.parametrize(
    "other",
    [
        Identity("3.13.1", "cpython", "linux-x86_64"),
        Identity("3.13.0", "pypy", "linux-x86_64"),
        Identity("3.13.0", "cpythont", "linux-x86_64"),
        Identity("3.13.0", "cpython", "linux-x86_64-musl"),
    ],
)
def test_what_an_interpreter_is_counts(other: Identity) -> None:
    assert DependencySpec(other).hash != DependencySpec(interpreter().identity).hash


def test_requirements_of_the_author_win_over_what_was_captured() -> None:
    chosen = spec("numpy==2.1.0", requirements=("numpy>=2", "six"))

    assert chosen.wanted == ("numpy>=2", "six")


@pytest.mark.parametrize(
    ("lines", "pinned"),
    [
        (("a==1",), True),
        (("a == 1.0.post1", "b[x]==2 ; python_version >= '3.9'"), True),
        (("a==1.*",), False),
        (("a>=1",), False),
        (("a",), False),
        (("a==1,<2",), False),
        (("a==1", "b"), False),
        (("a @ https://example.org/a.whl",), False),
    ],
)
def test_a_spec_is_pinned_when_each_line_names_one_version(lines: tuple[str, ...], pinned: bool) -> None:
    assert spec(requirements=lines).pinned is pinned


ELSEWHERE = "https://evil.example"


@pytest.mark.parametrize(
    "line",
    [
        f"--index-url {ELSEWHERE}/packages",
        "-r /etc/passwd",
        "-e .",
        "./local",
        "/etc/passwd",
        "# comment",
        f"a==1\n--index-url {ELSEWHERE}",
        "a==1\r-e .",
        "x" * 2000,
        "\x00",
    ],
)
def test_options_of_an_installer_are_no_requirements(line: str) -> None:
    with pytest.raises(InvalidRequest):
        spec(requirements=(line,))


def test_a_spec_survives_its_json() -> None:
    original = spec("numpy==2.1.0", constraints=("six==1.17.0",))

    assert DependencySpec.from_json(original.to_json()) == original
    assert DependencySpec.from_json(original.to_json()).hash == original.hash


def test_the_hash_is_a_folder_name() -> None:
    assert len(spec("a==1").hash) == 32
    assert set(spec("a==1").hash) <= set("0123456789abcdef")


@given(st.lists(st.from_regex(r"[a-z][a-z0-9]{0,8}==[0-9]\.[0-9]", fullmatch=True), max_size=6), st.randoms())
def test_order_and_repetition_never_count(lines: list[str], random: object) -> None:
    shuffled = [*lines, *lines]
    random.shuffle(shuffled)  # type: ignore[attr-defined]

    assert spec(*lines).hash == spec(*shuffled).hash
