"""Publishing: a live function or pipeline, or SPL/YAML, becomes a version of an object."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from spl.client.server import ServerLink
from spl.core.errors import EnvironmentNotFound, InvalidRequest, SPLError, WaitTimedOut
from spl.core.wire import environments, objects
from spl.core.wire.base import LONG_POLL, Flow
from spl.core.wire.problem import error_of
from spl.core.wire.waiting import patiently

if TYPE_CHECKING:
    from spl.client.remotes import Pin
    from spl.core.entities.bundle import Bundle

DEFAULT_ENV = "default"

type Source = str | os.PathLike[str]


@dataclass(frozen=True, slots=True, repr=False)
class PublishedObject:
    """A version that was published.

    Attributes:
        name, version: what to call it by.
        kind: `function` or `pipeline`.
        entrypoint: the function or pipeline inside that a call runs.
        env: the base Python it is published for.
        created: False where this content was published before, and is that version.
        capture: what was captured: functions, constants, modules, pins. None for SPL/YAML.
        notes: what was done beside, such as registering an environment.
        raw: the daemon's whole answer.
    """

    name: str
    version: int
    kind: str
    entrypoint: str
    env: str
    created: bool
    capture: Mapping[str, Any] | None = None
    notes: tuple[str, ...] = ()
    raw: Mapping[str, Any] = field(default_factory=dict)
    _client: Publishing | None = field(default=None, compare=False)

    @classmethod
    def of(
        cls, answer: Mapping[str, Any], notes: Sequence[str] = (), client: Publishing | None = None
    ) -> PublishedObject:
        return cls(
            name=answer["name"],
            version=answer["version"],
            kind=answer["kind"],
            entrypoint=answer["entrypoint"],
            env=answer["env"],
            created=answer["created"],
            capture=answer.get("capture"),
            notes=tuple(notes),
            raw=answer,
            _client=client,
        )

    @property
    def content_hash(self) -> str:
        return str(self.raw.get("content_hash", ""))

    @property
    def spec_hash(self) -> str:
        """Names the environment build that its runs use."""
        return str(self.raw.get("spec_hash", ""))

    @property
    def display_name(self) -> str:
        return str(self.raw.get("display_name") or self.name)

    def ready(self, timeout: float | None = None, *, progress: bool = True) -> PublishedObject:
        """Wait until its environment is built and its code was imported in it; itself.

        Raises:
            EnvironmentBuildFailed: with the installer's words.
            RunFailed: its code can't be imported there; with the author's own lines.
            WaitTimedOut: it takes longer than `timeout` seconds; the build goes on.
        """
        if self._client is None:
            raise TypeError("This object was published by an asyncio client; await client.ready(published).")
        return self._client._wait_until_ready(self, timeout, progress)

    def __repr__(self) -> str:
        said = "Published" if self.created else "Already published:"
        return f"{said} {self.name} v{self.version} (env={self.env})"

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, str]:
        from spl.client.display.cards import published_card

        return published_card(self)


class Publishing(ServerLink):
    """The verbs that publish."""

    def publish(
        self,
        obj: Any,
        name: str | None = None,
        env: str = DEFAULT_ENV,
        *,
        requirements: Sequence[str] | None = None,
        include: Sequence[Any] = (),
        display_name: str | None = None,
        isolation: str | None = None,
        library: str | None = None,
        create: bool = True,
        local_only: bool = False,
    ) -> PublishedObject:
        """Capture a live function or pipeline with all it needs, and store it as the object's next version.

        The same content again is the same version. Its environment is built in the background; `ready()` waits for it.

        Args:
            name: what to call it by; its own name if not given.
            env: the registered Python it runs on. `default` is registered as this interpreter where it is missing.
            requirements: what to install, instead of the versions that are captured.
            include: further files, folders or modules that its code needs.
            display_name: a label for people.
            isolation: how its runs are kept apart: `auto`, `fork`, `spare`, `fresh`, or `reuse` for short pure ones.
            library: the library on the daemon's server that it goes to as well; one's `default` if not given.
            create: whether that library may be made where it is missing.
            local_only: keep it on this machine.

        Raises:
            CaptureError: it can't be captured; the message names file, line and the way out.
            EnvironmentNotFound: no Python is registered by the name `env`.
        """
        obj, pins = self._do(with_pins(obj))
        try:
            document = captured(obj, name, env, requirements, include, display_name, isolation)
        except SPLError as error:
            raise error.with_traceback(None) from error.__cause__  # what is ours in it says nothing to an author
        self._check_library(library, create, local_only)
        return self._do(published(shared(document, library, local_only), self, pins))

    def remote_updates(self, name: str) -> list[Pin]:
        """What the remote nodes of a published pipeline are pinned to, and where newer versions are: `pin.newest`."""
        return list(self._do(remote_updates(name)))

    def update_remotes(self, name: str, nodes: Sequence[str] | None = None) -> PublishedObject:
        """Publish a pipeline anew with its remote nodes at the newest versions there are; else nothing changes in it.

        Args:
            nodes: only these, by id.

        Raises:
            InvalidRequest: it has no such remote node.
        """
        return self._do(updated_remotes(name, nodes, self))

    def _check_library(self, library: str | None, create: bool, local_only: bool) -> None:
        if library is not None and local_only:
            raise InvalidRequest("library= is on the server, and local_only= keeps the object on this machine.")
        if library is not None and not create:
            from spl.client import desk

            self._at_server(desk.read_library(library), f"Publishing to the library {library!r}")

    def publish_yaml(
        self,
        yaml: Source,
        name: str | None = None,
        entrypoint: str | None = None,
        env: str = DEFAULT_ENV,
        *,
        display_name: str | None = None,
        isolation: str | None = None,
        library: str | None = None,
        create: bool = True,
        local_only: bool = False,
    ) -> PublishedObject:
        """Store an SPL/YAML bundle as the object's next version.

        Args:
            yaml: its text, or the path of a file or of a folder that holds it.
            entrypoint: the function or pipeline that a call runs; the bundle's own if not given.
            library, create, local_only: as for `publish`.

        Raises:
            InvalidBundle: the message names the path in the document and the line.
        """
        try:
            text = bundle_text(yaml)
        except SPLError as error:
            raise error.with_traceback(None) from error.__cause__
        self._check_library(library, create, local_only)
        document = request_of(text, name, entrypoint, env, None, display_name, isolation)
        return self._do(published(shared(document, library, local_only), self))

    def _wait_until_ready(self, one: PublishedObject, timeout: float | None, progress: bool) -> PublishedObject:
        from spl.client.progress import LineWatch, find_screen

        screen = find_screen() if progress else None
        seen = LineWatch(screen, f"{one.name} v{one.version}: building its environment") if screen is not None else None
        try:
            self._do(ready(one, timeout, seen))
        finally:
            if seen is not None:
                seen.close()
        return one


def captured(
    obj: Any,
    name: str | None,
    env: str,
    requirements: Sequence[str] | None,
    include: Sequence[Any],
    display_name: str | None,
    isolation: str | None,
) -> dict[str, Any]:
    """The request that publishes a live object, or a bundle that was captured or read before."""
    from spl.core.entities.bundle import Bundle

    if isinstance(obj, Bundle):
        return request_of(_text_of(obj), name, None, env, None, display_name, isolation)
    if isinstance(obj, os.PathLike):
        return request_of(bundle_text(obj), name, None, env, None, display_name, isolation)
    from spl.core.capture import capture

    found = capture(obj, requirements=requirements, include=include)
    return request_of(_text_of(found.bundle), name, None, env, found.report.to_json(), display_name, isolation)


def bundle_text(yaml: Source) -> str:
    """The text of a bundle that is given as text or as a path: of one line means a path."""
    if isinstance(yaml, str) and (not yaml.strip() or "\n" in yaml):
        return yaml
    from spl.core.ir.files import load_bundle

    return _text_of(load_bundle(Path(yaml)))


def _text_of(bundle: Bundle) -> str:
    from spl.core.ir.files import dump_bundle

    return dump_bundle(bundle)


def request_of(
    yaml: str,
    name: str | None,
    entrypoint: str | None,
    env: str,
    capture: Mapping[str, Any] | None,
    display_name: str | None,
    isolation: str | None,
) -> dict[str, Any]:
    asked = {
        "yaml": yaml,
        "name": name,
        "entrypoint": entrypoint,
        "env": env,
        "display_name": display_name,
        "capture": capture,
        "isolation": isolation,
    }
    return {key: value for key, value in asked.items() if value is not None}


def shared(document: dict[str, Any], library: str | None, local_only: bool) -> dict[str, Any]:
    """The request, with where else than on this machine the object is to be."""
    if library is not None:
        document["library"] = library
    if local_only:
        document["share"] = False
    return document


def with_pins(obj: Any) -> Flow[tuple[Any, tuple[Pin, ...]]]:
    """What is to be published, its remote nodes at version numbers."""
    from spl.core.entities.pipeline import Pipeline

    if not isinstance(obj, Pipeline):
        return obj, ()
    from spl.client.remotes import pinned

    return (yield from pinned(obj))


def remote_updates(name: str) -> Flow[tuple[Pin, ...]]:
    """The pins of a published pipeline."""
    from spl.client.catalog import described
    from spl.client.remotes import pinned
    from spl.core.ir.files import bundle_from_text

    bundle = bundle_from_text((yield from described(name, None, True))["yaml"])
    pins: list[Pin] = []
    for pipeline in bundle.pipelines:
        pins += (yield from pinned(pipeline))[1]
    return tuple(pins)


def updated_remotes(name: str, nodes: Sequence[str] | None, client: Publishing | None = None) -> Flow[PublishedObject]:
    """The next version of a published pipeline, its remote nodes at the newest versions."""
    from spl.client.catalog import described
    from spl.client.remotes import pinned_bundle, reported
    from spl.core.ir.files import bundle_from_text

    old = yield from described(name, None, True)
    wanted = None if nodes is None else set(nodes)
    bundle, pins = yield from pinned_bundle(bundle_from_text(old["yaml"]), lambda one: wanted is None or one in wanted)
    unknown = sorted((wanted or set()) - {pin.node for pin in pins})
    if unknown:
        raise InvalidRequest(f"{name!r} has no remote node {', '.join(map(repr, unknown))}.")
    moved = [pin for pin in pins if pin.moved]
    if not moved:  # nothing else may change with it, such as how it is written
        return PublishedObject.of({**old, "created": False}, ["Its remote nodes are at their newest versions."], client)
    document = request_of(
        _text_of(bundle),
        old["name"],
        None,
        old["env"],
        old.get("capture"),
        old.get("display_name"),
        old.get("isolation"),
    )
    answer = (yield objects.publish(reported(document, pins))).json()
    notes = [f"Remote node {pin} (was {pin.was})." for pin in moved]
    return PublishedObject.of(answer, notes, client)


def published(
    document: dict[str, Any], client: Publishing | None = None, pins: Sequence[Pin] = ()
) -> Flow[PublishedObject]:
    """Publish; the environment `default` comes into being with the first object that needs it."""
    said: list[str] = []
    if pins:
        from spl.client.remotes import notes_of, reported

        document = reported(document, pins)
        said = notes_of(pins, document.get("name") or "...")
    try:
        answer = (yield objects.publish(document)).json()
        return PublishedObject.of(answer, said, client=client)
    except EnvironmentNotFound:
        if document["env"] != DEFAULT_ENV:
            raise
    made = (yield environments.register_env(DEFAULT_ENV, sys.executable)).json()
    note = f"Registered this interpreter (Python {made.get('version')}) as the environment {DEFAULT_ENV!r}."
    sys.stderr.write(f"{note}\n")
    answer = (yield objects.publish(document)).json()
    return PublishedObject.of(answer, [note, *said], client)


def ready(one: PublishedObject, timeout: float | None, observe: Callable[[str], float] | None) -> Flow[None]:
    """Wait for the outcome of a version's preparation."""
    deadline = None if timeout is None else time.monotonic() + timeout
    line = ""
    while True:
        wait = observe(line) if observe is not None else LONG_POLL
        if deadline is not None:
            wait = max(0.0, min(wait, deadline - time.monotonic()))
        answer = (yield from patiently(objects.ready(one.name, one.version, wait))).json()
        if answer["ready"]:
            return
        if answer.get("error"):
            raise error_of(answer["error"])
        line = str(answer.get("line") or "")
        if deadline is not None and time.monotonic() >= deadline:
            raise WaitTimedOut(
                f"{one.name} v{one.version} is not ready yet ({answer['status']}); its preparation goes on.",
                hint="Call ready() again.",
            )
