"""An artifact's name is data that is safe on every system."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from daemon_server.blobs import names
from spl.runtime.artifacts import check_name


@pytest.mark.parametrize(
    "name",
    ["plot.png", "a/b/c.txt", ".hidden", "with space.txt", "x" * 200, "/".join("abcdefgh"), "console.log", "com.txt"],
)
def test_ordinary_names_are_fine(name: str) -> None:
    assert names.fault_of(name) is None


@pytest.mark.parametrize(
    "name",
    [
        "", "x" * 201, "/".join("abcdefghi"), "..", ".", "a/../b", "./a", "a//b", "/etc/passwd", "a/", "C:\\x", "a\\b",
        "trailing.", "trailing ", " leading", "a\x00b", "a\nb", "é.txt", "e\u0301.txt", "ａ", "con", "CON", "con.txt",
        "a/NUL.tar.gz", "com1", "LPT9.txt", "aux .txt", 'quo"te', "semi;colon", "%2e%2e",
    ],
)  # fmt: skip
def test_a_name_that_is_a_path_or_no_file_somewhere_is_refused(name: str) -> None:
    assert names.fault_of(name) is not None


@given(st.text(st.sampled_from("aB1._- /\\\0é:"), max_size=30))
def test_what_the_server_takes_the_machine_can_send(name: str) -> None:
    if names.fault_of(name) is None:
        check_name(name)


@pytest.mark.parametrize(
    ("declared", "kept", "served"),
    [
        ("image/png", "image/png", "image/png"),
        ("Text/CSV; charset=utf-8", "text/csv", "text/csv"),
        ("text/html", "text/html", names.OCTETS),
        ("image/svg+xml", "image/svg+xml", names.OCTETS),
        ("text/javascript", "text/javascript", names.OCTETS),
        (None, names.OCTETS, names.OCTETS),
        ("nonsense", names.OCTETS, names.OCTETS),
        ("a/b\r\nX-Evil: 1", names.OCTETS, names.OCTETS),
    ],
)
def test_what_a_browser_might_run_is_served_as_octets(declared: str | None, kept: str, served: str) -> None:
    assert names.known_media_type(declared) == kept
    assert names.served_as(kept) == served
