"""After a publish: the environment is built, the bundle imported, and the outcome kept."""

from __future__ import annotations

import pytest

from spl.core.errors import RunFailed
from spl.daemon.objects import readiness as readiness_module

from .conftest import Registry, pinned, yaml

PATIENCE = 60.0


def ready(registry: Registry, ref: str = "add", *, seconds: float = PATIENCE, warm=None):
    return registry.run(registry.objects.ready(ref, seconds=seconds, warm=warm))[1]


def test_a_published_version_becomes_ready_by_itself(registry: Registry):
    imported = []

    async def warm(version):
        imported.append(version.id)

    published = registry.publish(yaml(), warm=warm)
    outcome = ready(registry, warm=warm)

    assert outcome.to_json() | {"line": ""} == {"ready": True, "status": "ready", "line": "", "error": None}
    assert imported == [published.version.id]


def test_a_bundle_that_can_not_be_imported_says_so(registry: Registry):
    async def warm(version):
        raise RunFailed("No module named 'nope'", reason="import_failed", type="ModuleNotFoundError")

    registry.publish(yaml(), warm=warm)
    outcome = ready(registry, warm=warm).to_json()

    assert (outcome["ready"], outcome["status"]) == (False, "failed")
    assert "nope" in outcome["error"]["detail"]


def test_a_fault_of_ours_is_told_as_one_and_logged(registry: Registry, caplog: pytest.LogCaptureFixture):
    async def warm(version):
        raise ZeroDivisionError("secret details")

    registry.publish(yaml(), warm=warm)
    outcome = ready(registry, warm=warm).to_json()

    assert outcome["error"]["code"] == "internal_error"
    assert "secret" not in str(outcome)
    assert "secret details" in caplog.text


def test_a_package_that_does_not_exist_is_told_in_the_installers_words(registry: Registry, monkeypatch):
    monkeypatch.setenv("UV_OFFLINE", "1")
    registry.publish(yaml(dependencies=pinned("surely-not-a-package-of-anybody==1.0")))
    outcome = ready(registry).to_json()

    assert outcome["status"] == "failed"
    assert "surely-not-a-package-of-anybody" in outcome["error"]["detail"] + str(outcome["error"].get("hint"))


def test_who_does_not_wait_is_told_how_far_it_is(registry: Registry):
    async def never(version):
        import asyncio

        await asyncio.Event().wait()

    registry.publish(yaml(), warm=never)

    assert ready(registry, seconds=0.0, warm=never).status in ("building", "importing")


def test_a_failure_is_not_for_ever(registry: Registry, monkeypatch: pytest.MonkeyPatch):
    attempts = []

    async def warm(version):
        attempts.append(version)
        if len(attempts) == 1:
            raise RunFailed("not yet", reason="import_failed")

    registry.publish(yaml(), warm=warm)
    assert ready(registry, warm=warm).status == "failed"
    assert ready(registry, warm=warm).status == "failed"
    monkeypatch.setattr(readiness_module, "FAILURE_KEPT_SECONDS", 0.0)

    assert ready(registry, warm=warm).status == "ready"


def test_after_a_restart_readiness_is_found_out_again(registry: Registry):
    registry.publish(yaml())
    ready(registry)
    registry.objects._preparations._known.clear()

    assert ready(registry).status == "ready"


def test_closing_ends_what_is_under_way(registry: Registry):
    import asyncio

    async def never(version):
        await asyncio.Event().wait()

    registry.publish(yaml(), warm=never)
    outcome = ready(registry, seconds=0.0, warm=never)
    registry.run(registry.objects.close())

    assert outcome.status == "failed"
