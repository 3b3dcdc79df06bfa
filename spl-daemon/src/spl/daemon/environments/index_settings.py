"""Where packages come from: the user's pip settings, said in uv's words. What the user set for uv itself wins.

pip reads, later ones winning: the machine's pip.conf, the user's, that of the interpreter (`<prefix>/pip.conf`), the
file `PIP_CONFIG_FILE` names, and `PIP_*` variables. `[install]` is nearer than `[global]`, whichever file it is in.
"""

from __future__ import annotations

import configparser
import os
import sys
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

SECTIONS = ("global", "install")

# pip's settings that hold several values, separated by blanks or line ends
_LISTS = {"extra-index-url", "find-links", "trusted-host"}
_ALIASES = {"default-timeout": "timeout", "pypi-url": "index-url"}
_TRUE = {"1", "true", "yes", "on", "y", "t"}


@dataclass(frozen=True, slots=True)
class IndexSettings:
    """Variables and arguments that make uv look where pip would."""

    environment: Mapping[str, str] = field(default_factory=dict)
    arguments: tuple[str, ...] = ()


def index_settings(environ: Mapping[str, str], *, prefix: Path | None = None) -> IndexSettings:
    """uv's settings for what pip was told in `environ` and in its files; `prefix` is that of the base Python."""
    pip = pip_settings(environ, prefix=prefix)
    mapped = dict(_mapped(pip))
    chosen = {name: value for name, value in mapped.items() if not _decided(name, environ)}
    no_index = ("--no-index",) if pip.get("no-index", "").lower() in _TRUE else ()
    return IndexSettings(chosen, no_index)


def pip_settings(environ: Mapping[str, str], *, prefix: Path | None = None) -> dict[str, str]:
    """What pip would use for `pip install`, by pip's own names."""
    layers: dict[str, dict[str, str]] = {section: {} for section in SECTIONS}
    for file in pip_files(environ, prefix=prefix):
        for section, name, value in _read(file):
            layers[section][name] = value
    settings = {name: value for section in SECTIONS for name, value in layers[section].items()}
    settings.update(_from_environment(environ))
    return {_ALIASES.get(name, name): value for name, value in settings.items()}


def pip_files(environ: Mapping[str, str], *, prefix: Path | None = None) -> Iterator[Path]:
    """The files pip reads, in its order. `PIP_CONFIG_FILE=os.devnull` means none of them."""
    named = environ.get("PIP_CONFIG_FILE")
    if named == os.devnull:
        return
    name = "pip.ini" if sys.platform == "win32" else "pip.conf"
    yield from _machine_files(environ, name)
    yield from _user_files(environ, name)
    if prefix is not None:
        yield prefix / name
    if named:
        yield Path(named)


def _machine_files(environ: Mapping[str, str], name: str) -> Iterator[Path]:
    if sys.platform == "win32":
        yield Path(environ.get("PROGRAMDATA", r"C:\ProgramData")) / "pip" / name
    elif sys.platform == "darwin":
        yield Path("/Library/Application Support/pip") / name
    else:
        for folder in reversed((environ.get("XDG_CONFIG_DIRS") or "/etc/xdg").split(os.pathsep)):
            yield Path(folder) / "pip" / name
        yield Path("/etc") / name


def _user_files(environ: Mapping[str, str], name: str) -> Iterator[Path]:
    home = Path(environ.get("HOME") or Path.home())
    if sys.platform == "win32":
        yield home / "pip" / name
        yield Path(environ.get("APPDATA") or home / "AppData" / "Roaming") / "pip" / name
        return
    yield home / ".pip" / name
    application_support = home / "Library" / "Application Support" / "pip"
    if sys.platform == "darwin" and application_support.is_dir():
        yield application_support / name
        return
    yield Path(environ.get("XDG_CONFIG_HOME") or home / ".config") / "pip" / name


def _read(file: Path) -> Iterable[tuple[str, str, str]]:
    parser = configparser.RawConfigParser()
    try:
        parser.read(file, encoding="utf-8")
    except (configparser.Error, UnicodeDecodeError, OSError):
        return []  # pip would refuse to run; a build without those settings says more, in the installer's words
    return [
        (section, name.replace("_", "-").lower(), value)
        for section in SECTIONS
        if parser.has_section(section)
        for name, value in parser.items(section)
    ]


def _from_environment(environ: Mapping[str, str]) -> dict[str, str]:
    return {
        name.removeprefix("PIP_").lower().replace("_", "-"): value
        for name, value in environ.items()
        if name.startswith("PIP_") and value and name != "PIP_CONFIG_FILE"
    }


def _mapped(pip: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """pip's settings as variables of uv."""
    if index := pip.get("index-url", "").strip():
        yield "UV_DEFAULT_INDEX", index
    if extra := _values(pip, "extra-index-url"):
        yield "UV_INDEX", " ".join(extra)
        # pip takes the best version of all its indexes; uv would stop at the first that has the package
        yield "UV_INDEX_STRATEGY", "unsafe-best-match"
    if links := _values(pip, "find-links"):
        yield "UV_FIND_LINKS", ",".join(_absolute(link) for link in links)
    if trusted := _values(pip, "trusted-host"):
        yield "UV_INSECURE_HOST", " ".join(trusted)
    for name, variables in _SINGLE.items():
        if value := pip.get(name, "").strip():
            yield from ((variable, value) for variable in variables)
    if pip.get("keyring-provider", "").strip() == "subprocess":
        yield "UV_KEYRING_PROVIDER", "subprocess"
    if pip.get("pre", "").lower() in _TRUE:
        yield "UV_PRERELEASE", "allow"


_SINGLE = {
    "cert": ("SSL_CERT_FILE",),
    "client-cert": ("SSL_CLIENT_CERT",),
    "proxy": ("HTTPS_PROXY", "HTTP_PROXY"),
    "timeout": ("UV_HTTP_TIMEOUT",),
    "retries": ("UV_HTTP_RETRIES",),
}

# A setting of uv's that, when the user made it, speaks for these as well.
_SPOKEN_FOR = {
    "UV_DEFAULT_INDEX": ("UV_INDEX_URL",),
    "UV_INDEX": ("UV_EXTRA_INDEX_URL",),
    "UV_INDEX_STRATEGY": ("UV_INDEX", "UV_EXTRA_INDEX_URL"),
    "UV_HTTP_TIMEOUT": ("UV_REQUEST_TIMEOUT", "HTTP_TIMEOUT"),
    "HTTPS_PROXY": ("https_proxy", "ALL_PROXY", "all_proxy"),
    "HTTP_PROXY": ("http_proxy", "ALL_PROXY", "all_proxy"),
}


def _decided(name: str, environ: Mapping[str, str]) -> bool:
    return any(environ.get(variable) for variable in (name, *_SPOKEN_FOR.get(name, ())))


def _values(pip: Mapping[str, str], name: str) -> list[str]:
    assert name in _LISTS
    return pip.get(name, "").split()


def _absolute(link: str) -> str:
    return link if "://" in link else str(Path(link).expanduser().absolute())
