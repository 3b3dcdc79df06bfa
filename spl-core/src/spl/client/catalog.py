"""What is published, and how it is called."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Literal

from spl.client.environments import every_page
from spl.client.feature import Feature
from spl.client.server import refuse_server
from spl.core.errors import InvalidRequest
from spl.core.wire import objects as wire
from spl.core.wire.base import Flow

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
    from spl.client.display.views import ReceiptView

type Scope = Literal["auto", "local", "server", "all"]


class Catalog(Feature):
    """The verbs about published objects."""

    def objects(
        self,
        *,
        compact: bool = False,
        scope: Scope = "auto",
        owner: str | None = None,
        library: str | None = None,
        query: str | None = None,
    ) -> ObjectTable | ObjectList | ObjectCatalog:
        """What is published: a dict by name with `compact`, else a list with everything.

        Args:
            scope: `local` is this daemon, `server` what its server shows, `all` both: `{"local": ..., "server": ...}`.
            owner, library: of a server's catalog.
            query: only objects with this text in their name.
        """
        if owner is not None or library is not None:
            refuse_server("The catalog of a library", owner=owner, library=library)
        return self._do(catalog(compact, scope, query))

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
        refuse_server("Reading a remote signature", owner=owner, library=library)
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

    def object(self, name: str, *, version: int | str | None = None, include_yaml: bool = False) -> ObjectView:
        """One version with all that is known of it: functions, pins, capture report; `include_yaml` adds its text."""
        return self._do(described(name, version, include_yaml))

    def versions(self, name: str, *, owner: str | None = None, library: str | None = None) -> VersionListView:
        """The versions of an object, newest first."""
        refuse_server("Reading remote versions", owner=owner, library=library)
        return self._do(versions(name))

    def forget(self, name: str, *, owner: str | None = None, library: str | None = None) -> ReceiptView:
        """Take an object away, every version of it. Runs under way keep what they need."""
        refuse_server("Changing a library", owner=owner, library=library)
        return self._receipt(self._json(wire.forget(name)), name)

    def forget_version(
        self, name: str, version: int | str, *, owner: str | None = None, library: str | None = None
    ) -> ReceiptView:
        """Take one version away; the object goes with its last one."""
        refuse_server("Changing a library", owner=owner, library=library)
        number = version_number(version)
        if number is None:
            raise InvalidRequest(f"Which version of {name!r} is to be forgotten?", hint="Give its number.")
        return self._receipt(self._json(wire.forget_version(name, number)), name)

    @staticmethod
    def _receipt(document: Mapping[str, Any] | None, name: str) -> ReceiptView:
        from spl.client.display.views import ReceiptView

        return ReceiptView(document or {"name": name})


def catalog(compact: bool, scope: Scope, query: str | None) -> Flow[ObjectTable | ObjectList | ObjectCatalog]:
    from spl.client.display.catalog import ObjectCatalog, ObjectList, ObjectTable

    if scope not in ("auto", "local", "server", "all"):
        raise InvalidRequest(f"scope={scope!r} is none of 'auto', 'local', 'server' and 'all'.")
    if scope == "server":
        return ObjectList([])  # no server is connected, and so it shows nothing
    items = yield from every_page(lambda cursor: wire.list_objects(query, cursor))
    if scope == "all":
        return ObjectCatalog({"local": ObjectTable.of(items), "server": ObjectList([])})
    return ObjectTable.of(items) if compact else ObjectList(items)


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
