"""From the language to what the runtime runs: pipelines as plans, bundles as folders."""

from __future__ import annotations

import json
import os
import re
import shutil
import uuid
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from spl.core import graph
from spl.core.entities.bundle import Bundle
from spl.core.entities.function import Function
from spl.core.entities.node import Node, OutputRef
from spl.core.entities.node_function import NodeFunction
from spl.core.entities.node_remote import NodeRemote
from spl.core.entities.pipeline import Pipeline
from spl.core.entities.scalar import Scalar
from spl.core.errors import InvalidBundle, PipelineError, ValueNotEncodable
from spl.core.execution.late_imports import late_imports
from spl.runtime.plan import FORMAT
from spl.runtime.values import Doc, NotEncodable, encode

BUNDLE_FORMAT = 1
MAX_PATH = 200
"""Letters of a path inside a bundle: with a home in front of it, it still fits where paths end at 260."""

type Encode = Callable[[Scalar, str], Doc]

_PART = re.compile(r"[^\x00-\x1f\\/:*?\"<>|\x7f]+")
_DEVICES = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(\..*)?", re.IGNORECASE)


def encoded(scalar: Scalar, where: str) -> Doc:
    """A constant's document.

    Raises:
        ValueNotEncodable: `where` tells which.
    """
    if scalar.encoded:
        return scalar.value
    try:
        return encode(scalar.value, root=where)
    except NotEncodable as error:
        hint = "Bind JSON-like data, a dataframe or an array, or make the value in a function of its own."
        raise ValueNotEncodable(f"A pipeline's constant can't be kept in its bundle: {error}", hint=hint) from error


def plan_of(
    pipeline: Pipeline, encode: Encode = encoded, name_of: Callable[[Function], str] | None = None
) -> dict[str, Any]:
    """The plan of a pipeline (see `spl.runtime.plan`).

    Args:
        encode: how constants are written; called with the constant and `node.port`.
        name_of: what a function is called in the plan; by default by its name.

    Raises:
        PipelineError: the pipeline is not well formed.
    """
    order = graph.order(pipeline.check().predecessors())
    links: dict[str, dict[str, OutputRef | Scalar]] = {}
    for target, source in pipeline.links.items():
        links.setdefault(target.node, {})[target.port] = source
    return {
        "format": FORMAT,
        "inputs": [{"name": port.name, "required": port.required} for port in pipeline.inputs],
        "steps": [
            {
                "id": node_id,
                **_callee(pipeline.nodes[node_id], name_of),
                "args": _arguments(pipeline.nodes[node_id], links.get(node_id, {}), encode),
            }
            for node_id in order
        ],
        "aliases": dict(pipeline.aliases),
        "sinks": pipeline.sinks,
    }


def runtime_bundle(bundle: Bundle) -> dict[str, Any]:
    """What the runtime has to know about a bundle, beside its sources."""
    return {
        "format": BUNDLE_FORMAT,
        "entrypoint": bundle.entrypoint,
        "modules": {one.name: {"path": one.path, "constants": dict(one.constants)} for one in bundle.modules},
        "functions": {one.name: _function(one) for one in bundle.functions},
        "plans": {one.name: plan_of(one) for one in bundle.pipelines},
        "late_imports": late_imports(bundle),
    }


def write_bundle_folder(bundle: Bundle, folder: Path) -> Path:
    """Write `bundle.json` and the sources below `src`: whole, or not at all.

    An empty folder is filled where it stands. One with content is left as it is: bundle folders are named by content.

    Raises:
        InvalidBundle: a path leads out of the folder, or there are two for one file.
    """
    files = dict(_files(bundle))
    if folder.is_dir():
        if not any(folder.iterdir()):
            _fill(folder, files)
        return folder
    folder.parent.mkdir(parents=True, exist_ok=True)
    beside = folder.with_name(f".{folder.name}.{uuid.uuid4().hex[:12]}")
    try:
        beside.mkdir()
        _fill(beside, files)
        beside.rename(folder)
    except OSError:
        if not folder.is_dir():  # else somebody was quicker with the same content
            raise
    finally:
        shutil.rmtree(beside, ignore_errors=True)
    return folder


def _callee(node: Node, name_of: Callable[[Function], str] | None) -> dict[str, Any]:
    if isinstance(node, NodeFunction):
        return {"function": name_of(node.function) if name_of else node.function.name}
    if isinstance(node, NodeRemote):
        names = ("url", "owner", "library", "name", "function", "version", "target_machine")
        return {
            "remote": {name: getattr(node, name) for name in names},
            "outputs": [port.name for port in node.outputs],
        }
    raise PipelineError(f"Node {node.id!r} is of an unknown kind, {type(node).__name__}.")


def _arguments(node: Node, links: Mapping[str, OutputRef | Scalar], encode: Encode) -> dict[str, list[Any]]:
    """Where each port's value comes from, in the order of the ports; what a `**options` port takes comes last."""
    arguments: dict[str, list[Any]] = {}
    for name in dict.fromkeys([*[port.name for port in node.inputs], *links]):
        source = links.get(name)
        if source is None:
            arguments[name] = ["input", name]
        elif isinstance(source, OutputRef):
            arguments[name] = ["step", source.node, source.port]
        else:
            arguments[name] = ["const", encode(source, f"{node.id}.{name}")]
    return arguments


def _function(function: Function) -> dict[str, Any]:
    return {
        "module": function.module,
        "qualname": function.qualname,
        "kind": str(function.kind),
        "inputs": ports_of(function),
    }


def ports_of(function: Function) -> list[dict[str, Any]]:
    """The inputs as the runtime reads them."""
    return [{"name": port.name, "kind": str(port.kind), "required": port.required} for port in function.inputs]


def _files(bundle: Bundle) -> Iterator[tuple[str, bytes]]:
    """Every file of the folder by its path."""
    yield "bundle.json", json.dumps(runtime_bundle(bundle), ensure_ascii=False, allow_nan=False).encode("utf-8")
    files = [(module.path, _text(module.path, module.source)) for module in bundle.modules]
    files += [(file.path, file.content) for file in bundle.files]
    seen: set[str] = set()
    for path, content in files:
        check_path(path)
        if path.casefold() in seen:
            raise InvalidBundle(f"Two files of the bundle are at {path!r}.")
        seen.add(path.casefold())
        yield f"src/{path}", content
    for path in seen:
        if any(parent in seen for parent in _parents(path)):
            raise InvalidBundle(f"{path!r} is below another file of the bundle.")


def check_path(path: str) -> None:
    """Whether a path stays inside the folder, and means the same on every system.

    Raises:
        InvalidBundle: it doesn't.
    """
    parts = path.split("/")
    good = all(_PART.fullmatch(part) and not _DEVICES.fullmatch(part) and part[-1] not in ". " for part in parts)
    if not good or len(path) > MAX_PATH:
        raise InvalidBundle(
            f"{path!r} can't be the path of a file in a bundle.", hint="Paths are like `pkg/module.py`."
        )


def _parents(path: str) -> list[str]:
    parts = path.split("/")[:-1]
    return ["/".join(parts[: at + 1]) for at in range(len(parts))]


def _text(path: str, source: str) -> bytes:
    try:
        return source.encode("utf-8")
    except UnicodeEncodeError as error:
        raise InvalidBundle(f"The source of {path!r} is not text that UTF-8 can hold.") from error


def _fill(folder: Path, files: Mapping[str, bytes]) -> None:
    for name, content in files.items():
        path = folder.joinpath(*name.split("/"))
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())  # the folder's name vouches for its content, after a power cut too
