"""A node's server is the connected one, or nothing is sent anywhere."""

from __future__ import annotations

import pytest

from spl.core.errors import InvalidRequest
from spl.daemon.runs.remote_nodes.addresses import check_same_server

CONNECTED = "https://splime.io/api"


@pytest.mark.parametrize(
    "url",
    [
        "https://splime.io/api",
        "https://splime.io",
        "https://SPLIME.io:443/api/",
        "https://splime.io/api/owners/alice/libraries/risk",
    ],
)
def test_other_spellings_of_the_same_server_pass(url):
    check_same_server(url, CONNECTED)


@pytest.mark.parametrize(
    "url",
    [
        "http://splime.io/api",
        "https://splime.io:8443/api",
        "https://splime.io.evil.example/api",
        "https://evil.example/splime.io/api",
        "https://splime.io@evil.example/api",
        "https://evil.example\\@splime.io/api",
        "https://splіme.io/api",
        "https://splime.io./api",
        "https://169.254.169.254/api",
        "https://[::ffff:127.0.0.1]/api",
        "https://splime.io:99999/api",
        "file:///etc/passwd",
        "//splime.io/api",
        "",
    ],
)
def test_anything_else_is_refused(url):
    with pytest.raises(InvalidRequest, match=r"connected to https://splime\.io/api"):
        check_same_server(url, CONNECTED)


def test_without_a_connection_every_server_is_another_one():
    with pytest.raises(InvalidRequest, match="not connected"):
        check_same_server(CONNECTED, None)
