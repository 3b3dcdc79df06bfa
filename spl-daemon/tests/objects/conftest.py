"""A registry of its own for each test: real database, real environments, no HTTP."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from spl.core.entities.bundle import Bundle, Distribution, Module
from spl.core.entities.function import Function
from spl.core.entities.node import InputRef, OutputRef
from spl.core.entities.node_function import NodeFunction
from spl.core.entities.pipeline import Pipeline
from spl.core.entities.port import InputPort, OutputPort
from spl.core.ir.files import dump_bundle
from spl.daemon.db import Database
from spl.daemon.environments import Environments
from spl.daemon.home import Home
from spl.daemon.objects.schemas import PublishRequest
from spl.daemon.objects.service import Objects
from spl.daemon.settings import Settings

INTEGER = {"type": "integer"}


def function(name: str = "add", **about: Any) -> Function:
    ports = (InputPort("a", "int", schema=INTEGER), InputPort("b", "int", "1", schema=INTEGER))
    return Function(name, ports, (OutputPort(type="int"),), module="main", qualname=name, **about)


def bundle(name: str = "add", *, body: str = "return a + b", **about: Any) -> Bundle:
    """A bundle of one function of `a` and `b`."""
    source = f"def {name}(a: int, b: int = 1) -> int:\n    {body}\n"
    return Bundle(
        entrypoint=name,
        python="3.13.0",
        modules=(Module("main", "main.py", source),),
        functions=(function(name, doc="Adds."),),
        **about,
    )


def pipeline_bundle() -> Bundle:
    """A pipeline of two steps, `total` and its alias `result`."""
    double = Function(
        "double", (InputPort("x", "int", schema=INTEGER),), (OutputPort(type="int"),), module="main", qualname="double"
    )
    add = function()
    source = "def add(a: int, b: int = 1) -> int:\n    return a + b\n\n\ndef double(x: int) -> int:\n    return 2 * x\n"
    nodes = {"add": NodeFunction("add", add), "double": NodeFunction("double", double)}
    links = {InputRef("double", "x"): OutputRef("add")}
    pipeline = Pipeline("total", nodes, links, {"result": "double"})
    return Bundle(
        entrypoint="total",
        modules=(Module("main", "main.py", source),),
        functions=(add, double),
        pipelines=(pipeline,),
    )


def yaml(name: str = "add", **about: Any) -> str:
    return dump_bundle(bundle(name, **about))


@dataclass
class Registry:
    """The objects of one home, for synchronous tests."""

    objects: Objects
    environments: Environments
    db: Database
    home: Home
    run: Callable[[Awaitable[Any]], Any]

    def publish(self, text: str, *, warm: Any = None, **about: Any) -> Any:
        return self.run(self.objects.publish(PublishRequest(yaml=text, **about), warm=warm))

    def load(self, ref: str, version: int | None = None) -> Any:
        return self.run(self.objects.load(ref, version))


@pytest.fixture
def registry(home: Home) -> Iterator[Registry]:
    with asyncio.Runner() as runner:
        db = Database.open(home.database)
        environments = Environments(settings=Settings(home=home.root), home=home, db=db)
        objects = Objects(db, home, environments)
        runner.run(environments.register("default", sys.executable))
        yield Registry(objects, environments, db, home, runner.run)
        runner.run(objects.close())
        runner.run(environments.close())
        db.close()


def pinned(*lines: str) -> tuple[Distribution, ...]:
    return tuple(Distribution(*line.split("==")) for line in lines)
