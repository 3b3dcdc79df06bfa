"""Names, references, versions and Python specifiers: decided without a database."""

from __future__ import annotations

import pytest

from spl.core.errors import InvalidRequest
from spl.daemon.objects.naming import Ref, check_name, folder_name, parse_version
from spl.daemon.objects.requires import satisfies


@pytest.mark.parametrize("name", ["a", "_x", "demo_add", "risk.report-v2", "A1", "x" * 200])
def test_a_name_of_letters_digits_and_three_signs_is_one(name: str):
    assert check_name(name) == name


def test_a_reference_may_name_a_function():
    assert Ref.parse("total") == Ref("total")
    assert Ref.parse("total::double") == Ref("total", "double")
    assert Ref.parse("total", "double") == Ref("total", "double")
    assert Ref.parse("total::double", "double") == Ref("total", "double")
    assert str(Ref("total", "double")) == "total::double"


def test_a_reference_and_an_argument_may_not_disagree():
    with pytest.raises(InvalidRequest, match=r"'double'.*'add'"):
        Ref.parse("total::double", "add")


@pytest.mark.parametrize(("given", "version"), [(None, None), ("latest", None), (3, 3), ("3", 3), ("007", 7)])
def test_a_version_is_a_number_or_the_latest(given: str | int | None, version: int | None):
    assert parse_version(given) == version


@pytest.mark.parametrize("given", [0, -1, "0", "-1", "1.0", "newest", "", "٣", True, 2**31])
def test_what_is_no_version_is_refused(given: str | int):
    with pytest.raises(InvalidRequest):
        parse_version(given)


@pytest.mark.parametrize("name", ["CON", "con", "nul.txt", "COM1", "lpt9.x", "ends."])
def test_a_folder_never_opens_a_device(name: str):
    assert folder_name(name) == f"{name}~"


def test_a_folder_is_usually_called_like_its_object():
    assert folder_name("console") == "console"


@pytest.mark.parametrize(
    ("version", "specifier", "allowed"),
    [
        ("3.13.0", ">=3.9", True),
        ("3.9.18", ">=3.10", False),
        ("3.10.0", ">=3.10", True),
        ("3.9.18", ">=3.9, <3.13", True),
        ("3.13.1", ">=3.9,<3.13", False),
        ("3.13.0", "==3.13", True),
        ("3.13.2", "==3.13.*", True),
        ("3.12.2", "==3.13.*", False),
        ("3.12.2", "!=3.13.*", True),
        ("3.13.0", "!=3.13.0", False),
        ("3.14.0", "~=3.13", True),
        ("4.0.0", "~=3.13", False),
        ("3.13.5", "~=3.13.2", True),
        ("3.13.1", "~=3.13.2", False),
        ("3.14.0rc1", ">=3.14", True),
        ("3.13.0", ">3.12", True),
        ("3.13.0", "<=3.12", False),
        ("3.13.0", "", True),
        ("3.13.0", "no idea", True),
    ],
)
def test_a_python_fits_a_specifier_or_does_not(version: str, specifier: str, allowed: bool):
    assert satisfies(version, specifier) is allowed
