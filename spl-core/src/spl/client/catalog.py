"""What is published, and how it is called."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Literal

from spl.client.environments import every_page
from spl.client.server import ServerLink
from spl.core.errors import InvalidRequest, ServerNotConnected
from spl.core.wire import objects as wire
from spl.core.wire.base import Flow
from spl.core.wire.server import catalog as server_wire
from spl.core.wire.server.target import Remote, split_library

if TYPE_CHECKING:
    from spl.client.display.catalog import (
        Description,
        InputListView,
        ObjectCatalog,
        ObjectList,
        ObjectTable,
        ObjectView,
        OutputListView,
        SignatureView,
        VersionListView,
    )
    from spl.client.display.server import RemoteObjectList
    from spl.client.display.views import ReceiptView

type Scope = Literal["auto", "local", "server", "all"]


class Catalog(ServerLink):
    """The verbs about published objects; with `owner` or `library` those of the server."""

    def objects(
        self,
        *,
        compact: bool = False,
        scope: Scope = "auto",
        owner: str | None = None,
        library: str | None = None,
        query: str | None = None,
    ) -> ObjectTable | ObjectList | ObjectCatalog | RemoteObjectList:
        """What is published: a dict by name with `compact`, else a list with everything; of a server always a list.

        Args:
            scope: `local` is this daemon, `server` what its server shows, `all` both: `{"local": ..., "server": ...}`;
                `auto` is the server where a library is named, else this daemon.
            owner, library: of a server's catalog.
            query: only objects with this text in their name.

        Raises:
            ServerNotConnected: a library was named, and there is no server; without a name none shows nothing.
        """
        if is_local(scope, owner, library):
            return self._do(catalog(compact, query))
        try:
            asked = remote_catalog(compact, owner, library, query)
            server = self._at_server(asked, f"The catalog{Remote(owner, library).said}")
        except ServerNotConnected as error:
            server = without_server(error, owner, library)
        if scope != "all":
            return server
        from spl.client.display.catalog import ObjectCatalog

        return ObjectCatalog({"local": self._do(catalog(compact, query)), "server": server})

    def signature(
        self,
        name: str,
        *,
        version: int | str | None = None,
        owner: str | None = None,
        library: str | None = None,
        function: str | None = None,
    ) -> SignatureView:
        """What an object takes and gives; `function`, or `"object::function"`, means one inside a pipeline."""
        if owner is not None or library is not None:
            what = f"Reading the signature of {name!r} (owner={owner!r}, library={library!r})"
            return self._at_server(remote_signature(name, owner, library, version, function), what)
        return self._do(signature(name, version, function))

    def inputs(
        self,
        name: str,
        *,
        version: int | str | None = None,
        owner: str | None = None,
        library: str | None = None,
        function: str | None = None,
    ) -> InputListView:
        """What it takes: `{"name", "type", "required", "default"}` each."""
        from spl.client.display.catalog import InputListView

        found = self.signature(name, version=version, owner=owner, library=library, function=function)
        return InputListView(found["inputs"])

    def outputs(
        self,
        name: str,
        *,
        version: int | str | None = None,
        owner: str | None = None,
        library: str | None = None,
        function: str | None = None,
    ) -> OutputListView:
        """What it gives: `{"name", "selector", "type", "read"}` each."""
        from spl.client.display.catalog import OutputListView

        found = self.signature(name, version=version, owner=owner, library=library, function=function)
        return OutputListView(found["outputs"])

    def describe(
        self,
        name: str,
        *,
        version: int | str | None = None,
        owner: str | None = None,
        library: str | None = None,
        function: str | None = None,
    ) -> Description:
        """The same as text to print, with an example of a call."""
        found = self.signature(name, version=version, owner=owner, library=library, function=function)
        return found.describe()

    def object(
        self,
        name: str,
        *,
        version: int | str | None = None,
        include_yaml: bool = False,
        owner: str | None = None,
        library: str | None = None,
    ) -> ObjectView:
        """One version with all that is known of it: functions, pins, capture report; `include_yaml` adds its text."""
        if owner is not None or library is not None:
            flow = remote_object(name, owner, library, version, include_yaml)
            return self._at_server(flow, f"Reading {name!r} of a library")
        return self._do(described(name, version, include_yaml))

    def versions(self, name: str, *, owner: str | None = None, library: str | None = None) -> VersionListView:
        """The versions of an object, newest first."""
        if owner is not None or library is not None:
            return self._at_server(remote_versions(name, owner, library), f"Listing the versions of {name!r}")
        return self._do(versions(name))

    def forget(self, name: str) -> ReceiptView:
        """Take an object away from this daemon, every version of it. Runs under way keep what they need."""
        return self._receipt(self._json(wire.forget(name)), name)

    def forget_version(self, name: str, version: int | str) -> ReceiptView:
        """Take one version away from this daemon; the object goes with its last one."""
        number = version_number(version)
        if number is None:
            raise InvalidRequest(f"Which version of {name!r} is to be forgotten?", hint="Give its number.")
        return self._receipt(self._json(wire.forget_version(name, number)), name)

    @staticmethod
    def _receipt(document: Mapping[str, Any] | None, name: str) -> ReceiptView:
        from spl.client.display.views import ReceiptView

        return ReceiptView(document or {"name": name})


def is_local(scope: Scope, owner: str | None, library: str | None) -> bool:
    """Whether a catalog is this daemon's alone."""
    if scope not in ("auto", "local", "server", "all"):
        raise InvalidRequest(f"scope={scope!r} is none of 'auto', 'local', 'server' and 'all'.")
    named = owner is not None or library is not None
    if scope == "local" and named:
        raise InvalidRequest("owner= and library= are of a server.", hint='Ask with scope="server".')
    return scope == "local" or (scope == "auto" and not named)


