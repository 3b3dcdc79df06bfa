"""A pipeline as a picture: plain SVG and Mermaid text, made with the standard library, the same for the same pipeline.

Colours come from the page (`currentColor`), so that it reads in light and dark notebooks.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from html import escape

from spl.core.entities.layout import Layout, Point, layout
from spl.core.entities.node import InputRef, Node, OutputRef
from spl.core.entities.node_remote import NodeRemote
from spl.core.entities.pipeline import Pipeline
from spl.core.entities.scalar import Scalar

MOST_NODES = 300
"""A larger drawing is a carpet: nobody reads it, and notebooks keep it in their file."""

LETTER = 7.3  # width of a monospaced letter at 12px
LINE = 15
GAP_X = 46
GAP_Y = 16
MARGIN = 8
SHOWN = 28  # letters; longer labels are cut, and longer in the tooltip
TOOLTIP = 200
STYLE = (
    ".splp{font:12px ui-monospace,Menlo,Consolas,monospace}"
    ".splp *{fill:none;stroke:currentColor}"
    ".splp text{fill:currentColor;stroke:none}"
    ".splp .i,.splp .e,.splp .s{opacity:.6}"
    ".splp .r{stroke-dasharray:5 3}"
    ".splp .o{stroke-width:2}"
)


@dataclass(frozen=True, slots=True)
class Box:
    """One shape: its lines of text, how it is drawn, and the tooltip."""

    lines: tuple[str, ...]
    style: str = ""
    tooltip: str = ""

    @property
    def width(self) -> int:
        return round(max(len(line) for line in self.lines) * LETTER + 18)

    @property
    def height(self) -> int:
        return LINE * len(self.lines) + 11


def svg(pipeline: Pipeline) -> str:
    """The drawing as SVG: nodes in layers from left to right, inputs at the left, named outputs drawn strong."""
    if len(pipeline.nodes) > MOST_NODES:
        return _note(f"{_cut(pipeline.name)}: {len(pipeline.nodes):,} nodes, too many to draw")
    boxes, predecessors = _boxes(pipeline)
    placed = layout(predecessors, {key: (box.width, box.height) for key, box in boxes.items()}, GAP_X, GAP_Y)
    width, height = round(placed.width + 2 * MARGIN), round(placed.height + 2 * MARGIN)
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" class="splp" width="{width}" height="{height}" '
        f'viewBox="{-MARGIN} {-MARGIN} {width} {height}" role="img" '
        f'aria-label="Pipeline {escape(_cut(pipeline.name))}">'
    )
    shapes = [_shape(box, placed.positions[key]) for key, box in boxes.items()]
    return "".join([head, f"<style>{STYLE}</style>", *_edges(placed, boxes), *shapes, "</svg>"])


def mermaid(pipeline: Pipeline) -> str:
    """The drawing as a Mermaid flowchart."""
    names = {node_id: f"n{at}" for at, node_id in enumerate(pipeline.nodes)}
    lines = ["flowchart LR"]
    for at, port in enumerate(pipeline.inputs):
        lines.append(f"    i{at}([{_quoted(port.name)}])")
    for node_id, node in pipeline.nodes.items():
        label = _quoted("<br>".join(escape(line) for line in _labels(pipeline, node_id, node)))
        lines.append(
            f"    {names[node_id]}[[{label}]]" if isinstance(node, NodeRemote) else f"    {names[node_id]}[{label}]"
        )
    inputs = {port.name: f"i{at}" for at, port in enumerate(pipeline.inputs)}
    for node_id, port in pipeline.free_ports():
        lines.append(f"    {inputs[port.name]} --> {names[node_id]}")
    for target, source in pipeline.links.items():
        if isinstance(source, OutputRef):
            lines.append(f"    {names[source.node]} -->|{_quoted(target.port)}| {names[target.node]}")
    return "\n".join([*lines, ""])


def _boxes(pipeline: Pipeline) -> tuple[dict[str, Box], dict[str, list[str]]]:
    """What is drawn, and what each takes from; inputs have keys that no node id can be."""
    boxes: dict[str, Box] = {}
    predecessors: dict[str, list[str]] = {}
    takers: dict[str, list[str]] = {}
    for node_id, port in pipeline.free_ports():
        takers.setdefault(node_id, []).append(f"\0{port.name}")
    for port in pipeline.inputs:
        optional = "" if port.required else "?"
        boxes[f"\0{port.name}"] = Box((_cut(port.name + optional),), "i", f"input {port.name}: {port.type or 'any'}")
        predecessors[f"\0{port.name}"] = []
    befores = pipeline.predecessors()
    strong = set(pipeline.aliases.values())
    for node_id, node in pipeline.nodes.items():
        style = ("r " if isinstance(node, NodeRemote) else "") + ("o" if node_id in strong else "")
        boxes[node_id] = Box(tuple(map(_cut, _labels(pipeline, node_id, node))), style.strip(), _tooltip(node))
        predecessors[node_id] = list(dict.fromkeys([*takers.get(node_id, ()), *befores[node_id]]))
    return boxes, predecessors


def _labels(pipeline: Pipeline, node_id: str, node: Node) -> list[str]:
    labels = [node_id]
    if isinstance(node, NodeRemote):
        place = "/".join(part for part in (node.owner, node.library) if part)
        machine = f" on {node.target_machine}" if node.target_machine else ""
        labels.append(f"@ {place or 'remote'}{machine}")
    for port in node.inputs:
        source = pipeline.links.get(InputRef(node_id, port.name))
        if isinstance(source, Scalar):
            labels.append(f"{port.name}={_constant(source)}")
    named = [alias for alias, one in pipeline.aliases.items() if one == node_id]
    return [*labels, *(f"= {alias}" for alias in named)]


def _constant(scalar: Scalar) -> str:
    value = scalar.value
    if isinstance(value, (bool, int, float, str, type(None))):
        return repr(value if not isinstance(value, str) else value[:SHOWN])
    return f"<{type(value).__name__}>"


def _tooltip(node: Node) -> str:
    if isinstance(node, NodeRemote):
        return f"{node.reference} ({node.version})"
    ports = ", ".join(f"{port.name}: {port.type}" if port.type else port.name for port in node.inputs)
    return f"{node.id}({ports})"


def _edges(placed: Layout, boxes: dict[str, Box]) -> list[str]:
    path = "".join(_curve(points, boxes[source].width) for source, points in placed.edges)
    return [f'<path class="e" d="{path}"/>'] if path else []


def _curve(points: list[Point], first_width: int) -> str:
    """One edge: from the right side of a box, through its gaps, to the left side of the other."""
    x, y = round(points[0].x + first_width), round(points[0].y)
    text = f"M{x} {y}"
    straight = 0
    for point in points[1:]:
        dx, dy = round(point.x) - x, round(point.y) - y
        bend = min(dx, GAP_X)  # only between the layers: beside a box the edge runs straight
        straight += dx - bend
        if dy:
            text += (f"h{straight}" if straight else "") + f"c{bend // 2} 0 {bend // 2} {dy} {bend} {dy}"
            straight = 0
        else:
            straight += bend
        straight += round(point.through)
        x, y = round(point.x) + round(point.through), y + dy
    return text + (f"h{straight}" if straight else "") + "m-5-3l5 3-5 3"


def _shape(box: Box, at: Point) -> str:
    top = at.y - box.height / 2
    radius = box.height / 2 if box.style == "i" else 4
    texts = ""
    for row, line in enumerate(box.lines):
        small = ' class="s"' if row else ""
        texts += f'<text{small} x="{at.x + 9:.0f}" y="{top + LINE * (row + 1):.0f}">{escape(line)}</text>'
    style = f' class="{box.style}"' if box.style else ""
    place = f'x="{at.x:.0f}" y="{top:.0f}" width="{box.width}" height="{box.height}" rx="{radius:.0f}"'
    return f"<g><title>{escape(_cut(box.tooltip, TOOLTIP))}</title><rect{style} {place}/>{texts}</g>"


def _note(text: str) -> str:
    width = round(len(text) * LETTER + 2 * MARGIN)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" class="splp" width="{width}" height="32"><style>{STYLE}</style>'
        f'<text x="{MARGIN}" y="20">{escape(text)}</text></svg>'
    )


def _cut(text: str, letters: int = SHOWN) -> str:
    """Short, and without what XML can't hold."""
    text = re.sub(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]", "\ufffd", text)
    return text if len(text) <= letters else text[: letters - 1] + "…"


def _quoted(text: str) -> str:
    return '"' + text.replace('"', "#quot;").replace("\n", " ") + '"'
