from __future__ import annotations

import subprocess
import sys

import pytest

import spl.client

HEAVY = {"httpx", "pydantic", "yaml", "numpy", "pandas", "rich", "asyncio", "IPython"}


def modules_after(code: str) -> set[str]:
    done = subprocess.run(
        [sys.executable, "-c", f"{code}\nimport sys; print(*sys.modules)"], capture_output=True, text=True, check=True
    )
    return {name.partition(".")[0] for name in done.stdout.split()}


@pytest.mark.parametrize("code", ["import spl.client", "from spl.client import SPLClient; SPLClient()"])
def test_importing_the_client_brings_in_nothing_heavy(code: str):
    assert not modules_after(code) & HEAVY


@pytest.mark.parametrize("name", spl.client.__all__)
def test_every_exported_name_is_there(name: str):
    assert getattr(spl.client, name).__name__ == name


def test_what_is_not_exported_is_an_attribute_error():
    with pytest.raises(AttributeError, match="no attribute 'Nothing'"):
        spl.client.Nothing

    assert dir(spl.client) == sorted(spl.client.__all__)
