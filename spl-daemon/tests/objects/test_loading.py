"""Loading a version to run it: from memory when warm, right when cold, and clear when there is none."""

from __future__ import annotations

import asyncio
import shutil
import sys
from typing import Any

import pytest

from spl.core.errors import EnvironmentNotFound, FunctionNotFound, ObjectNotFound, OutputNotFound, VersionNotFound
from spl.core.ir.files import dump_bundle
from spl.daemon.objects.cache import FRESH_SECONDS
from spl.daemon.objects.service import Objects

from .conftest import Registry, pinned, pipeline_bundle, yaml


def cold(registry: Registry) -> Objects:
    """The same registry after a restart of the daemon."""
    return Objects(registry.db, registry.home, registry.environments)


def test_a_warm_load_touches_neither_database_nor_disk(registry: Registry, monkeypatch: pytest.MonkeyPatch):
    registry.publish(yaml())
    registry.load("add")
    with monkeypatch.context() as nothing:
        nothing.setattr(registry.db, "read", None)
        nothing.setattr(asyncio, "to_thread", None)

        assert registry.load("add").version == 1
        assert registry.load("add", 1).version == 1
        assert registry.load("add::add").version == 1


def test_after_a_restart_a_version_is_what_it_was(registry: Registry):
    registry.publish(yaml(dependencies=pinned("numpy==2.1.0"), constraints=pinned("six==1.17.0")))
    before = registry.load("add")
    after = registry.run(cold(registry).load("add"))

    assert after == before
    assert after.spec.wanted == ("numpy==2.1.0",)
    assert after.spec.constraints == ("six==1.17.0",)
    assert after.signature().to_json() == before.signature().to_json()


def test_a_publish_shows_at_the_next_load(registry: Registry):
    registry.publish(yaml())
    assert registry.load("add").version == 1
    registry.publish(yaml(body="return a - b"))

    assert registry.load("add").version == 2
    assert registry.load("add", 1).version == 1


def test_a_load_that_overlaps_a_publish_does_not_bring_the_old_latest_back(registry: Registry):
    registry.publish(yaml())
    objects = cold(registry)

    async def overlap() -> int:
        read = registry.db.read
        publishing = asyncio.Event()

        async def slow(work: Any) -> Any:
            found = await read(work)
            if not publishing.is_set():
                publishing.set()
                await objects.publish(request(yaml(body="return a - b")))
            return found

        objects.db = type("Slow", (), {"read": staticmethod(slow), "write": registry.db.write})()
        await objects.load("add")
        objects.db = registry.db
        return (await objects.load("add")).version

    assert registry.run(overlap()) == 2
    registry.run(objects.close())


def request(text: str) -> Any:
    from spl.daemon.objects.schemas import PublishRequest

    return PublishRequest(yaml=text)


def test_a_version_is_found_by_its_id(registry: Registry):
    published = registry.publish(yaml()).version

    assert registry.load(published.id) == published


def test_an_unknown_object_is_refused_with_what_was_meant(registry: Registry):
    registry.publish(yaml(), name="demo_add")

    with pytest.raises(ObjectNotFound, match=r"'demo_ad' is published here\. Did you mean 'demo_add'"):
        registry.load("demo_ad")


def test_an_unknown_version_is_refused_with_the_known_ones(registry: Registry):
    registry.publish(yaml())
    registry.publish(yaml(body="return a - b"))

    with pytest.raises(VersionNotFound, match=r"no version 9.*newest first: 2, 1"):
        registry.load("add", 9)


def test_an_unknown_function_is_refused_with_the_known_ones(registry: Registry):
    version = registry.publish(dump_bundle(pipeline_bundle())).version

    assert version.signature("double").name == "double"
    with pytest.raises(
        FunctionNotFound, match=r"total v1 has no function 'dubble'\. Did you mean 'double'.*'add', 'double'"
    ):
        version.signature("dubble")


def test_an_unknown_output_is_refused_with_the_known_ones(registry: Registry):
    signature = registry.publish(dump_bundle(pipeline_bundle())).version.signature()

    signature.check_output("result")
    signature.check_output("double")
    with pytest.raises(OutputNotFound, match="'result'"):
        signature.check_output("resultt")


@pytest.mark.parametrize("damage", ["gone", "emptied", "one file", "truncated"])
def test_a_damaged_bundle_folder_is_written_again(registry: Registry, damage: str):
    folder = registry.publish(yaml()).version.bundle_folder
    source = folder / "src" / "main.py"
    whole = source.read_text()
    if damage == "gone":
        shutil.rmtree(folder)
    elif damage == "emptied":
        shutil.rmtree(folder)
        folder.mkdir()
    elif damage == "one file":
        source.unlink()
    else:
        source.write_text("")
    registry.run(cold(registry).load("add"))

    assert source.read_text() == whole


def test_a_worker_can_ask_for_its_folder_to_be_restored(registry: Registry):
    version = registry.publish(yaml()).version
    (version.bundle_folder / "bundle.json").unlink()

    registry.run(registry.objects.restore(version))

    assert (version.bundle_folder / "bundle.json").exists()


@pytest.mark.parametrize("damage", ["gone", "changed", "a folder in its way"])
def test_a_readable_copy_is_never_the_truth(registry: Registry, damage: str):
    registry.publish(yaml())
    copy = registry.home.objects / "add" / "versions" / "1.yaml"
    if damage == "changed":
        copy.write_text("spl: 1\n")
    else:
        copy.unlink()
    if damage == "a folder in its way":
        copy.mkdir()
    loaded = registry.run(cold(registry).load("add"))

    assert loaded.version == 1
    assert copy.is_dir() if damage == "a folder in its way" else copy.read_text() == yaml()


def test_an_environment_that_is_gone_is_said_when_it_is_needed(registry: Registry):
    registry.publish(yaml())
    registry.run(registry.environments.forget("default"))

    with pytest.raises(EnvironmentNotFound):
        registry.run(cold(registry).load("add"))


def test_a_name_that_stands_for_another_python_is_noticed(registry: Registry, tmp_path):
    registry.publish(yaml())
    before = registry.load("add").spec.env, registry.load("add")
    other = tmp_path / "python"
    other.symlink_to(sys.executable)
    registry.run(registry.environments.register("default", str(other)))
    registry.run(asyncio.sleep(FRESH_SECONDS))

    assert registry.load("add") is not before[1]


def test_a_changed_environment_is_noticed_at_once_when_it_is_told(registry: Registry):
    registry.publish(yaml())
    registry.load("add")
    registry.run(registry.environments.forget("default"))
    registry.objects.environments_changed()

    with pytest.raises(EnvironmentNotFound):
        registry.load("add")
