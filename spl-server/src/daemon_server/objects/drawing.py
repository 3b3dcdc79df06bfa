"""The graph of an object, with where each of its nodes would run."""

from __future__ import annotations

from typing import Any

from daemon_server.db import Session
from daemon_server.http.principal import Principal
from daemon_server.http.problems import ServerProblem
from daemon_server.libraries.library import DEFAULT, Library
from daemon_server.machines import service as machines
from daemon_server.objects import service
from daemon_server.objects.bundle.remote import LATEST, is_below
from daemon_server.objects.catalog import Document, opened

_HERE = {"kind": "here", "machine": None, "text": "on the machine that runs the pipeline"}


def graph(
    session: Session,
    principal: Principal,
    name: str,
    *,
    owner: str | None,
    library: str | None,
    version: int | str | None,
    own_url: str = "",
) -> Document:
    """The nodes and links of an object's entrypoint; a function is a graph of one node.

    Raises:
        LibraryNotFound, ObjectNotFound, VersionNotFound, ReferenceBroken
    """
    found, row, card = opened(session, principal, name, owner, library, version)
    entry = card["entry"]
    drawing = card["graphs"].get(entry["name"]) if row.kind == "pipeline" else _of_function(entry)
    nodes = [
        {
            **node,
            "remote": _remote(session, principal, node["remote"], own_url),
            "runs_on": _HERE if node["remote"] is None else _place(session, principal, node["remote"], own_url),
        }
        for node in drawing["nodes"]
    ]
    return {
        "object": row.name,
        "owner": found.library.owner,
        "library": found.library.name,
        "version": row.number,
        "kind": row.kind,
        "nodes": nodes,
        "links": drawing["links"],
        "aliases": drawing["aliases"],
    }


def _of_function(entry: Document) -> Document:
    node = {
        "id": entry["name"],
        "kind": "function",
        "function": entry["name"],
        "remote": None,
        "inputs": [port["name"] for port in entry["inputs"]],
        "outputs": [port["name"] for port in entry["outputs"]],
        "constants": [],
        "given": [port["name"] for port in entry["inputs"]],
        "aliases": [],
    }
    return {"nodes": [node], "links": [], "aliases": {}}


def _remote(
    session: Session, principal: Principal, remote: dict[str, Any] | None, own_url: str
) -> dict[str, Any] | None:
    if remote is None:
        return None
    keys = ("url", "owner", "library", "name", "function", "target_machine")
    resolved = _resolved(session, principal, remote, own_url) is not None
    return {**{key: remote.get(key) for key in keys}, "version": remote.get("version", LATEST), "resolved": resolved}


def _resolved(session: Session, principal: Principal, remote: dict[str, Any], own_url: str) -> Library | None:
    """The library of the object that a node calls, if the caller may call it here."""
    if "url" in remote and not is_below(remote["url"], own_url):
        return None
    try:
        found = service.find(
            session,
            principal,
            owner=remote.get("owner", principal.user),
            library=remote.get("library", DEFAULT),
            name=remote["name"],
        )
    except ServerProblem:
        return None
    return found.library


def _place(session: Session, principal: Principal, remote: dict[str, Any], own_url: str) -> dict[str, Any]:
    """As a run's placement goes: the target, then the library's default machine, then its labels."""
    target = remote.get("target_machine")
    if target is not None:
        return {"kind": "target", "machine": target, "text": f"on {target}, which the node names"}
    library = _resolved(session, principal, remote, own_url)
    if library is None:
        return {"kind": "unknown", "machine": None, "text": "where its object's library says; you may not see that"}
    if library.default_machine_id is not None:
        machine = machines.get(session, library.default_machine_id)
        label = library.default_machine_id if machine is None else machine.name
        return {"kind": "library_default", "machine": label, "text": f"on {label}, the default machine of {library}"}
    if library.required_labels:
        text = f"on a machine with {', '.join(library.required_labels)}, as {library} asks"
        return {"kind": "labels", "machine": None, "text": text}
    return {"kind": "any", "machine": None, "text": f"on any machine that may run what is in {library}"}
