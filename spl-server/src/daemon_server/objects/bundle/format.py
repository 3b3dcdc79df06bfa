"""What a bundle's document may look like: its keys, and what each of them holds. Names that must exist and paths that
must be safe are looked at in `canonical`."""

from __future__ import annotations

from daemon_server.objects.bundle.places import Document, InvalidBundle, Json, Lines, refusal, shown
from daemon_server.objects.bundle.shapes import (
    ANYTHING,
    MAPPING,
    Misfit,
    choice,
    either,
    items,
    mapping_of,
    record,
    text,
)

# Documents of a higher number come from a newer SPLime.
FORMAT = 1
PORT_KINDS = ("positional_only", "standard", "var_positional", "keyword_only", "var_keyword")
FUNCTION_KINDS = ("plain", "async", "generator", "async_generator")
ORIGINS = ("extracted", "file")

_NAME = text(1, 200, r"[^\x00-\x1f\x7f]+", "well formed")
_LINE = text(1, 2000, r"[^\x00-\x1f\x7f]+", "well formed")
_PATH = text(1, 200)
_CODE = text(1, 100_000)
_TEXT = text()
_PIN = text(0, 300, r"[A-Za-z0-9]([A-Za-z0-9._-]*[A-Za-z0-9])?==[A-Za-z0-9][A-Za-z0-9.!+_-]*", "`package==version`")
# Never an installer's option.
_REQUIREMENT = text(1, 2000, r"[^\s\x00-\x1f\x7f-][^\x00-\x1f\x7f]*", "a requirement line")
_REFERENCE = either("`node.port`", text(3, 401), items(_NAME, fewest=2, most=2))

_INPUT = record(
    {"name": _NAME, "type": _CODE, "default": _CODE, "kind": choice(*PORT_KINDS), "schema": MAPPING},
    required=("name",),
)
_OUTPUT = record({"name": _NAME, "type": _CODE, "schema": MAPPING}, required=("name",))
_FUNCTION = record(
    {
        "name": _NAME,
        "in": _NAME,
        "qualname": _NAME,
        "kind": choice(*FUNCTION_KINDS),
        "doc": _TEXT,
        "inputs": items(_INPUT),
        "outputs": items(_OUTPUT),
    },
    required=("name", "in"),
)
_REMOTE = record(
    {
        "url": _LINE,
        "owner": _NAME,
        "library": _NAME,
        "name": _NAME,
        "function": _NAME,
        "version": _NAME,
        "target_machine": _NAME,
    },
    required=("name",),
)
_NODE = record(
    {"function": _NAME, "remote": _REMOTE, "inputs": items(_INPUT), "outputs": items(_OUTPUT)},
    one_of=("function", "remote"),
)
_LINK = record({"to": _REFERENCE, "from": _REFERENCE, "value": ANYTHING}, required=("to",), one_of=("from", "value"))
_PIPELINE = record(
    {
        "name": _NAME,
        "doc": _TEXT,
        "nodes": mapping_of(_NAME, _NODE),
        "links": items(_LINK),
        "aliases": mapping_of(_NAME, _NAME),
    },
    required=("name",),
)
_MODULE = record(
    {
        "name": _NAME,
        "path": _PATH,
        "origin": choice(*ORIGINS),
        "constants": mapping_of(_NAME, ANYTHING),
        "source": _TEXT,
        "source_file": _PATH,
    },
    required=("name", "path"),
    one_of=("source", "source_file"),
)
_FILE = record(
    {"path": _PATH, "base64": _TEXT, "source_file": _PATH}, required=("path",), one_of=("base64", "source_file")
)
_BUNDLE = record(
    {
        "spl": choice(FORMAT),
        "entrypoint": _NAME,
        "python": record({"requires": text(0, 200, r"[<>=!~0-9A-Za-z.*, ]*", "well formed"), "captured": text(0, 100)}),
        "dependencies": items(_PIN),
        "constraints": items(_PIN),
        "requirements": items(_REQUIREMENT),
        "functions": items(_FUNCTION),
        "pipelines": items(_PIPELINE),
        "modules": items(_MODULE),
        "files": items(_FILE),
    },
    required=("spl", "entrypoint"),
)


def check(document: Document, lines: Lines) -> None:
    """Hold a document against the format.

    Raises:
        InvalidBundle: with the path and the line of the first thing that does not fit.
    """
    found: Json = document.get("spl")
    if "spl" not in document:
        raise InvalidBundle("The text is no SPL/YAML bundle: it has no `spl` key.", hint="It begins with `spl: 1`.")
    if type(found) is int and found > FORMAT:
        raise refusal(
            ["spl"],
            f"format {shown(found)} was written by a newer SPLime; this server reads {FORMAT}.",
            lines,
            hint="Ask whoever runs the server to upgrade it.",
        )
    try:
        _BUNDLE(document, [])
    except Misfit as misfit:
        raise refusal(misfit.path, misfit.problem, lines, hint=misfit.hint) from None
