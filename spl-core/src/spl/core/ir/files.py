"""Bundles as files: to one file, to a folder with its modules as real files, and back."""

from __future__ import annotations

import io
import os
from base64 import b64encode
from collections.abc import Callable, MutableMapping, Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any
from uuid import uuid4

from spl.core.entities.bundle import Bundle
from spl.core.entities.function import Function
from spl.core.entities.node import Node
from spl.core.entities.node_function import NodeFunction
from spl.core.entities.pipeline import Pipeline
from spl.core.entities.scalar import Scalar
from spl.core.errors import InvalidBundle
from spl.core.ir import text as yaml_text
from spl.core.ir.check import check
from spl.core.ir.decode import decode
from spl.core.ir.document import TEXT_LIMIT, Document
from spl.core.ir.encode import encode
from spl.core.ir.paths import problem_of
from spl.core.ir.places import Lines, refusal, shown

BUNDLE_FILE = "bundle.yaml"
SOURCES = "src"
"""The folder of the modules and data files, beside the document of a folder export."""

type Exportable = Callable[..., Any] | Function | Pipeline


# --- text -------------------------------------------------------------------------------------------------------------


def dump_bundle(bundle: Bundle) -> str:
    """The SPL/YAML text of a bundle. Equal bundles give equal text.

    Raises:
        InvalidBundle: it can't be written, or would be larger than a reader takes.
        ValueNotEncodable: a constant can't travel.
    """
    return yaml_text.dump(encode(bundle))


def bundle_from_text(text: str) -> Bundle:
    """The bundle in a text from anywhere, also one that splime 0.2-0.4 wrote. No file is read, no code of it runs.

    Raises:
        InvalidBundle: it names the path in the document and the line.
    """
    return _read(text, None)


def load_bundle(source: str | os.PathLike[str]) -> Bundle:
    """The bundle in a file, in a folder written by `spl_export_to_dir`, or in a text.

    A string is a text if it has several lines, else a path.

    Raises:
        InvalidBundle: there is no such file, or no bundle in it.
    """
    if isinstance(source, str) and (not source.strip() or "\n" in source):
        return bundle_from_text(source)
    path = Path(source)
    if path.is_dir():
        path = path / BUNDLE_FILE
    content = _content(path)
    try:
        return _read(content.decode("utf-8-sig"), path)
    except UnicodeDecodeError as error:
        raise InvalidBundle(f"{path} is not UTF-8 text: {error.reason} at byte {error.start}.") from None


def _read(text: str, path: Path | None) -> Bundle:
    if _is_legacy(text):
        from spl.core.ir import legacy

        return legacy.read(text, path)
    document, lines = yaml_text.load(text)
    if path is not None and "source_file" in text:
        check(document, lines)
        _fill_in(document, lines, path.parent)
    return decode(document, lines)


def _is_legacy(text: str) -> bool:
    """Whether the first thing in the text is a list: splime 0.2-0.4 wrote a stream of lists."""
    for line in io.StringIO(text.removeprefix("\ufeff")):
        said = line.strip().removeprefix("---").lstrip()
        if said and not said.startswith("#"):
            return said[0] in "-["
    return False


