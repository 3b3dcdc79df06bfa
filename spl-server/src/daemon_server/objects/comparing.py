"""What changed between two versions, and what of it breaks the callers of the first. Pure."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Mapping
from typing import Any

type Card = Mapping[str, Any]
type Change = dict[str, Any]

# Lines of one file that are compared line by line; the time grows with their square.
COMPARED_LINES = 2_000
# Lines of the differences that are shown, over all files.
SHOWN_LINES = 20_000
_POSITIONAL = ("positional_only", "standard")


def signatures(before: Card, after: Card) -> list[Change]:
    """Changes of how the object and its functions are called."""
    found = [*_signature("", before["entry"], after["entry"])]
    for name in sorted({*before["functions"], *after["functions"]}):
        old, new = before["functions"].get(name), after["functions"].get(name)
        if old is before["entry"] or name == before["entry"]["name"] == after["entry"]["name"]:
            continue  # the entrypoint was told of
        if old is None:
            found.append(_change("function_added", name, f"function {name!r} is new"))
        elif new is None:
            found.append(_change("function_removed", name, f"function {name!r} is gone", breaking=True))
        else:
            found += _signature(f"{name}.", old, new)
    return found


def dependencies(before: Card, after: Card) -> list[Change]:
    """Changes of what must be installed, and of the Python that is asked for."""
    found: list[Change] = []
    if before["requires_python"] != after["requires_python"]:
        found.append(
            _change("python_changed", "python", f"Python {before['requires_python']} became {after['requires_python']}")
        )
    for key in ("dependencies", "constraints"):
        old, new = _pins(before[key]), _pins(after[key])
        for name in sorted(old.keys() | new.keys()):
            if old.get(name) != new.get(name):
                kind = "added" if name not in old else "removed" if name not in new else "changed"
                change = _change(f"{key}_{kind}", name, f"{name}: {old.get(name, 'none')} -> {new.get(name, 'none')}")
                found.append({**change, "before": old.get(name), "after": new.get(name)})
    if before["requirements"] != after["requirements"]:
        text = f"requirements: {', '.join(before['requirements'])} -> {', '.join(after['requirements'])}"
        found.append(_change("requirements_changed", "requirements", text))
    return found


def graphs(before: Card, after: Card) -> list[Change]:
    """Changes of the pipelines' nodes and links."""
    found: list[Change] = []
    for name in sorted(before["graphs"].keys() | after["graphs"].keys()):
        old = before["graphs"].get(name, {"nodes": [], "links": []})
        new = after["graphs"].get(name, {"nodes": [], "links": []})
        found += _nodes(name, old, new)
        found += _links(name, old, new)
    return found


def sources(before: Mapping[str, str], after: Mapping[str, str]) -> list[dict[str, Any]]:
    """The files that differ, each with a unified diff; a path that only one side has is added or removed."""
    found = []
    room = SHOWN_LINES
    for path in sorted(before.keys() | after.keys()):
        old, new = before.get(path), after.get(path)
        if old == new:
            continue
        lines = _diff(path, old or "", new or "") if room > 0 else None
        status = "added" if old is None else "removed" if new is None else "changed"
        truncated = lines is None or len(lines) > room
        shown = (lines or [])[: max(room, 0)]
        room -= len(shown)
        found.append({"path": path, "status": status, "diff": "\n".join(shown), "truncated": truncated})
    return found


def _diff(path: str, old: str, new: str) -> list[str] | None:
    a, b = old.splitlines(), new.splitlines()
    if len(a) > COMPARED_LINES or len(b) > COMPARED_LINES:
        return None
    return list(difflib.unified_diff(a, b, f"a/{path}", f"b/{path}", lineterm=""))


def _signature(at: str, old: Card, new: Card) -> Iterator[Change]:
    if old["kind"] != new["kind"]:
        text = f"it was a {old['kind']} and is a {new['kind']}"
        yield _change("kind_changed", f"{at}kind", text, breaking=True)
    yield from _inputs(at, old, new)
    yield from _outputs(at, old, new)


