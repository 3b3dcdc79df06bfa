from __future__ import annotations

import inspect

import pytest

import spl.server_client

from ..client.test_imports import HEAVY, modules_after

DOCUMENTED = {
    "call": ["name", "owner", "library", "target_machine", "kwargs", "output", "wait_timeout_seconds", "artifacts_dir"],
    "start": ["name", "owner", "library", "target_machine", "kwargs", "output"],
    "signature": ["name", "owner", "library"],
    "get_object": ["name", "library", "include_yaml"],
    "external_token": ["token", "base_url"],
}


@pytest.mark.parametrize(
    "code",
    ["import spl.server_client", "from spl.server_client import SPLServerClient; SPLServerClient('splu_x').libraries"],
)
def test_importing_the_client_brings_in_nothing_heavy(code: str):
    assert not modules_after(code) & HEAVY


@pytest.mark.parametrize("name", spl.server_client.__all__)
def test_every_exported_name_is_there(name: str):
    assert getattr(spl.server_client, name).__name__ == name


def test_what_is_not_exported_is_an_attribute_error():
    with pytest.raises(AttributeError, match="no attribute 'Nothing'"):
        spl.server_client.Nothing

    assert dir(spl.server_client) == sorted(spl.server_client.__all__)


@pytest.mark.parametrize("verb", DOCUMENTED)
def test_a_documented_method_takes_the_documented_arguments(verb: str):
    parameters = inspect.signature(getattr(spl.server_client.SPLServerClient, verb)).parameters

    assert not [name for name in DOCUMENTED[verb] if name not in parameters]


def test_the_token_may_stand_first_and_the_address_has_a_default():
    assert spl.server_client.SPLServerClient("splu_x").base_url == "https://splime.io/api"


def test_help_shows_what_a_verb_takes_and_gives():
    shown = str(inspect.signature(spl.server_client.SPLServerClient("splu_x").libraries.create))

    assert shown.startswith("(name: 'str', *, display_name")
    assert shown.endswith("-> 'LibraryView'")
