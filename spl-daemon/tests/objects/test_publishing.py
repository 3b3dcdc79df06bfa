"""Publishing: what is stored, what is the same, what is refused."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from spl.core.errors import EnvironmentNotFound, InvalidBundle, InvalidName, InvalidRequest
from spl.core.ir.files import bundle_from_text, dump_bundle

from .conftest import Registry, bundle, pipeline_bundle, yaml

SPLIME = """\
- !DFunction
  name: combine
  inputs:
  - {name: a, type: int, default: null}
  - {name: b, type: int, default: '2'}
  outputs:
  - {name: default, type: dict}
  body: |-
    return {'a': a, 'b': b, 'n': js.dumps([a])}
- !DImport {module: json, alias: js}
"""


def test_a_publish_is_version_one_under_its_entrypoints_name(registry: Registry):
    published = registry.publish(yaml())

    assert (published.version.object, published.version.version, published.created) == ("add", 1, True)
    assert published.version.entrypoint == "add"
    assert published.version.kind == "function"


def test_the_same_content_is_the_same_version(registry: Registry):
    first = registry.publish(yaml())
    again = registry.publish(yaml())

    assert not again.created
    assert again.version.id == first.version.id


def test_layout_and_comments_are_not_content(registry: Registry):
    registry.publish(yaml())
    again = registry.publish("# said by hand\n" + yaml())

    assert not again.created


def test_another_content_is_the_next_version(registry: Registry):
    registry.publish(yaml())
    published = registry.publish(yaml(body="return a - b"))

    assert (published.version.version, published.created) == (2, True)


def test_publishing_an_older_content_again_makes_it_the_latest(registry: Registry):
    """Whoever publishes the old code again wants to call the old code."""
    registry.publish(yaml())
    registry.publish(yaml(body="return a - b"))
    again = registry.publish(yaml())

    assert (again.version.version, again.created) == (1, False)
    assert registry.load("add").version == 1
    assert registry.publish(yaml(body="return a * b")).version.version == 3


def test_a_name_of_its_own_and_a_label(registry: Registry):
    published = registry.publish(yaml(), name="demo_add", display_name="Adds two numbers")

    assert published.version.object == "demo_add"
    assert published.row.display_name == "Adds two numbers"
    assert registry.publish(yaml(), name="demo_add").row.display_name == "Adds two numbers"


@pytest.mark.parametrize("name", ["", "1st", "with space", "slash/ed", "a::b", "größe", "x" * 201, "../up", "nul\0"])
def test_a_name_that_can_not_be_one_is_refused(registry: Registry, name: str):
    with pytest.raises(InvalidName) as refused:
        registry.publish(yaml(), name=name)

    assert "name=" in str(refused.value) or "Pass a name" in str(refused.value)


def test_an_unknown_environment_is_refused_with_the_known_ones(registry: Registry):
    with pytest.raises(EnvironmentNotFound, match="default"):
        registry.publish(yaml(), env="gpu")


def test_a_python_that_is_too_old_is_refused_with_both_versions(registry: Registry):
    with pytest.raises(InvalidRequest, match=r"needs Python >=3\.99.*'default' is Python 3\."):
        registry.publish(yaml(requires_python=">=3.99"))


def test_a_broken_document_is_refused_with_its_place(registry: Registry):
    with pytest.raises(InvalidBundle, match="line 3"):
        registry.publish("spl: 1\nentrypoint: [1\n")


def test_a_text_is_never_taken_for_a_path(registry: Registry, tmp_path):
    secret = tmp_path / "bundle.yaml"
    secret.write_text(yaml())

    with pytest.raises(InvalidBundle):
        registry.publish(str(secret))


def test_another_entrypoint_of_the_bundle_is_another_content(registry: Registry):
    text = dump_bundle(pipeline_bundle())
    whole = registry.publish(text)
    part = registry.publish(text, name="total", entrypoint="double")

    assert (whole.version.kind, part.version.kind) == ("pipeline", "function")
    assert part.version.version == 2
    assert bundle_from_text(part.row.yaml).entrypoint == "double"


def test_an_entrypoint_that_is_not_there_is_refused_with_those_that_are(registry: Registry):
    with pytest.raises(InvalidBundle, match=r"'doubel'.*mean 'double'"):
        registry.publish(dump_bundle(pipeline_bundle()), entrypoint="doubel")


def test_the_readable_copy_says_what_was_published(registry: Registry):
    registry.publish("# mine\n" + yaml())

    copy = registry.home.objects / "add" / "versions" / "1.yaml"
    assert copy.read_text() == "# mine\n" + yaml()


def test_the_bundle_folder_holds_what_a_worker_loads(registry: Registry):
    folder = registry.publish(yaml()).version.bundle_folder

    assert json.loads((folder / "bundle.json").read_text())["entrypoint"] == "add"
    assert "def add" in (folder / "src" / "main.py").read_text()


def test_the_capture_report_is_kept(registry: Registry):
    report = {"functions": ["add"], "constants": [{"name": "SCALE", "bytes": 2}]}

    assert json.loads(registry.publish(yaml(), capture=report).row.capture) == report
    assert json.loads(registry.publish(yaml()).row.capture) == report


def test_isolation_is_as_the_last_publish_said(registry: Registry):
    registry.publish(yaml(), isolation="reuse")
    assert registry.load("add").isolation == "reuse"

    registry.publish(yaml())
    assert registry.load("add").isolation is None


def test_the_environment_is_part_of_what_makes_a_version(registry: Registry):
    import sys

    registry.run(registry.environments.register("other", sys.executable))
    registry.publish(yaml())
    published = registry.publish(yaml(), env="other")

    assert (published.version.version, published.version.env) == (2, "other")


def test_the_python_it_was_captured_on_makes_no_difference(registry: Registry):
    registry.publish(yaml())
    again = registry.publish(dump_bundle(replace(bundle(), python="3.14.0")))

    assert not again.created


def test_a_bundle_of_splime_is_kept_in_todays_format(registry: Registry):
    published = registry.publish(SPLIME)

    assert published.version.object == "combine"
    assert published.row.yaml.startswith("spl: 1\n")
    assert not registry.publish(published.row.yaml).created
