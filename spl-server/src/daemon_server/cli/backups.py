"""`spl-server backup|verify|restore`: the server's state as a folder."""

from __future__ import annotations

from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from daemon_server import backups
from daemon_server.cli.options import DatabaseUrl, HomeFolder, Json, settings_of
from daemon_server.cli.output import show

app = typer.Typer()

Folder = Annotated[Path, typer.Argument(metavar="DIR", help="The backup's folder.")]


@app.command("backup")
def backup(folder: Folder, home: HomeFolder = None, database_url: DatabaseUrl = None, json: Json = False) -> None:
    """Save the server into a new folder, also while it works."""
    manifest = backups.save(settings_of(home, database_url), folder)
    size = sum(entry.size for entry in manifest.files)
    data = {
        "folder": str(folder), "created_at": manifest.created_at, "generation": manifest.generation,
        "schema": manifest.schema, "blobs": len(manifest.blobs), "bytes": size,
    }  # fmt: skip
    show(data, [f"saved {len(manifest.files)} files, {size:,} bytes, in {folder}"], as_json=json)


@app.command("verify")
def verify(folder: Folder, json: Json = False) -> None:
    """Check that a backup is whole."""
    checked = backups.verify(folder)
    manifest = checked.manifest
    data = {
        "ok": checked.ok, "findings": list(checked.findings), "created_at": manifest.created_at,
        "generation": manifest.generation, "blobs": len(manifest.blobs),
    }  # fmt: skip
    moment = datetime.fromtimestamp(manifest.created_at / 1000, UTC).isoformat(timespec="seconds")
    whole = f"whole: {len(manifest.files)} files, as of {moment}, generation {manifest.generation}"
    show(data, checked.findings or [whole], as_json=json)
    if not checked.ok:
        raise typer.Exit(1)


@app.command("restore")
def restore(
    folder: Folder,
    home: HomeFolder = None,
    database_url: DatabaseUrl = None,
    keep_tokens: Annotated[
        bool, typer.Option("--keep-tokens", help="Bring back credentials too that nobody had used for a month.")
    ] = False,
    json: Json = False,
) -> None:
    """Bring a backup back, into an empty home."""
    settings = settings_of(home, database_url)
    restored = backups.restore(folder, settings, keep_tokens=keep_tokens)
    data = {
        "home": str(settings.home),
        "generation": restored.generation,
        "disabled": [asdict(token) for token in restored.disabled],
    }
    lines = [f"restored into {settings.home}, generation {restored.generation}; console sessions have ended"]
    if restored.disabled:
        lines.append("Disabled, because they may have been revoked since, and nobody had used them for a month:")
        lines += [f"  {token.kind:10} {token.id}  {token.user}  {token.name}" for token in restored.disabled]
    show(data, lines, as_json=json)
