"""Ends the server that finds this folder first on its path at its next commit, once the file SPL_TEST_DIE is there.

`before` the commit, `after` it while nobody was told, or, which no server may, `told` of it before it happens.
"""

import importlib.abc
import importlib.machinery
import os
import signal
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from types import ModuleType
from typing import Any

MODULE = "daemon_server.db.writer"
ARMED = Path(os.environ.get("SPL_TEST_DIE", "/nonexistent"))


class Dying:
    """A connection whose commit may be the last thing that its process does, or nearly."""

    def __init__(self, raw: Any, moment: str, settle: Any) -> None:
        self.__dict__.update(raw=raw, moment=moment, settle=settle)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.raw, name)

    def execute(self, statement: str, *more: Any) -> Any:
        if statement != "COMMIT":
            return self.raw.execute(statement, *more)
        if self.moment == "told":
            self.settle()
            time.sleep(0.3)
        if self.moment == "after":
            self.raw.execute(statement)
        return os.kill(os.getpid(), signal.SIGKILL)


def dying(writer: ModuleType) -> None:
    kind = writer.__dict__["Writer"]
    attempt = kind._attempt

    def last(self: Any, group: Any) -> None:
        if not ARMED.exists():
            return attempt(self, group)
        raw, self._raw = self._raw, Dying(self._raw, ARMED.read_text(), lambda: writer.__dict__["_settle"](group))
        try:
            return attempt(self, group)
        finally:
            self._raw = raw

    kind._attempt = last


class Finding(importlib.abc.MetaPathFinder):
    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        if fullname != MODULE:
            return None
        spec = importlib.machinery.PathFinder.find_spec(fullname, path)
        assert spec is not None and spec.loader is not None
        load = spec.loader.exec_module

        def loaded(module: ModuleType) -> None:
            load(module)
            dying(module)

        spec.loader.exec_module = loaded  # type: ignore[method-assign]
        return spec


sys.meta_path.insert(0, Finding())
