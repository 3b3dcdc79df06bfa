"""The reference pages that are made from the code: errors, settings, SDK, command line, HTTP API.

`python3 tools/dev.py docs` writes them; a test compares them with what this module makes.
"""

from __future__ import annotations

import importlib
import inspect
import json
import sys
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

REFERENCE = Path(__file__).resolve().parent.parent / "docs" / "reference"
SDK = {
    "spl.client": "What a notebook or a script talks to the daemon with.",
    "spl.server_client": "Speaking to a server directly, without a daemon.",
    "spl.core.common": "Building pipelines and running them in process.",
    "spl.core": "Bundles as files, and remote nodes.",
    "spl.runtime": "What a published function may ask of its run.",
}


def errors_page() -> str:
    """Every error: its code, its status, its class and its sentence."""
    from spl.core.errors import default_message, every_error

    rows = sorted((kind.code, kind) for kind in every_error())
    lines = [
        "# Errors",
        "",
        "Every error has a stable code. Over HTTP it is an `application/problem+json` document with `code`, `detail`",
        "(what happened), `hint` (what to do next) and `details`; in Python it is an exception from `spl.core.errors`,",
        "all below `SPLError`.",
        "",
        "| code | status | exception | meaning |",
        "|---|---|---|---|",
        *(f"| `{code}` | {kind.status} | `{kind.__name__}` | {default_message(kind)} |" for code, kind in rows),
        "",
        "The tree:",
        "",
        "```",
        *tree_of(error_tree()),
        "```",
    ]
    return "\n".join(lines) + "\n"


def error_tree() -> str:
    """Both drawings: what everybody may meet, and what only a server says."""
    docs = [importlib.import_module(name).__doc__ or "" for name in ("spl.core.errors", "spl.core.server_errors")]
    return "\n\n".join(docs)


def tree_of(doc: str) -> list[str]:
    """The drawing in the module's docstring."""
    return [line[4:] for line in doc.splitlines() if line.startswith("    ")]


def settings_page() -> str:
    """Every setting of the daemon, with its variable and its default."""
    from spl.daemon.settings import described

    return settings_table("the daemon", "spl-daemon", described())


def server_settings_page() -> str:
    """Every setting of the server, with its variable and its default."""
    from daemon_server.settings import described

    return settings_table("the server", "spl-server", described())


def settings_table(whose: str, program: str, settings: Iterable[Any]) -> str:
    lines = [
        f"# Settings of {whose}",
        "",
        f"Each is an option of `{program} serve` or an environment variable; the option wins.",
        "",
        "| setting | variable | default | meaning |",
        "|---|---|---|---|",
        *(f"| `{s.name}` | `{s.variable}` | `{s.default}` | {s.sentence} |" for s in settings),
    ]
    return "\n".join(lines) + "\n"


def sdk_page() -> str:
    """Public names with their signatures and docstrings."""
    lines = ["# Python reference", "", "Made from the docstrings.", ""]
    for module_name, sentence in SDK.items():
        module = importlib.import_module(module_name)
        lines += [f"## `{module_name}`", "", sentence, ""]
        for name in module.__all__:
            lines += entry(name, getattr(module, name))
    return "\n".join(lines).rstrip() + "\n"


def entry(name: str, value: object) -> list[str]:
    """One public name: a class with its methods, a function, or a value."""
    if inspect.isclass(value):
        lines = [f"### `{name}`", "", *doc_of(value), ""]
        if not issubclass(value, Exception):
            for method_name, method in public_methods(value):
                lines += [f"**`{method_name}{signature_of(method)}`**", "", *doc_of(method), ""]
        return lines
    if callable(value):
        return [f"### `{name}{signature_of(value)}`", "", *doc_of(value), ""]
    return [f"### `{name}`", ""]


def public_methods(kind: type) -> list[tuple[str, Callable[..., object]]]:
    own = [base for base in kind.__mro__ if base.__module__.startswith("spl.")]
    names = sorted({name for base in own for name in vars(base) if not name.startswith("_")})
    members = [(name, inspect.getattr_static(kind, name)) for name in names]
    unwrapped = [(name, getattr(member, "__func__", member)) for name, member in members]
    return [(name, member) for name, member in unwrapped if inspect.isfunction(member)]


def signature_of(value: Callable[..., object]) -> str:
    return str(inspect.signature(value)).replace("'", "")


