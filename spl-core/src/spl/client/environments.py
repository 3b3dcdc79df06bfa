"""Named base Pythons, and the cached environments built from them."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from spl.client.feature import Feature
from spl.core.errors import EnvironmentBuildFailed
from spl.core.wire import environments as wire
from spl.core.wire.base import Flow, Pause, Request

if TYPE_CHECKING:
    from spl.client.display.views import (
        EnvironmentBuildListView,
        EnvironmentBuildView,
        EnvironmentTable,
        EnvironmentView,
        ReceiptView,
    )

BUILD_STEP = 20.0
"""Seconds that one request waits for a build; longer builds are asked about again."""

BUILD_LOOK = 0.5
"""Seconds between two looks at a build that outlasted its request: builds take seconds to minutes."""


class Environments(Feature):
    """The verbs about environments."""

    def register_env(self, name: str = "default", python: str | None = None) -> EnvironmentView:
        """Give a Python a name that objects are published for.

        Args:
            python: path of its executable; None means the interpreter of this process.

        Raises:
            NotAPython: there is no Python there that the daemon can run.
        """
        from spl.client.display.views import EnvironmentView

        return EnvironmentView(self._json(wire.register_env(name, python or sys.executable)))

    def envs(self) -> EnvironmentTable:
        """The named Pythons, by name."""
        return self._do(envs())

    def remove_env(self, name: str) -> ReceiptView:
        """Take a name away. Objects published for it stay, and need it registered again before they run."""
        from spl.client.display.views import ReceiptView

        return ReceiptView(self._json(wire.remove_env(name)) or {"name": name, "removed": True})

    def environment_builds(self) -> EnvironmentBuildListView:
        """The cached environments."""
        return self._do(builds())

    def environment_build(self, spec_hash: str) -> EnvironmentBuildView:
        """One cached environment, with its requirements and the end of the installer's log."""
        from spl.client.display.views import EnvironmentBuildView

        return EnvironmentBuildView(self._json(wire.read_build(spec_hash)))

    def rebuild_environment(self, spec_hash: str, *, wait: bool = False) -> EnvironmentBuildView:
        """Build one anew, with `wait` to its end.

        Raises:
            EnvironmentBuildFailed: it could not be built; the message has the installer's words.
        """
        return self._do(rebuilt(spec_hash, wait))

    def remove_environment_build(self, spec_hash: str) -> ReceiptView:
        """Remove one; the next run that needs it builds it again.

        Raises:
            BuildInUse: runs are using it.
        """
        from spl.client.display.views import ReceiptView

        return ReceiptView(self._json(wire.remove_build(spec_hash)) or {"spec_hash": spec_hash, "removed": True})

    def prune_environment_builds(
        self, *, older_than_days: float | None = None, max_bytes: int | None = None, dry_run: bool = False
    ) -> ReceiptView:
        """Remove those that were not used for long, or the least used until they fit into `max_bytes`."""
        from spl.client.display.views import ReceiptView

        return ReceiptView(self._json(wire.prune_builds(older_than_days, max_bytes, dry_run)))


def envs() -> Flow[EnvironmentTable]:
    from spl.client.display.views import EnvironmentTable

    items = (yield wire.list_envs()).json()["items"]
    return EnvironmentTable({item["name"]: item for item in items})


def builds() -> Flow[EnvironmentBuildListView]:
    from spl.client.display.views import EnvironmentBuildListView

    return EnvironmentBuildListView((yield from every_page(wire.list_builds)))


def rebuilt(spec_hash: str, wait: bool) -> Flow[EnvironmentBuildView]:
    from spl.client.display.views import EnvironmentBuildView

    document = (yield wire.rebuild(spec_hash, BUILD_STEP if wait else 0.0)).json()
    while wait and document.get("status") == "building":
        yield Pause(BUILD_LOOK)
        document = (yield wire.read_build(spec_hash)).json()
    if wait and document.get("status") == "failed":
        raise EnvironmentBuildFailed(
            str(document.get("error") or "The environment could not be built."), reason="env_build_failed"
        )
    return EnvironmentBuildView(document)


def every_page(ask: Callable[[str | None], Request]) -> Flow[list[dict[str, Any]]]:
    """The rows of all pages."""
    rows: list[dict[str, Any]] = []
    cursor: str | None = None
    while True:
        page = (yield ask(cursor)).json()
        rows += page["items"]
        cursor = page["next"]
        if cursor is None:
            return rows
