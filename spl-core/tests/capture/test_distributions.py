"""Imports lead to distributions."""

from __future__ import annotations

import importlib.metadata
import json
from pathlib import Path

import pytest

from spl.core.capture import distributions
from spl.core.entities.bundle import Distribution


@pytest.fixture
def site(local, monkeypatch) -> Path:
    """Three distributions that need each other, two of which share a namespace."""

    def dist(name: str, version: str, requires: list[str], files: list[str], tops: str, direct: dict | None = None):
        folder = f"{name.replace('-', '_')}-{version}.dist-info"
        lines = [
            f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}",
            *(f"Requires-Dist: {one}" for one in requires),
        ]
        found = {f"{folder}/METADATA": "\n".join(lines) + "\n", f"{folder}/top_level.txt": f"{tops}\n"}
        found |= dict.fromkeys(files, "")
        found[f"{folder}/RECORD"] = "".join(f"{file},,\n" for file in files)
        return found | ({f"{folder}/direct_url.json": json.dumps(direct)} if direct else {})

    root = local(
        dist("Cloud_Store", "1.2", ["cloud-core>=1", "extra-one; extra == 'fast'"], ["cloudy/store.py"], "cloudy")
        | dist("cloud-core", "1.0", ["leaf; python_version >= '3'", "absent-here"], ["cloudy/core.py"], "cloudy")
        | dist("leaf", "0.1+local", [], ["leaf.py"], "leaf", {"url": "file:///x", "dir_info": {"editable": True}})
    )
    monkeypatch.setattr(distributions, "_providers", None)
    importlib.metadata.MetadataPathFinder.invalidate_caches()
    return root


def test_portions_of_a_namespace_are_told_apart_by_their_files(site):
    assert distributions.providers("cloudy.store", site / "cloudy/store.py") == ["cloud-store"]
    assert distributions.providers("cloudy.core", site / "cloudy/core.py") == ["cloud-core"]
    assert distributions.providers("cloudy") == ["cloud-core", "cloud-store"]


def test_the_closure_has_what_is_installed_and_not_what_was_asked_for(site):
    assert distributions.closure([Distribution("cloud-store", "1.2")]) == [
        Distribution("cloud-core", "1.0"),
        Distribution("leaf", "0.1+local"),
    ]


def test_a_direct_reference_is_told(site):
    found = distributions.direct_of("leaf")

    assert found == distributions.Direct("file:///x", "dir", True)
    assert distributions.direct_of("cloud-core") is None


def test_installed_metadata_is_read_again_when_a_name_is_not_in_it(monkeypatch):
    """Something may have been installed since."""
    monkeypatch.setattr(distributions, "_providers", {})

    assert distributions.providers("pytest") == ["pytest"]


@pytest.mark.parametrize(
    ("module", "package"),
    [
        ("cv2", "opencv-python"),
        ("sklearn.linear_model", "scikit-learn"),
        ("yaml", "pyyaml"),
        ("unheard_of.x", "unheard_of"),
    ],
)
def test_an_import_leads_to_a_guess(module, package):
    assert distributions.guess(module) == package