def without_server(error: ServerNotConnected, owner: str | None, library: str | None) -> RemoteObjectList:
    """The catalog of a server while there is none: nothing; but a library that was named is missed."""
    from spl.client.display.server import RemoteObjectList

    if owner is not None or library is not None:
        raise error
    return RemoteObjectList([])


def catalog(compact: bool, query: str | None) -> Flow[ObjectTable | ObjectList]:
    from spl.client.display.catalog import ObjectList, ObjectTable

    items = yield from every_page(lambda cursor: wire.list_objects(query, cursor))
    return ObjectTable.of(items) if compact else ObjectList(items)


def remote_catalog(
    compact: bool, owner: str | None, library: str | None, query: str | None, kind: str | None = None
) -> Flow[RemoteObjectList]:
    """What a server shows: a list, for one name may be in several libraries."""
    from spl.client.display.server import RemoteObjectList

    owner, library = _place(owner, library)
    items = yield from every_page(lambda cursor: server_wire.list_objects(owner, library, query, kind, cursor))
    return RemoteObjectList.compact(items) if compact else RemoteObjectList(items)


def remote_signature(
    name: str, owner: str | None, library: str | None, version: int | str | None, function: str | None
) -> Flow[SignatureView]:
    from spl.client.display.catalog import SignatureView

    ref, inner = split_reference(name, function)
    owner, library = _place(owner, library)
    request = server_wire.signature(ref, owner, library, version_or_tag(version), inner)
    return SignatureView((yield request).json())


def remote_object(
    name: str, owner: str | None, library: str | None, version: int | str | None, include_yaml: bool
) -> Flow[ObjectView]:
    from spl.client.display.catalog import ObjectView

    owner, library = _place(owner, library)
    request = server_wire.read_object(name, owner, library, version_or_tag(version), include_yaml=include_yaml)
    return ObjectView((yield request).json())


def remote_versions(name: str, owner: str | None, library: str | None) -> Flow[VersionListView]:
    from spl.client.display.catalog import VersionListView

    owner, library = _place(owner, library)
    ask: Callable[[str | None], Any] = lambda cursor: server_wire.versions(name, owner, library, cursor)  # noqa: E731
    return VersionListView((yield from every_page(ask)))


def _place(owner: str | None, library: str | None) -> tuple[str | None, str | None]:
    return (owner, library) if library is None else split_library(library, owner)


def signature(name: str, version: int | str | None, function: str | None) -> Flow[SignatureView]:
    from spl.client.display.catalog import SignatureView

    ref, inner = split_reference(name, function)
    return SignatureView((yield wire.signature(ref, version_number(version), inner)).json())


def described(name: str, version: int | str | None, include_yaml: bool) -> Flow[ObjectView]:
    from spl.client.display.catalog import ObjectView

    return ObjectView((yield wire.read_object(name, version_number(version), include_yaml=include_yaml)).json())


def versions(name: str) -> Flow[VersionListView]:
    from spl.client.display.catalog import VersionListView

    ask: Callable[[str | None], Any] = lambda cursor: wire.versions(name, cursor)  # noqa: E731
    return VersionListView((yield from every_page(ask)))


def split_reference(name: str, function: str | None) -> tuple[str, str | None]:
    """An object's name, and the function inside it where `name` or `function` says one."""
    if not isinstance(name, str):
        raise InvalidRequest(f"An object is named by text, not by a {type(name).__name__}.", hint="Publish it first.")
    if "::" not in name:
        return name, function
    outer, _, inner = name.partition("::")
    if function is not None and function != inner:
        raise InvalidRequest(f"{name!r} says function {inner!r}, and function= says {function!r}.")
    return outer, inner


def version_number(version: int | str | None) -> int | None:
    """A version as the daemon counts them; None is the latest."""
    if version is None or version == "latest":
        return None
    if isinstance(version, bool) or not str(version).isdigit():
        raise InvalidRequest(f"version={version!r} is neither a number nor 'latest'.")
    return int(version)


def version_or_tag(version: int | str | None) -> int | str | None:
    """A version as a server knows them: a number or a tag; None is the latest."""
    if version is None or version == "latest":
        return None
    return int(version) if str(version).isdigit() else version
