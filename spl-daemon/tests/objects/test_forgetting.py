"""Taking objects away, without breaking what runs and without a number ever meaning two things."""

from __future__ import annotations

import pytest

from spl.core.errors import ObjectNotFound, VersionNotFound

from .conftest import Registry, yaml


def forget(registry: Registry, name: str, version: int | None = None):
    if version is None:
        return registry.run(registry.objects.forget(name))
    return registry.run(registry.objects.forget_version(name, version))


def test_a_forgotten_object_is_gone_with_all_its_versions(registry: Registry):
    registry.publish(yaml())
    registry.publish(yaml(body="return a - b"))

    assert forget(registry, "add") == ("add", [2, 1])
    with pytest.raises(ObjectNotFound, match="Nothing is published yet"):
        registry.load("add")
    assert not (registry.home.objects / "add").exists()


def test_what_was_never_published_can_not_be_forgotten(registry: Registry):
    with pytest.raises(ObjectNotFound):
        forget(registry, "add")
    registry.publish(yaml())
    with pytest.raises(VersionNotFound):
        forget(registry, "add", 2)


def test_the_latest_is_then_the_newest_that_is_left(registry: Registry):
    registry.publish(yaml())
    registry.publish(yaml(body="return a - b"))
    forget(registry, "add", 2)

    assert registry.load("add").version == 1
    with pytest.raises(VersionNotFound):
        registry.load("add", 2)


def test_a_number_is_never_given_twice(registry: Registry):
    registry.publish(yaml())
    registry.publish(yaml(body="return a - b"))
    forget(registry, "add", 2)

    assert registry.publish(yaml(body="return a * b")).version.version == 3
    assert registry.publish(yaml(body="return a - b")).version.version == 4


def test_the_object_goes_with_its_last_version(registry: Registry):
    registry.publish(yaml())
    forget(registry, "add", 1)

    with pytest.raises(ObjectNotFound):
        registry.load("add")


def test_folders_stay_while_they_are_held_and_go_when_they_are_not(registry: Registry):
    version = registry.publish(yaml()).version
    registry.objects.hold(version)
    forget(registry, "add")

    assert registry.run(registry.objects.sweep()) == 0
    assert version.bundle_folder.exists()

    registry.objects.release(version)
    assert registry.run(registry.objects.sweep(in_use=[version.content_hash])) == 0
    assert registry.run(registry.objects.sweep()) == 1
    assert not version.bundle_folder.exists()


def test_a_sweep_takes_what_a_killed_daemon_left_half_done(registry: Registry):
    version = registry.publish(yaml()).version
    (registry.home.bundles / ".new-0123").mkdir()

    assert registry.run(registry.objects.sweep()) == 1
    assert [folder.name for folder in registry.home.bundles.iterdir()] == [version.content_hash]


def test_two_objects_of_one_content_share_a_folder_and_keep_it(registry: Registry):
    version = registry.publish(yaml(), name="one").version
    registry.publish(yaml(), name="two")
    forget(registry, "one")
    registry.run(registry.objects.sweep())

    assert version.bundle_folder.exists()


def test_what_was_forgotten_is_swept_when_the_daemon_stops(registry: Registry):
    gone = registry.publish(yaml(), name="gone").version
    kept = registry.publish(yaml(body="return a")).version
    forget(registry, "gone")
    registry.run(registry.objects.close())

    assert not gone.bundle_folder.exists()
    assert kept.bundle_folder.exists()
