"""What user code may call while it runs: the remote nodes of its version's pipelines, as they are written there."""

from __future__ import annotations

import json
from typing import Any, Final

from sqlalchemy import bindparam, select

from daemon_server.db.session import Session
from daemon_server.http.principal import Principal
from daemon_server.objects import store as objects
from daemon_server.objects.bundle.card import remote_nodes
from daemon_server.objects.naming import LATEST, Ref
from daemon_server.objects.service import RemoteNode
from daemon_server.runs.problems import NotANodeOfThisRun
from daemon_server.runs.schemas import CallOptions
from daemon_server.runs.tables import runs

# The library of a node that names none.
DEFAULT_LIBRARY: Final = "default"

_OF_RUN = select(runs.c.version_id, runs.c.owner).where(runs.c.id == bindparam("run_id"))


def check(session: Session, principal: Principal, body: CallOptions) -> None:
    """
    Raises:
        NotANodeOfThisRun: a run's capability asks for something that its version doesn't name.
    """
    if principal.kind != "capability":
        return
    run = session.row(_OF_RUN, {"run_id": principal.run_id})
    version = None if run is None else objects.version_by_id(session, run.version_id)
    if run is None or version is None or body.machine_subtoken is not None:
        raise NotANodeOfThisRun
    card: dict[str, Any] = json.loads(version.card)
    nodes = [RemoteNode(pipeline, node, **at) for pipeline, node, at in remote_nodes(card)]
    if not any(means(node, body, run.owner) for node in nodes):
        raise NotANodeOfThisRun(f"No remote node of the run {principal.run_id} calls {body.object[:200]!r} like this.")


def means(node: RemoteNode, body: CallOptions, owner: str) -> bool:
    """Whether a call is what the node says. What a node leaves open is its pipeline owner's, in the default library."""
    wanted = Ref.parse(node.name, version=_version(node.version), function=node.function)
    asked = Ref.parse(body.object, version=body.version, function=body.function)
    owners = {node.owner} if node.owner is not None else {None, owner}
    libraries = {node.library} if node.library is not None else {None, DEFAULT_LIBRARY}
    return (
        (wanted.name, wanted.function) == (asked.name, asked.function)
        and _version(wanted.version) == _version(asked.version)
        and body.owner in owners
        and body.library in libraries
        and body.target_machine == node.target_machine
    )


def _version(version: int | str | None) -> str | None:
    return None if version in (None, LATEST) else str(version)
