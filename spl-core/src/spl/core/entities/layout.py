"""Where the boxes of a layered drawing stand. Pure: sizes and links in, positions out.

Each box stands in the layer behind the last one it depends on. An edge that skips layers gets a small gap of its own in
each of them, so that no edge runs through a box. The order inside a layer comes from the mean position of the
neighbours, looked at from both sides in turn.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from spl.core import graph

SWEEPS = 6
"""Enough for the order to settle in drawings that people read; each sweep is linear."""

LANE = 6
LANE_GAP = 4
"""Height of the gap that an edge gets in a layer it skips, and the distance between two of them."""

type Size = tuple[float, float]
type Key = str | tuple[str, str, int]


@dataclass(frozen=True, slots=True)
class Point:
    """The middle of a box's left side, or of a gap's; `through` is how long the gap is."""

    x: float
    y: float
    through: float = 0


@dataclass(frozen=True, slots=True)
class Layout:
    """Positions by key, and each edge as its source and the points it goes through."""

    positions: Mapping[str, Point]
    edges: Sequence[tuple[str, list[Point]]]
    width: float
    height: float


@dataclass(slots=True)
class _Layers:
    """Boxes and gaps by layer, and what stands before and behind each."""

    rows: list[list[Key]]
    before: dict[Key, list[Key]] = field(default_factory=dict)
    behind: dict[Key, list[Key]] = field(default_factory=dict)
    chains: list[tuple[str, list[Key]]] = field(default_factory=list)

    def join(self, source: Key, target: Key) -> None:
        self.behind.setdefault(source, []).append(target)
        self.before.setdefault(target, []).append(source)


def layout(predecessors: Mapping[str, Sequence[str]], sizes: Mapping[str, Size], gap_x: float, gap_y: float) -> Layout:
    """Positions for everything in `sizes`, from left to right."""
    layers = _layered(predecessors)
    for sweep in range(SWEEPS):
        _arrange(layers, forward=sweep % 2 == 0)
    heights = {key: sizes[key][1] if isinstance(key, str) else LANE for row in layers.rows for key in row}
    middles = _middles(layers, heights, gap_y)
    points: dict[Key, Point] = {}
    x = 0.0
    for row in layers.rows:
        width = max((sizes[key][0] for key in row if isinstance(key, str)), default=0)
        for key in row:
            points[key] = Point(x, middles[key], 0 if isinstance(key, str) else width)
        x += width + gap_x
    edges = [(source, [points[key] for key in chain]) for source, chain in layers.chains]
    bottom = max((middles[key] + heights[key] / 2 for key in points), default=0)
    return Layout({key: points[key] for key in sizes}, edges, max(x - gap_x, 0), bottom)


def _layered(predecessors: Mapping[str, Sequence[str]]) -> _Layers:
    ranks = graph.layers(predecessors)
    followers = graph.successors(predecessors)
    for key, targets in followers.items():
        if not predecessors[key] and targets:  # what depends on nothing stands close to whom it feeds
            ranks[key] = min(ranks[target] for target in targets) - 1
    layers = _Layers([[] for _ in range(max(ranks.values(), default=-1) + 1)])
    for key in predecessors:
        layers.rows[ranks[key]].append(key)
    for target, sources in predecessors.items():
        for source in sources:
            chain: list[Key] = [source]
            for rank in range(ranks[source] + 1, ranks[target]):
                gap = (source, target, rank)
                layers.rows[rank].append(gap)
                layers.join(chain[-1], gap)
                chain.append(gap)
            layers.join(chain[-1], target)
            layers.chains.append((source, [*chain, target]))
    return layers


def _arrange(layers: _Layers, *, forward: bool) -> None:
    """Sort each layer by the mean place of its neighbours in the layer just arranged."""
    neighbours = layers.before if forward else layers.behind
    places: dict[Key, int] = {}
    for row in layers.rows if forward else reversed(layers.rows):
        means = {key: _mean([places[one] for one in neighbours.get(key, ())], at) for at, key in enumerate(row)}
        row.sort(key=means.__getitem__)
        places.update({key: at for at, key in enumerate(row)})


def _middles(layers: _Layers, heights: Mapping[Key, float], gap: float) -> dict[Key, float]:
    """Heights of the middles: each as near to its neighbours' mean as its layer allows, from both sides in turn."""
    middles: dict[Key, float] = {}
    for row in layers.rows:
        middles.update(_packed(row, dict.fromkeys(row, 0.0), heights, gap))
    for sweep in range(SWEEPS):
        forward = sweep % 2 == 0
        neighbours = layers.before if forward else layers.behind
        for row in layers.rows if forward else reversed(layers.rows):
            wished = {key: _mean([middles[one] for one in neighbours.get(key, ())], middles[key]) for key in row}
            middles.update(_packed(row, wished, heights, gap))
    top = min((middles[key] - heights[key] / 2 for key in middles), default=0)
    return {key: middle - top for key, middle in middles.items()}


def _packed(
    row: Sequence[Key], wished: Mapping[Key, float], heights: Mapping[Key, float], gap: float
) -> Iterator[tuple[Key, float]]:
    """One layer without overlaps, with the least sum of squared distances from what is wished for.

    With the room that the boxes before it take subtracted from each wish, the places have to rise: neighbours that
    would fall are pooled at their mean (isotonic regression).
    """
    room: list[float] = []
    edge = 0.0
    for at, key in enumerate(row):
        lanes = at and not isinstance(key, str) and not isinstance(row[at - 1], str)
        edge += heights[key] / 2 + (0 if not at else LANE_GAP if lanes else gap)
        room.append(edge)
        edge += heights[key] / 2
    pools: list[tuple[float, int]] = []  # mean, members
    for key, before in zip(row, room, strict=True):
        mean, members = wished[key] - before, 1
        while pools and pools[-1][0] > mean:
            other, count = pools.pop()
            mean = (mean * members + other * count) / (members + count)
            members += count
        pools.append((mean, members))
    means = [mean for mean, members in pools for _ in range(members)]
    return ((key, mean + before) for key, mean, before in zip(row, means, room, strict=True))


def _mean(values: Sequence[float], otherwise: float) -> float:
    return sum(values) / len(values) if values else otherwise
