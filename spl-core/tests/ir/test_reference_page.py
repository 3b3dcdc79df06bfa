"""The bundles in the reference page are bundles."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from spl.core.ir.document import DEPTH_LIMIT, NAME_LENGTH, NODE_LIMIT, PATH_LENGTH, SCHEMA, TEXT_LIMIT
from spl.core.ir.files import bundle_from_text, dump_bundle

PAGE = (Path(__file__).parents[3] / "docs" / "reference" / "spl-yaml.md").read_text("utf-8")
BUNDLES = re.findall(r"^```yaml\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)


def test_there_are_bundles_in_the_page():
    assert len(BUNDLES) == 2


@pytest.mark.parametrize("text", BUNDLES, ids=range(len(BUNDLES)))
def test_a_bundle_of_the_page_is_read_and_is_written_as_it_stands(text):
    written = dump_bundle(bundle_from_text(text))

    assert bundle_from_text(written).entrypoint in ("pricing", "p")
    if "captured" in text:
        assert written == text


def test_every_key_is_explained():
    for key in SCHEMA["properties"]:
        assert f"| `{key}` |" in PAGE


def test_the_limits_are_those_of_the_code():
    assert f"{TEXT_LIMIT // 2**20} MiB" in PAGE
    assert f"{DEPTH_LIMIT} levels" in PAGE
    assert f"{NODE_LIMIT:,}" in PAGE
    assert f"| a name | {NAME_LENGTH} characters |" in PAGE
    assert f"| a path | {PATH_LENGTH} characters |" in PAGE
