"""A node that calls an object of a library, on the machine that the library or the node names."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields
from typing import Any, Protocol
from urllib.parse import unquote, urlsplit

from spl.core.entities.node import Node
from spl.core.entities.port import InputPort, OutputPort
from spl.core.errors import InvalidRequest, ServerNotConnected

LATEST = "latest"


class Ports(Protocol):
    """What an object takes and gives; a `Signature` is one."""

    @property
    def inputs(self) -> Iterable[InputPort]: ...

    @property
    def outputs(self) -> Iterable[OutputPort]: ...


class SignatureResolver(Protocol):
    """Finds out what a remote object takes and gives; `SPLClient` is one, through the daemon's server connection."""

    def resolve_remote_signature(
        self,
        name: str,
        *,
        function: str | None = None,
        version: str = LATEST,
        owner: str | None = None,
        library: str | None = None,
        url: str | None = None,
    ) -> Ports: ...


_resolver: SignatureResolver | None = None


def set_resolver(resolver: SignatureResolver | None) -> SignatureResolver | None:
    """Name who resolves the ports of nodes made without a client; the one before is returned."""
    global _resolver
    before, _resolver = _resolver, resolver
    return before


@dataclass(frozen=True, slots=True, init=False)
class NodeRemote(Node):
    """A remote function or pipeline as a step.

    Attributes:
        id: its id in the pipeline; the builder gives one.
        name, function: the object, and the function inside it where one is meant.
        version: a version number as text, or `latest`.
        owner, library: the namespace it is in; None means the caller's own and its default library.
        url: the server it is on; None means the one that the daemon is connected to.
        target_machine: where it shall run; None leaves it to the library.
        inputs, outputs: its ports.
    """

    id: str = ""
    url: str | None = None
    owner: str | None = None
    library: str | None = None
    name: str = ""
    function: str | None = None
    version: str = LATEST
    target_machine: str | None = None
    inputs: tuple[InputPort, ...] = field(default=())
    outputs: tuple[OutputPort, ...] = field(default=())

    def __init__(
        self,
        url: str | None = None,
        name: str | None = None,
        version: str | int = LATEST,
        inputs: Iterable[InputPort | str] | None = None,
        outputs: Iterable[OutputPort | str] | None = None,
        *,
        pipeline: str | None = None,
        function: str | None = None,
        owner: str | None = None,
        library: str | None = None,
        target_machine: str | None = None,
        client: SignatureResolver | None = None,
        id: str = "",
    ) -> None:
        """Name the object by `name="object"`, `name="object::function"`, or `pipeline=` and `function=`.

        Args:
            url: a server's base URL, or a library's, `.../owners/<owner>/libraries/<library>`.
            inputs, outputs: the ports. Without them the daemon is asked, through `client` or the client made last.

        Raises:
            ServerNotConnected: the ports were left out, and nobody can be asked.
        """
        base, owner, library = _place(url, owner, library)
        name, function = _object(name, pipeline, function)
        place = {"url": base, "owner": owner, "library": library, "name": name, "function": function}
        if inputs is None or outputs is None:
            resolved_inputs, resolved_outputs = _resolve(client or _resolver, str(version), inputs, place)
            inputs = resolved_inputs if inputs is None else inputs
            outputs = resolved_outputs if outputs is None else outputs
        self._fill(
            **place,
            id=id,
            version=str(version),
            target_machine=target_machine,
            inputs=tuple(InputPort(port) if isinstance(port, str) else port for port in inputs),
            outputs=tuple(OutputPort(port) if isinstance(port, str) else port for port in outputs),
        )

    @property
    def reference(self) -> str:
        """`object` or `object::function`."""
        return f"{self.name}::{self.function}" if self.function else self.name

    def with_id(self, id: str) -> NodeRemote:
        """The same node as a step of a pipeline."""
        node = object.__new__(NodeRemote)
        node._fill(**{part.name: getattr(self, part.name) for part in fields(self)} | {"id": id})
        return node

    def at_version(self, version: str, *, owner: str | None, library: str | None) -> NodeRemote:
        """The same node, calling this version of the object in this library."""
        node = self.with_id(self.id)
        node._fill(version=version, owner=owner, library=library)
        return node

    def _fill(self, **values: Any) -> None:
        for name, value in values.items():
            object.__setattr__(self, name, value)


def _object(name: str | None, pipeline: str | None, function: str | None) -> tuple[str, str | None]:
    if name and pipeline:
        raise InvalidRequest("A NodeRemote takes name= or pipeline=, not both.")
    given, _, inner = (name or pipeline or "").partition("::")
    if inner and function and inner != function:
        raise InvalidRequest(f"The name says function {inner!r}, and function= says {function!r}.")
    if not given or (name or "").endswith("::"):
        raise InvalidRequest("A NodeRemote needs the name of an object.", hint='For example name="object::function".')
    return given, inner or function or None


def _place(url: str | None, owner: str | None, library: str | None) -> tuple[str | None, str | None, str | None]:
    """A library's URL taken apart: the server's base, the owner and the library."""
    if not url:
        return None, owner, library
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname or "@" in parts.netloc:
        raise InvalidRequest(
            f"{url!r} is not the URL of a server.", hint="It begins with https:// and holds no user name."
        )
    path = parts.path.rstrip("/")
    base, found, rest = path.rpartition("/owners/")
    named = rest.split("/")
    if not found or len(named) != 3 or named[1] != "libraries":
        return url.rstrip("/"), owner, library
    for given, inside, what in ((owner, unquote(named[0]), "owner"), (library, unquote(named[2]), "library")):
        if given and given != inside:
            raise InvalidRequest(f"The URL says {what} {inside!r}, and {what}= says {given!r}.")
    return f"{parts.scheme}://{parts.netloc}{base}", unquote(named[0]), unquote(named[2])


def _resolve(
    resolver: SignatureResolver | None, version: str, inputs: Iterable[Any] | None, place: Mapping[str, str | None]
) -> tuple[Iterable[InputPort], Iterable[OutputPort]]:
    named = "::".join(part for part in (place["name"], place["function"]) if part)
    if resolver is None:
        if inputs is not None:
            return (), (OutputPort(),)
        raise ServerNotConnected(
            f"NodeRemote {named!r} was given no inputs and outputs, and there is no connected daemon to ask for them.",
            hint="Connect the daemon to a server (and make an SPLClient), or pass url, inputs and outputs.",
        )
    about = dict(place)
    name = str(about.pop("name"))
    ports = resolver.resolve_remote_signature(name, version=version, **about)
    return ports.inputs, ports.outputs
