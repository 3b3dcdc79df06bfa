"""Requirement lines of installed metadata."""

from __future__ import annotations

import sys

import pytest

from spl.core.capture.markers import Requirement, canonical, parse_requirement


@pytest.mark.parametrize(
    ("line", "requirement"),
    [
        ("numpy", Requirement("numpy")),
        ("Python_Dateutil >= 2.8", Requirement("python-dateutil", (), ">= 2.8")),
        (
            "pandas[Excel, aws]<3,>=2 ; extra == 'all'",
            Requirement("pandas", ("excel", "aws"), "<3,>=2", "extra == 'all'"),
        ),
        ("zope.interface (>=5)", Requirement("zope-interface", (), "(>=5)")),
        ("pkg @ https://example.org/pkg.zip", Requirement("pkg", (), "@ https://example.org/pkg.zip")),
    ],
)
def test_a_line_is_taken_apart(line, requirement):
    assert parse_requirement(line) == requirement


@pytest.mark.parametrize("line", ["-r other.txt", "./here", "--pre", ""])
def test_what_names_no_distribution_is_none(line):
    assert parse_requirement(line) is None


@pytest.mark.parametrize(
    ("marker", "holds"),
    [
        ("python_version >= '3.9'", True),
        ("python_version < '3.10'", False),
        ("python_version ~= '3.9'", True),
        ("'3.9' <= python_full_version", True),
        (f"sys_platform == '{sys.platform}'", True),
        ("sys_platform == 'plan9' or python_version > '3'", True),
        ("(sys_platform == 'plan9' or os_name == 'x') and python_version > '3'", False),
        ("'win' not in 'darwin'", False),
        ("platform_system in 'Linux Darwin Windows'", True),
        ("extra == 'Test_All'", False),
        ("what is this", True),
    ],
)
def test_markers_are_evaluated_for_this_interpreter(marker, holds):
    assert Requirement("x", marker=marker).applies() is holds


def test_an_extra_applies_where_it_was_asked_for():
    assert Requirement("x", marker="extra == 'Test_All'").applies(["test-all"])


def test_names_are_compared_as_indexes_do():
    assert canonical("Ruamel.YAML__clib") == "ruamel-yaml-clib"
