"""Every shape through a real daemon: published as YAML, built, imported and called in its worker."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from spl.client import SPLClient

from .harness import capture_shape, oldest
from .shapes import SHAPES, Shape

ACCEPTED = [shape for shape in SHAPES if not shape.refused]


@pytest.fixture(scope="module")
def client(shared_daemon: Any) -> SPLClient:
    client = SPLClient(daemon_home=shared_daemon.home.root)
    client.register_env("default")
    return client


@pytest.mark.parametrize("shape", ACCEPTED, ids=str)
def test_a_published_shape_does_the_same_in_the_daemon(shape: Shape, client: SPLClient, tmp_path: Path):
    """Those without packages run under the oldest Python here that they allow, the others under this one."""
    outcome = capture_shape(shape, tmp_path)
    assert outcome.problem is None, outcome.problem
    other = None if shape.needs or shape.here_only or outcome.report.distributions else oldest(outcome.requires_python)
    if other is not None:
        client.register_env("oldest", python=other)
    env = "oldest" if other else "default"

    published = client.publish_yaml(outcome.yaml, name=f"shape_{SHAPES.index(shape)}", env=env)
    published.ready(timeout=100)
    value = client.call(published.name, args=list(shape.args), kwargs=dict(shape.kwargs)).value

    assert value == shape.expect


def test_the_battery_is_as_large_as_promised():
    assert len(SHAPES) >= 60