def doc_of(value: object) -> list[str]:
    doc = inspect.getdoc(value)
    return doc.splitlines() if doc else []


def cli_page() -> str:
    from spl.daemon.cli.reference import markdown

    return markdown()


def server_cli_page() -> str:
    """Every command of `spl-server`, with its arguments and options."""
    import typer

    from daemon_server.cli.application import HELP, PROGRAM, build

    lines = [
        "# Command line of the server",
        "",
        HELP,
        "",
        "Exit codes: 0 it worked, 1 it failed or something was found, 2 the command line or a setting is wrong, 75 the",
        "server stopped and requests were cut off, 130 interrupted. With `--json`, stdout holds one JSON document.",
        "",
    ]
    for words, command in commands_of(typer.main.get_command(build()), (PROGRAM,)):
        takes = [one for one in command.params if one.name != "help"]
        arguments = [str(one.metavar or one.name.upper()) for one in takes if one.param_type_name == "argument"]
        lines += [f"## `{' '.join([*words, *arguments])}`", "", inspect.cleandoc(command.help or ""), ""]
        if words[-1] == "serve":
            lines += ["Its options are [the settings](server-settings.md).", ""]
            continue
        options = [one for one in takes if one.param_type_name == "option"]
        if options:
            rows = [f"| `{', '.join(one.opts)}` | {(one.help or '').replace('|', '\\|')} |" for one in options]
            lines += ["| option | meaning |", "|---|---|", *rows, ""]
    return "\n".join(lines).rstrip() + "\n"


def commands_of(group: Any, words: tuple[str, ...]) -> Iterable[tuple[tuple[str, ...], Any]]:
    """The commands of a group, those of its groups among them."""
    for name, command in group.commands.items():
        if hasattr(command, "commands"):
            yield from commands_of(command, (*words, name))
        else:
            yield (*words, name), command


def openapi() -> str:
    """The daemon's API, as its routes declare it."""
    from spl.daemon.app import openapi_document

    return json.dumps(openapi_document(), indent=1, sort_keys=True) + "\n"


def server_openapi() -> str:
    """The server's API, as its routes declare it."""
    from daemon_server.app import openapi_document

    return json.dumps(openapi_document(), indent=1, sort_keys=True) + "\n"


def server_api_page() -> str:
    """Every operation of the server: its sentence, and who may come in with which scope."""
    from daemon_server.app import openapi_document

    lines = [
        "# The server's API",
        "",
        "Everything is below `/` and below `/api`. Credentials travel as `Authorization: Bearer <token>`.",
        "Errors are problem documents with a `code` from [the list](errors.md). Bodies and answers are in",
        "`spl-server/openapi.json`, which a running server gives at `/openapi.json`. The scope behind a kind of",
        "credential is needed by it; a kind that is not named is refused.",
    ]
    by_tag: dict[str, list[str]] = {}
    for path, operations in openapi_document()["paths"].items():
        for method, operation in operations.items():
            sentence = operation.get("description", operation["summary"]).split("\n")[0]
            row = f"| `{method.upper()} {path}` | {sentence} | {who_comes_in(operation)} |"
            by_tag.setdefault(operation.get("tags", ["server"])[0], []).append(row)
    for tag, rows in sorted(by_tag.items()):
        lines += ["", f"## {tag.capitalize()}", "", "| operation | what it does | who |", "|---|---|---|", *rows]
    return "\n".join(lines) + "\n"


def who_comes_in(operation: dict[str, Any]) -> str:
    kinds: dict[str, Any] = operation.get("x-spl-credentials", {})
    named = (
        f"{kind} (`{scope}`)" if isinstance(scope, str) else kind for kind, scope in sorted(kinds.items()) if scope
    )
    return ", ".join(named) or "anybody"


PAGES: dict[str, Callable[[], str]] = {
    "errors.md": errors_page,
    "settings.md": settings_page,
    "sdk.md": sdk_page,
    "cli.md": cli_page,
    "daemon-openapi.json": openapi,
    "../../spl-server/openapi.json": server_openapi,
    "server-settings.md": server_settings_page,
    "server-cli.md": server_cli_page,
    "server-api.md": server_api_page,
}


def main() -> int:
    for name, make in PAGES.items():
        (REFERENCE / name).write_text(make(), encoding="utf-8", newline="\n")
        print((REFERENCE / name).resolve().relative_to(REFERENCE.parent.parent))
    return 0


if __name__ == "__main__":
    sys.exit(main())
