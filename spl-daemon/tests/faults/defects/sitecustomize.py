"""Breaks one promise in the processes that find this folder first on their path; SPL_TEST_DEFECT says which."""

import importlib.abc
import importlib.machinery
import importlib.util
import os
import signal
import sys
from collections.abc import Callable, Sequence
from types import ModuleType


def starts_unasked(carrier: ModuleType) -> None:
    """A machine starts user code without permission."""

    async def permitted(self: object, held: object) -> bool:
        return True

    carrier.__dict__["Carrier"]._permitted = permitted


def dies_before_noting(kept_calls: ModuleType) -> None:
    """A machine is cut off from power when the server has a call, and the machine has not noted it."""

    async def note(self: object, call: object, run_id: str) -> None:
        os.kill(os.getpid(), signal.SIGKILL)

    kept_calls.__dict__["KeptCalls"]._note = note


DEFECTS: dict[str, tuple[str, Callable[[ModuleType], None]]] = {
    "dies_before_noting": ("spl.daemon.server_link.kept_calls", dies_before_noting),
    "starts_unasked": ("spl.daemon.server_link.carrier", starts_unasked),
}


class Breaking(importlib.abc.MetaPathFinder):
    """Finds the module as everybody else does, and breaks it once it is loaded."""

    def __init__(self, name: str, break_it: Callable[[ModuleType], None]) -> None:
        self.name, self.break_it = name, break_it

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        if fullname != self.name:
            return None
        spec = importlib.machinery.PathFinder.find_spec(fullname, path)
        assert spec is not None and spec.loader is not None
        load = spec.loader.exec_module

        def broken(module: ModuleType) -> None:
            load(module)
            self.break_it(module)

        spec.loader.exec_module = broken  # type: ignore[method-assign]
        return spec


if (wanted := os.environ.get("SPL_TEST_DEFECT")) is not None:
    sys.meta_path.insert(0, Breaking(*DEFECTS[wanted]))
