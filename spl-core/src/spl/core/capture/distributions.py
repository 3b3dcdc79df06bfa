"""Installed distributions: which one provides a module, at which version, and what it needs itself."""

from __future__ import annotations

import importlib.metadata as metadata
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from spl.core.capture.markers import canonical, parse_requirement
from spl.core.entities.bundle import Distribution

COMMON_NAMES = {
    "Crypto": "pycryptodome",
    "MySQLdb": "mysqlclient",
    "OpenSSL": "pyopenssl",
    "PIL": "pillow",
    "attr": "attrs",
    "bs4": "beautifulsoup4",
    "cv2": "opencv-python",
    "dateutil": "python-dateutil",
    "docx": "python-docx",
    "dotenv": "python-dotenv",
    "faiss": "faiss-cpu",
    "fitz": "pymupdf",
    "git": "gitpython",
    "google.protobuf": "protobuf",
    "jose": "python-jose",
    "jwt": "pyjwt",
    "kafka": "kafka-python",
    "magic": "python-magic",
    "nacl": "pynacl",
    "pkg_resources": "setuptools",
    "pptx": "python-pptx",
    "psycopg2": "psycopg2-binary",
    "serial": "pyserial",
    "skimage": "scikit-image",
    "sklearn": "scikit-learn",
    "slugify": "python-slugify",
    "umap": "umap-learn",
    "yaml": "pyyaml",
    "zmq": "pyzmq",
}
"""What to install for an import, where the two names differ."""

_COMPILED = (".so", ".pyd", ".dylib", ".dll")

_providers: Mapping[str, list[str]] | None = None


@dataclass(frozen=True, slots=True)
class Direct:
    """An installation that no index has (PEP 610).

    Attributes:
        url: where it came from.
        kind: `dir`, `vcs` or `archive`.
        pure: whether it is Python source alone.
    """

    url: str
    kind: str
    pure: bool


def guess(module: str) -> str:
    """What one would have to install to import a module."""
    return COMMON_NAMES.get(module) or COMMON_NAMES.get(module.partition(".")[0]) or module.partition(".")[0]


def providers(module: str, file: Path | None = None) -> list[str]:
    """The distributions that may have brought a module, the likeliest first; several are an ambiguity.

    Args:
        module: its dotted name.
        file: where it is, to tell the portions of a namespace package apart.
    """
    top = module.partition(".")[0]
    if top == "spl":
        return ["spl-framework"]
    found = _by_top_name(top)
    if len(found) < 2 or file is None:
        return found
    exact = [name for name in found if _has_file(name, file)]
    return exact or found


def _by_top_name(top: str) -> list[str]:
    """Reading every installed distribution takes a while, so it is done once, and again when a name is not there."""
    global _providers
    for attempt in (0, 1):
        if _providers is None or attempt:
            _providers = metadata.packages_distributions()
        if top in _providers:
            return sorted({canonical(name) for name in _providers[top]})
    return []


def _has_file(name: str, file: Path) -> bool:
    try:
        files = metadata.distribution(name).files or ()
    except metadata.PackageNotFoundError:
        return False
    return any(each.name == file.name and Path(str(each.locate())).resolve() == file.resolve() for each in files)


def version_of(name: str) -> str | None:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return None


def direct_of(name: str) -> Direct | None:
    """Where a distribution was installed from, if not from an index."""
    try:
        distribution = metadata.distribution(name)
        text = distribution.read_text("direct_url.json")
    except metadata.PackageNotFoundError:
        return None
    if not text:
        return None
    document: dict[str, Any] = json.loads(text)
    kind = "vcs" if "vcs_info" in document else "archive" if "archive_info" in document else "dir"
    pure = not any(each.name.endswith(_COMPILED) for each in distribution.files or ())
    return Direct(str(document.get("url", "")), kind, pure)


def closure(direct: Iterable[Distribution]) -> list[Distribution]:
    """All installed distributions that the direct ones need, those themselves left out, by name."""
    roots = {one.package for one in direct}
    waiting: list[tuple[str, tuple[str, ...]]] = [(name, ()) for name in sorted(roots)]
    seen: set[tuple[str, tuple[str, ...]]] = set()
    found: dict[str, str] = {}
    while waiting:
        name, wanted = waiting.pop()
        if (name, wanted) in seen:
            continue
        seen.add((name, wanted))
        try:
            distribution = metadata.distribution(name)
        except metadata.PackageNotFoundError:
            continue
        if name not in roots:
            found[name] = distribution.version
        for line in distribution.requires or ():
            requirement = parse_requirement(line)
            if requirement is not None and requirement.applies(wanted):
                waiting.append((requirement.name, requirement.extras))
    return [Distribution(name, version) for name, version in sorted(found.items())]
