"""Published objects: add, list, show, forget."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Annotated, Any

import typer

from spl.core.errors import InvalidRequest
from spl.daemon.cli.command import OBJECTS, Cli, command
from spl.daemon.cli.layout import fields, moment, size, table
from spl.daemon.cli.options import InnerFunction, Isolation, Label, Reference, Version, Yes, confirm

app = typer.Typer()


@command(app, "object-add", panel=OBJECTS)
def add(
    cli: Cli,
    name: Annotated[str, typer.Argument(metavar="NAME", help="What to call it by.")],
    yaml: Annotated[str, typer.Argument(metavar="YAML", help="An SPL/YAML file, a folder of one, or - for stdin.")],
    entrypoint: Annotated[
        str | None, typer.Option("--entrypoint", metavar="NAME", help="What a call runs. Default: the bundle's own.")
    ] = None,
    env: Annotated[str, typer.Option("--env", metavar="NAME", help="The named Python that it runs on.")] = "default",
    display_name: Label = None,
    isolation: Isolation = None,
    wait: Annotated[
        bool, typer.Option("--wait/--no-wait", help="Stay until its environment is built and its code imports.")
    ] = False,
) -> None:
    """Publish an SPL/YAML bundle. The same content again is the same version."""
    source = sys.stdin.buffer.read().decode("utf-8-sig") if yaml == "-" else Path(yaml)
    published = cli.client.publish_yaml(source, name, entrypoint, env, display_name=display_name, isolation=isolation)
    if wait:
        published.ready(progress=cli.out.live)
    how = "published as" if published.created else "is already"
    cli.out.data(dict(published.raw), lambda: [f"{published.name} {how} version {published.version}"])


@command(app, "object-list", panel=OBJECTS)
def list_objects(
    cli: Cli,
    query: Annotated[
        str | None, typer.Option("--query", metavar="TEXT", help="Only names and labels with this text in them.")
    ] = None,
    compact: Annotated[
        bool, typer.Option("--compact", help="Less of each: name, version and how it is called.")
    ] = False,
) -> None:
    """List what is published here, each at its latest version."""
    listed: Any = cli.client.objects(scope="local", query=query)
    found = [dict(item) for item in listed]
    document: Any = {item["name"]: _compact(item) for item in found} if compact else found
    cli.out.data(document, lambda: cli.out.table(_short_table(found) if compact else _long_table(found)))
    if not found:
        cli.out.note("Nothing is published here." if query is None else f"Nothing is called like {query!r}.")


@command(app, "object-show", panel=OBJECTS)
def show(
    cli: Cli,
    name: Reference,
    version: Version = None,
    yaml: Annotated[bool, typer.Option("--yaml", help="Print its SPL/YAML and nothing else.")] = False,
) -> None:
    """Show one version with all that is known of it: ports, packages, what was captured."""
    found = dict(cli.client.object(_outer(name), version=version, include_yaml=yaml))
    if yaml and not cli.out.json:
        cli.out.lines([str(found["yaml"]).rstrip("\n")])
        return
    cli.out.data(found, lambda: _card(found))


@command(app, "object-signature", panel=OBJECTS)
def signature(cli: Cli, name: Reference, version: Version = None, function: InnerFunction = None) -> None:
    """Show how an object, or a function inside it, is called."""
    found = cli.client.signature(name, version=version, function=function)
    cli.out.data(dict(found), lambda: str(found.describe()).splitlines())


@command(app, "object-inputs", panel=OBJECTS)
def inputs(cli: Cli, name: Reference, version: Version = None, function: InnerFunction = None) -> None:
    """List what an object takes."""
    found = [dict(row) for row in cli.client.inputs(name, version=version, function=function)]
    rows = [(row["name"], row.get("type"), row["required"], row.get("default")) for row in found]
    cli.out.data(found, lambda: cli.out.table(table(("NAME", "TYPE", "REQUIRED", "DEFAULT"), rows)))


@command(app, "object-outputs", panel=OBJECTS)
def outputs(cli: Cli, name: Reference, version: Version = None, function: InnerFunction = None) -> None:
    """List what an object gives, and how each output is selected and read."""
    found = [dict(row) for row in cli.client.outputs(name, version=version, function=function)]
    rows = [(row["name"], row.get("type"), row.get("selector"), row.get("read")) for row in found]
    cli.out.data(found, lambda: cli.out.table(table(("NAME", "TYPE", "SELECTOR", "READ"), rows)))


@command(app, "object-versions", panel=OBJECTS)
def versions(cli: Cli, name: Reference, version: Version = None) -> None:
    """List the versions of an object, newest first."""
    found = [dict(row) for row in cli.client.versions(_outer(name)) if _is(row, version)]
    rows = [
        (row["version"], row["kind"], row["env"], row["spec_hash"], size(row["size_bytes"]), moment(row["created_at"]),
         row["id"], "latest" if row["latest"] else "")
        for row in found
    ]  # fmt: skip
    headers = ("VERSION", "KIND", "ENV", "SPEC", "SIZE", "PUBLISHED", "ID", "")
    cli.out.data(found, lambda: cli.out.table(table(headers, rows)))


@command(app, "object-forget", panel=OBJECTS)
def forget(cli: Cli, name: Reference, version: Version = None, yes: Yes = False) -> None:
    """Take an object away, or one version of it. Runs under way are not disturbed."""
    if version == "latest":
        raise InvalidRequest("Which version is to be forgotten?", hint="Give its number; `object-versions` lists them.")
    what = f"version {version} of {name!r}" if version is not None else f"{name!r} with all its versions"
    confirm(cli, f"Forget {what}?", yes=yes)
    client = cli.client
    receipt = client.forget(name) if version is None else client.forget_version(name, version)
    cli.out.data(dict(receipt), list)
    cli.out.note(f"Forgot {what}.")


def _is(row: Mapping[str, Any], version: str | None) -> bool:
    return version is None or (row["latest"] if version == "latest" else str(row["version"]) == version)


def _outer(reference: str) -> str:
    """The object that a reference is to, also where it names a function inside."""
    return reference.partition("::")[0]


def _compact(item: Mapping[str, Any]) -> dict[str, Any]:
    kept = ("id", "display_name", "kind", "version", "inputs", "outputs")
    return {key: item[key] for key in kept}


def _short_table(found: Iterable[Mapping[str, Any]]) -> list[str]:
    return table(("NAME", "VERSION", "CALL"), ((item["name"], item["version"], _call(item)) for item in found))


def _long_table(found: Iterable[Mapping[str, Any]]) -> list[str]:
    headers = ("NAME", "VERSION", "KIND", "ENV", "CALL", "PUBLISHED", "LABEL")
    rows = (
        (
            item["name"],
            item["version"],
            item["kind"],
            item["env"],
            _call(item),
            moment(item["updated_at"]),
            _label(item),
        )
        for item in found
    )
    return table(headers, rows)


def _label(item: Mapping[str, Any]) -> str:
    return "" if item["display_name"] == item["name"] else item["display_name"]


def _call(item: Mapping[str, Any]) -> str:
    """`(a: int, b: int = 1) -> result`."""
    selectors = [output["selector"] for output in item["outputs"] if output.get("selector")]
    gives = f" -> {', '.join(selectors)}" if selectors else ""
    return f"({', '.join(_parameter(port) for port in item['inputs'])}){gives}"


def _parameter(port: Mapping[str, Any]) -> str:
    typed = f"{port['name']}: {port['type']}" if port.get("type") else port["name"]
    return typed if port["required"] or port.get("default") is None else f"{typed} = {port['default']}"


def _card(found: Mapping[str, Any]) -> list[str]:
    shown = {
        "name": f"{found['name']} v{found['version']}" + (" (latest)" if found["version"] == found["latest"] else ""),
        "label": _label(found) or None,
        "kind": found["kind"],
        "entrypoint": found["entrypoint"],
        "call": _call(found),
        "doc": found["doc"] or None,
        "functions": found["functions"],
        "outputs": list(found["aliases"]) or None,
        "environment": found["env"],
        "python": f"{found['requires_python']}, captured on {found['python'] or 'an unknown one'}",
        "packages": "\n".join(found["requirements"] or found["dependencies"]) or "none",
        "isolation": found["isolation"],
        "captured": _capture(found["capture"]),
        "size": size(found["size_bytes"]),
        "published": moment(found["created_at"]),
        "id": found["id"],
        "content": found["content_hash"],
        "spec": found["spec_hash"],
    }
    return fields(shown.items())


def _capture(report: Mapping[str, Any] | None) -> str | None:
    """What was captured, a line for each kind of thing."""
    if not report:
        return None
    from spl.core.capture.report import CaptureReport

    return str(CaptureReport.from_json(report))
