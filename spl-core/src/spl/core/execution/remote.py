"""The port through which a pipeline's remote nodes are called."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Protocol, runtime_checkable

from spl.core.entities.node_remote import NodeRemote
from spl.core.entities.pipeline import Pipeline
from spl.core.errors import NodeFailed, ServerNotConnected
from spl.runtime import ports


@runtime_checkable
class RemoteCaller(Protocol):
    """Runs a remote node and waits for its value; `SPLClient` is one.

    The value of a node with other outputs than `default` is a mapping with an item for each of them.
    """

    def run_node(self, node: NodeRemote, kwargs: dict[str, Any]) -> Any: ...


type Remote = Callable[[Mapping[str, Any], dict[str, Any]], Any]


def remote_of(caller: RemoteCaller, pipeline: Pipeline) -> Remote:
    """What the plan executor calls for a remote step."""

    def call(step: Mapping[str, Any], arguments: dict[str, Any]) -> Any:
        node = pipeline.nodes[step["id"]]
        assert isinstance(node, NodeRemote)
        return by_port(node, caller.run_node(node, arguments))

    return call


def by_port(node: NodeRemote, value: Any) -> Any:
    """The value as the executor takes it: itself, or by port where the node has ports by name."""
    try:
        return ports.by_port([port.name for port in node.outputs], value, pipeline=False)
    except ports.MissingOutput as error:
        raise NodeFailed(
            f"The result of {node.reference!r} has no output {', '.join(map(repr, error.missing))}.", node=node.id
        ) from None


def nobody_to_ask(node_id: str, node: NodeRemote) -> ServerNotConnected:
    return ServerNotConnected(
        f"Node {node_id!r} runs {node.reference!r} elsewhere, and this deployment has no client to call it with.",
        hint="Use Deployment(client, pipeline).",
    )
