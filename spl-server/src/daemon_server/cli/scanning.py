"""`spl-server tokens-scan`: credentials that lie where they should not, in files."""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Annotated

import typer

from daemon_server.cli.options import Json
from daemon_server.cli.output import show
from daemon_server.identity.token_format import CHECK_CHARACTERS, PATTERN, base62

app = typer.Typer()

# Read at a time; a credential on the border between two pieces is in the overlap.
PIECE_BYTES = 1024 * 1024
OVERLAP_BYTES = 80
_FORM = re.compile(PATTERN.encode("ascii"))
# What a list shows of a credential: its kind and its public id.
_PUBLIC = 15


@dataclass(frozen=True, slots=True)
class Found:
    """A credential in a file: where it begins, in bytes, and its public part."""

    path: str
    offset: int
    token: str


@app.command("tokens-scan")
def scan(
    paths: Annotated[list[Path], typer.Argument(metavar="PATH...", help="Files and folders to look into.")],
    json: Json = False,
) -> None:
    """Find credentials of SPLime in files, by their form and checksum. Exit code 1 where there are some."""
    missing = [str(path) for path in paths if not path.exists()]
    if missing:
        raise typer.BadParameter(f"there is no {missing[0]}")
    found = [one for path in paths for file in _files(path) for one in in_file(file)]
    lines = [f"{one.path}: {one.token}… at byte {one.offset}" for one in found]
    lines.append(f"{len(found)} found; revoke them: spl-server token-revoke ID" if found else "none found")
    show({"found": [asdict(one) for one in found]}, lines, as_json=json)
    if found:
        raise typer.Exit(1)


def in_file(path: Path) -> Iterator[Found]:
    """The credentials in a file; one that can't be read is told of as an error of the command."""
    told = -1
    with path.open("rb") as opened:
        begin, kept = 0, b""
        while piece := opened.read(PIECE_BYTES):
            text = kept + piece
            for match in _FORM.finditer(text):
                raw, offset = match[0].decode("ascii"), begin - len(kept) + match.start()
                if offset > told and is_credential(raw):
                    told = offset
                    yield Found(str(path), offset, raw[:_PUBLIC])
            begin += len(piece)
            kept = text[-OVERLAP_BYTES:]


def is_credential(raw: str) -> bool:
    """Whether the checksum at the end is that of the rest."""
    body, check = raw[:-CHECK_CHARACTERS], raw[-CHECK_CHARACTERS:]
    return base62(zlib.crc32(body.encode("ascii")), CHECK_CHARACTERS) == check


def _files(path: Path) -> Iterator[Path]:
    if path.is_file():
        yield path
    elif path.is_dir():
        for folder, _, names in path.walk():
            yield from (folder / name for name in sorted(names) if (folder / name).is_file())
