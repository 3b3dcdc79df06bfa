"""Breaks one promise in the processes that find this folder first on their path; SPL_TEST_DEFECT says which."""

import asyncio
import importlib.abc
import importlib.machinery
import importlib.util
import os
import signal
import sys
import time
from collections.abc import Callable, Sequence
from types import ModuleType
from typing import Any

BUSY: list[Any] = []


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


def busy_loop(link: ModuleType) -> None:
    """The event loop turns for nobody for SPL_TEST_BUSY_SECONDS, once the file SPL_TEST_BUSY is there."""
    begin = link.__dict__["Link"].begin

    async def look() -> None:
        while not os.path.exists(os.environ["SPL_TEST_BUSY"]):
            await asyncio.sleep(0.05)
        end = time.monotonic() + float(os.environ["SPL_TEST_BUSY_SECONDS"])
        while time.monotonic() < end:
            pass

    def begun(self: Any) -> None:
        begin(self)
        BUSY.append(asyncio.create_task(look()))

    link.__dict__["Link"].begin = begun


def busy_loop_without_heart(link: ModuleType) -> None:
    """The same, and nothing beats beside the loop."""
    busy_loop(link)
    link.__dict__["Heart"].beat = lambda self, pulse: None


DEFECTS: dict[str, tuple[str, Callable[[ModuleType], None]]] = {
    "busy_loop": ("spl.daemon.server_link.link", busy_loop),
    "busy_loop_without_heart": ("spl.daemon.server_link.link", busy_loop_without_heart),
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
