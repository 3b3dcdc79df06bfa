"""What a server is asked about objects and runs beside what `spl.client` has for either way."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from spl.client import catalog, desk
from spl.client.catalog import remote_object, remote_signature, version_or_tag
from spl.client.publishing import bundle_text, request_of
from spl.client.results import Artifacts, downloaded
from spl.client.runs import Wanted, listed
from spl.core.wire import runs as run_wire
from spl.core.wire.base import Flow
from spl.core.wire.paths import SERVER
from spl.core.wire.server import catalog as wire

if TYPE_CHECKING:
    from spl.client.display.catalog import (
        Description,
        InputListView,
        ObjectView,
        OutputListView,
        SignatureView,
        VersionListView,
    )
    from spl.client.display.server import ComparisonView, RemoteObjectList
    from spl.client.display.views import ReceiptView, RunList
    from spl.client.publishing import Source

type Version = int | str | None


def signature(
    name: str,
    *,
    owner: str | None = None,
    library: str | None = None,
    version: Version = None,
    function: str | None = None,
) -> Flow[SignatureView]:
    """What an object takes and gives; `function`, or `"object::function"`, means one inside a pipeline."""
    return (yield from remote_signature(name, owner, library, version, function))


def inputs(
    name: str,
    *,
    owner: str | None = None,
    library: str | None = None,
    version: Version = None,
    function: str | None = None,
) -> Flow[InputListView]:
    """What it takes: `{"name", "type", "required", "default"}` each."""
    from spl.client.display.catalog import InputListView

    return InputListView((yield from remote_signature(name, owner, library, version, function))["inputs"])


def outputs(
    name: str,
    *,
    owner: str | None = None,
    library: str | None = None,
    version: Version = None,
    function: str | None = None,
) -> Flow[OutputListView]:
    """What it gives: `{"name", "selector", "type", "read"}` each."""
    from spl.client.display.catalog import OutputListView

    return OutputListView((yield from remote_signature(name, owner, library, version, function))["outputs"])


def describe(
    name: str,
    *,
    owner: str | None = None,
    library: str | None = None,
    version: Version = None,
    function: str | None = None,
) -> Flow[Description]:
    """The same as text to print, with an example of a call."""
    return (yield from remote_signature(name, owner, library, version, function)).describe()


def objects(
    *,
    owner: str | None = None,
    library: str | None = None,
    query: str | None = None,
    kind: str | None = None,
    compact: bool = False,
) -> Flow[RemoteObjectList]:
    """The objects that may be seen, of all libraries or of one; `compact` leaves out what is long."""
    return (yield from catalog.remote_catalog(compact, owner, library, query, kind))


def get_object(
    name: str,
    *,
    owner: str | None = None,
    library: str | None = None,
    version: Version = None,
    include_yaml: bool = False,
) -> Flow[ObjectView]:
    """One version with all that is known of it; `include_yaml` adds its source as `["yaml"]`.

    Raises:
        Forbidden: its source is not for this credential.
    """
    return (yield from remote_object(name, owner, library, version, include_yaml))


def versions(name: str, *, owner: str | None = None, library: str | None = None) -> Flow[VersionListView]:
    """The versions of an object, newest first."""
    return (yield from catalog.remote_versions(name, owner, library))


def compare(
    name: str, a: int | str, b: int | str, *, owner: str | None = None, library: str | None = None
) -> Flow[ComparisonView]:
    """How two versions, by number or tag, differ."""
    from spl.client.display.server import ComparisonView

    return ComparisonView((yield wire.compare(name, *_split(owner, library), a, b)).json())


def graph(
    name: str, *, owner: str | None = None, library: str | None = None, version: Version = None
) -> Flow[dict[str, Any]]:
    """The nodes and links of a pipeline."""
    document: dict[str, Any] = (yield wire.graph(name, *_split(owner, library), version_or_tag(version))).json()
    return document


def used_by(name: str, *, owner: str | None = None, library: str | None = None) -> Flow[list[dict[str, Any]]]:
    """The pipelines that have it as a remote node, and the libraries that refer to it."""
    document = (yield wire.used_by(name, *_split(owner, library))).json()
    return list(document["items"] if isinstance(document, dict) else document)


def tag(
    name: str, tag: str, version: int, *, owner: str | None = None, library: str | None = None
) -> Flow[ReceiptView]:
    """Let `name@tag` mean this version, from now on."""
    from spl.client.display.views import ReceiptView

    place = yield from desk.place(library or "default", owner)
    answer = (yield wire.tag(*place, name, tag, version)).json()
    return ReceiptView(answer or {"name": name, "tag": tag, "version": version})


def untag(name: str, tag: str, *, owner: str | None = None, library: str | None = None) -> Flow[ReceiptView]:
    """Take a tag away; the version stays."""
    from spl.client.display.views import ReceiptView

    place = yield from desk.place(library or "default", owner)
    return ReceiptView((yield wire.untag(*place, name, tag)).json() or {"name": name, "tag": tag, "removed": True})


def publish_yaml(
    yaml: Source,
    name: str | None = None,
    *,
    owner: str | None = None,
    library: str = "default",
    entrypoint: str | None = None,
    env: str = "default",
    display_name: str | None = None,
    isolation: str | None = None,
    tag: str | None = None,
) -> Flow[ReceiptView]:
    """Store an SPL/YAML bundle, given as text or as a path, as the object's next version: `["name"]`, `["version"]`.

    The same content again is the same version.

    Raises:
        InvalidBundle: the message names the path in the document and the line.
    """
    from spl.client.display.views import ReceiptView
    from spl.core.ir.files import bundle_from_text

    text = bundle_text(yaml)
    name = name or entrypoint or bundle_from_text(text).entrypoint
    document = request_of(text, name, entrypoint, env, None, display_name, isolation)
    if tag is not None:
        document["tag"] = tag
    place = yield from desk.place(library, owner)
    return ReceiptView((yield wire.publish(*place, document)).json())


def forget(
    name: str, *, version: int | None = None, owner: str | None = None, library: str = "default"
) -> Flow[ReceiptView]:
    """Take an object away, or one version of it. Runs under way keep what they need."""
    from spl.client.display.views import ReceiptView

    place = yield from desk.place(library, owner)
    request = wire.forget(*place, name) if version is None else wire.forget_version(*place, name, version)
    return ReceiptView((yield request).json() or {"name": name})


def runs(
    *,
    state: str | None = None,
    object: str | None = None,
    owner: str | None = None,
    library: str | None = None,
    machine: str | None = None,
    caller: str | None = None,
    batch: str | None = None,
    limit: int = 50,
) -> Flow[RunList]:
    """The latest runs that may be seen, newest first."""
    from spl.client.display.views import RunList

    wanted = Wanted(state, object, batch, owner, library, machine, caller)
    return RunList((yield from listed(wanted, limit, SERVER)))


def download_artifact(run_id: str, name: str, folder: str | Path) -> Flow[Path]:
    """Fetch one file of a run into a folder; where it is then."""
    rows = (yield run_wire.list_artifacts(run_id, at=SERVER.runs)).json()["items"]
    found = Artifacts(run_id, rows)[name]
    return (yield from downloaded(run_id, {name: found}, folder, SERVER.runs))[name]


def list_artifacts(run_id: str) -> Flow[list[dict[str, Any]]]:
    """The files of a run: `{"name", "size", "sha256", "media_type"}` each."""
    return list((yield run_wire.list_artifacts(run_id, at=SERVER.runs)).json()["items"])


def _split(owner: str | None, library: str | None) -> tuple[str | None, str | None]:
    return catalog._place(owner, library)