def _content(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            content = file.read(TEXT_LIMIT + 1)
    except (OSError, ValueError) as error:
        problem = getattr(error, "strerror", None) or str(error)
        raise InvalidBundle(
            f"{path} can't be read: {problem}.", hint="Give the path of a file that spl_export_to_file wrote."
        ) from None
    if len(content) > TEXT_LIMIT:
        raise InvalidBundle(f"{path} is larger than {TEXT_LIMIT:,} bytes.")
    return content


# --- export -----------------------------------------------------------------------------------------------------------


def spl_export_to_file(
    path: str | os.PathLike[str],
    objects: Sequence[Exportable] | Exportable | Bundle,
    *,
    entrypoint: str | None = None,
) -> Bundle:
    """Write functions and pipelines, and all that they need to run elsewhere, to one SPL/YAML file.

    Args:
        entrypoint: the name of the one that a call of the bundle runs; the first, if not given.

    Raises:
        CaptureError: one of them can't be captured; it says why, and the way out.
    """
    bundle = _captured(objects, entrypoint)
    _write(Path(path), dump_bundle(bundle).encode("utf-8"))
    return bundle


def spl_export_to_dir(
    path: str | os.PathLike[str],
    objects: Sequence[Exportable] | Exportable | Bundle,
    *,
    entrypoint: str | None = None,
) -> Bundle:
    """Write the same as `spl_export_to_file` to a folder: `bundle.yaml`, and the modules and data files below `src`.

    Edit the files there as code; `spl_import_from_file` reads the folder back.
    """
    bundle = _captured(objects, entrypoint)
    folder = Path(path)
    document = encode(bundle)
    for part in (*document.get("modules", ()), *document.get("files", ())):
        part.pop("source", None)
        part.pop("base64", None)
        part["source_file"] = f"{SOURCES}/{part['path']}"
    text = yaml_text.dump(document)
    contents = {module.path: module.source.encode("utf-8") for module in bundle.modules}
    for name, content in (contents | {file.path: file.content for file in bundle.files}).items():
        problem = problem_of(name)
        if problem:
            raise InvalidBundle(f"The path {shown(name)} {problem}.")
        _write(folder / SOURCES / name, content)
    _write(folder / BUNDLE_FILE, text.encode("utf-8"))
    return bundle


def _captured(objects: Sequence[Exportable] | Exportable | Bundle, entrypoint: str | None) -> Bundle:
    if isinstance(objects, Bundle):
        bundle = objects
    else:
        from spl.core.capture import capture

        bundle = capture(list(objects) if isinstance(objects, Sequence) else [objects]).bundle
    if entrypoint is None:
        return bundle
    if bundle.function(entrypoint) is None and bundle.pipeline(entrypoint) is None:
        names = ", ".join([*(part.name for part in bundle.pipelines), *(part.name for part in bundle.functions)])
        raise InvalidBundle(f"The entrypoint {entrypoint!r} is not among what is exported.", hint=f"Exported: {names}.")
    return replace(bundle, entrypoint=entrypoint)


def _write(path: Path, content: bytes) -> None:
    """Whole or not at all: a reader never meets half a file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_name(f".{path.name}.{uuid4().hex}")
    try:
        beside.write_bytes(content)
        beside.replace(path)
    except OSError:
        with suppress(OSError):
            beside.unlink()
        raise


# --- import -----------------------------------------------------------------------------------------------------------


def spl_import_from_file(path: str | os.PathLike[str], namespace: MutableMapping[str, Any]) -> Bundle:
    """Load a bundle into this process, and put its functions and pipelines into `namespace`, by name.

    Nothing else gets into the namespace. What was loaded runs here with `Deployment`, and can be published again with
    nothing lost. A pipeline goes before a function of the same name.

    Args:
        path: a file, or a folder written by `spl_export_to_dir`.

    Returns:
        The bundle that was read.

    Raises:
        InvalidBundle: it names the path in the document and the line.
        Exception: whatever the bundle's own code raises when it is imported.
    """
    from spl.core.execution.loading import load

    bundle = load_bundle(path)
    loaded = load(bundle)
    live = {function.name: replace(function, callable=loaded.functions[function.name]) for function in bundle.functions}
    namespace.update(loaded.functions)
    namespace.update({pipeline.name: _live(pipeline, live, loaded.type_of) for pipeline in bundle.pipelines})
    return bundle


def _live(pipeline: Pipeline, functions: dict[str, Function], types: Callable[[str, str], type | None]) -> Pipeline:
    def revived(node: Node) -> Node:
        return replace(node, function=functions[node.function.name]) if isinstance(node, NodeFunction) else node

    nodes = {node_id: revived(node) for node_id, node in pipeline.nodes.items()}
    links = {ref: _rebuilt(link, types) if isinstance(link, Scalar) else link for ref, link in pipeline.links.items()}
    return replace(pipeline, nodes=nodes, links=links)


def _rebuilt(scalar: Scalar, types: Callable[[str, str], type | None]) -> Scalar:
    """A constant of a class that the bundle defines, as an object of that class; any other stays as it was written."""
    from spl.runtime.values import NotDecodable, decode

    used = False

    def watched(module: str, qualname: str) -> type | None:
        nonlocal used
        found = types(module, qualname)
        used = used or found is not None
        return found

    if not isinstance(scalar.value, dict | list):
        return scalar
    try:
        value = decode(scalar.value, types=watched)
    except NotDecodable:
        return scalar  # whoever runs the pipeline says so, and which node it is
    return Scalar(value) if used else scalar


def _fill_in(document: Document, lines: Lines, folder: Path) -> None:
    """Read the files that the document refers to into it."""
    for section, key in (("modules", "source"), ("files", "base64")):
        for index, part in enumerate(document.get(section, ())):
            if "source_file" not in part:
                continue
            try:
                content = _content(_inside(folder, part.pop("source_file")))
                part[key] = content.decode("utf-8-sig") if key == "source" else b64encode(content).decode("ascii")
            except (InvalidBundle, UnicodeDecodeError) as error:
                problem = error.message if isinstance(error, InvalidBundle) else f"it is not UTF-8: {error.reason}."
                raise refusal([section, index, "source_file"], problem, lines) from None


def _inside(folder: Path, name: str) -> Path:
    """The file of this name in the folder; a link may not lead out of it."""
    problem = problem_of(name)
    if problem:
        raise InvalidBundle(f"the path {shown(name)} {problem}.")
    path = (folder / name).resolve()
    if not path.is_relative_to(folder.resolve()):
        raise InvalidBundle(f"the path {shown(name)} leads out of the folder.")
    return path
