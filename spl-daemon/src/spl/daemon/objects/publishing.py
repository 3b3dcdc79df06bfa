"""From the text of a publish to all that will be stored of it. Runs in a thread."""

from __future__ import annotations

from dataclasses import dataclass, replace

from spl.core.entities.bundle import Bundle
from spl.core.entities.nearest import did_you_mean, listed
from spl.core.errors import InvalidBundle, InvalidRequest
from spl.core.ir.files import bundle_from_text, dump_bundle
from spl.core.ir.hashing import content_hash
from spl.daemon.environments import Interpreter
from spl.daemon.objects.naming import check_name
from spl.daemon.objects.requires import satisfies
from spl.daemon.objects.version import Card


@dataclass(frozen=True, slots=True)
class Prepared:
    """A bundle that was read and checked.

    Attributes:
        yaml: the text to keep: one that `bundle_from_text` turns into this bundle.
    """

    name: str
    bundle: Bundle
    content_hash: str
    card: Card
    yaml: str


def prepare(text: str, *, name: str | None = None, entrypoint: str | None = None) -> Prepared:
    """Read a publish.

    Raises:
        InvalidBundle: with path and line.
        InvalidName: the object can't be called so.
    """
    given = bundle_from_text(text)
    bundle = _entered_at(given, entrypoint) if entrypoint else given
    return Prepared(
        name=check_name(name if name is not None else bundle.entrypoint),
        bundle=bundle,
        content_hash=content_hash(bundle),
        card=Card.of(bundle),
        yaml=text if bundle is given and _is_current(text) else dump_bundle(bundle),
    )


def check_python(card: Card, interpreter: Interpreter, *, object: str, env: str) -> None:
    """Can the environment's Python run this at all?

    Raises:
        InvalidRequest: it can't; both versions are named.
    """
    version, wanted = interpreter.identity.version, card.requires_python
    if not satisfies(version, wanted):
        raise InvalidRequest(
            f"{object!r} needs Python {wanted}, but the environment {env!r} is Python {version}.",
            hint=f"Publish it with another env=, or register another Python: `spl-daemon env-add {env} PYTHON`.",
            requires_python=wanted,
            python=version,
        )


def _entered_at(bundle: Bundle, entrypoint: str) -> Bundle:
    """The same bundle with another entrypoint."""
    if entrypoint == bundle.entrypoint:
        return bundle
    known = [*(one.name for one in bundle.pipelines), *(one.name for one in bundle.functions)]
    if entrypoint not in known:
        raise InvalidBundle(
            f"The bundle has no function or pipeline {entrypoint!r} to enter at.{did_you_mean(entrypoint, known)}",
            hint=f"It has {listed(known)}.",
        )
    return replace(bundle, entrypoint=entrypoint)


def _is_current(text: str) -> bool:
    """Whether the text is of the format written today; older ones are kept as today's."""
    return any(line.startswith("spl:") for line in text.splitlines())