def _inputs(at: str, old: Card, new: Card) -> Iterator[Change]:
    before, after = ({port["name"]: port for port in card["inputs"]} for card in (old, new))
    takes_more = any(port["kind"] == "var_keyword" for port in new["inputs"])
    for name, port in before.items():
        if name not in after:
            text = f"input {name!r} is gone"
            yield _change("input_removed", f"{at}{name}", text, breaking=not takes_more)
        else:
            yield from _input(f"{at}{name}", port, after[name])
    for name, port in after.items():
        if name not in before:
            told = "required" if port["required"] else "optional"
            text = f"input {name!r} is new and {told}"
            yield _change("input_added", f"{at}{name}", text, breaking=port["required"])
    if old["kind"] == new["kind"] == "function":
        order = [port["name"] for port in old["inputs"] if port["kind"] in _POSITIONAL]
        now = [port["name"] for port in new["inputs"] if port["kind"] in _POSITIONAL]
        if now[: len(order)] != order and set(order) <= set(now):
            yield _change("inputs_reordered", at + "inputs", "inputs given by position changed places", breaking=True)


def _input(at: str, old: Card, new: Card) -> Iterator[Change]:
    if new["required"] and not old["required"]:
        yield _change("input_required", at, f"input {old['name']!r} became required", breaking=True)
    elif old["required"] and not new["required"]:
        yield _change("input_optional", at, f"input {old['name']!r} became optional")
    elif old["default"] != new["default"]:
        yield _change("default_changed", at, f"the default of {old['name']!r}: {old['default']} -> {new['default']}")
    if old["type"] != new["type"] or old["schema"] != new["schema"]:
        text = f"the type of {old['name']!r}: {old['type'] or 'any'} -> {new['type'] or 'any'}"
        yield _change("type_changed", at, text, breaking=not _accepts(new["schema"], old["schema"]))
    if old["kind"] != new["kind"]:
        text = f"{old['name']!r} was {old['kind']} and is {new['kind']}"
        yield _change("input_kind_changed", at, text, breaking=new["kind"] != "standard")


def _outputs(at: str, old: Card, new: Card) -> Iterator[Change]:
    before, after = ({port["name"]: port for port in card["outputs"]} for card in (old, new))
    for name, port in before.items():
        if name not in after:
            yield _change("output_removed", f"{at}{name}", f"output {name!r} is gone", breaking=True)
        elif (port["type"], port["schema"]) != (after[name]["type"], after[name]["schema"]):
            text = f"the type of output {name!r}: {port['type'] or 'any'} -> {after[name]['type'] or 'any'}"
            narrower = _accepts(port["schema"], after[name]["schema"])
            yield _change("output_type_changed", f"{at}{name}", text, breaking=not narrower)
    for name in after.keys() - before.keys():
        yield _change("output_added", f"{at}{name}", f"output {name!r} is new")


def _accepts(wide: Any, narrow: Any) -> bool:
    """Whether everything that fits one schema certainly fits the other; False where that can't be told."""
    if not wide or wide == narrow:
        return True
    if not isinstance(wide, dict) or not isinstance(narrow, dict) or not narrow:
        return False
    choices = narrow.get("anyOf")
    if isinstance(choices, list) and len(narrow) == 1:
        return all(_accepts(wide, choice) for choice in choices)
    choices = wide.get("anyOf")
    if isinstance(choices, list) and len(wide) == 1:
        return any(_accepts(choice, narrow) for choice in choices)
    return wide == {"type": "number"} and narrow.get("type") == "integer"


def _nodes(pipeline: str, old: Card, new: Card) -> Iterator[Change]:
    before, after = ({node["id"]: node for node in drawing["nodes"]} for drawing in (old, new))
    for node in [*before, *(node for node in after if node not in before)]:
        at = f"{pipeline}.{node}"
        if node not in after:
            yield _change("node_removed", at, f"node {node!r} is gone")
        elif node not in before:
            yield _change("node_added", at, f"node {node!r} is new")
        elif (before[node]["function"], before[node]["remote"]) != (after[node]["function"], after[node]["remote"]):
            yield _change("node_changed", at, f"node {node!r} calls something else")


def _links(pipeline: str, old: Card, new: Card) -> Iterator[Change]:
    before, after = ({_link(link): link for link in drawing["links"]} for drawing in (old, new))
    for text in [one for one in before if one not in after]:
        yield _change("link_removed", f"{pipeline}.links", f"the link {text} is gone")
    for text in [one for one in after if one not in before]:
        yield _change("link_added", f"{pipeline}.links", f"the link {text} is new")


def _link(link: Mapping[str, Any]) -> str:
    source, target = link["source"], link["target"]
    return f"{source['node']}.{source['port']} -> {target['node']}.{target['port']}"


def _pins(lines: list[str]) -> dict[str, str]:
    return {line.partition("==")[0]: line.partition("==")[2] for line in lines}


def _change(kind: str, path: str, text: str, *, breaking: bool = False) -> Change:
    return {"kind": kind, "path": path, "text": text, "breaking": breaking}
