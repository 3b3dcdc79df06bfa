"""Graphs as mappings from a node to the nodes it depends on. Pure, linear in nodes and links, and never recursive."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator, Mapping

from spl.core.errors import PipelineCycle


def order[K: Hashable](predecessors: Mapping[K, Iterable[K]]) -> list[K]:
    """All nodes, each after those it depends on; the same graph always gives the same order.

    Nodes stay in the order of the mapping wherever their dependencies allow it. A dependency that is no key of the
    mapping has no dependencies of its own.

    Raises:
        PipelineCycle: it names a circle.
    """
    done: dict[K, None] = {}
    open_: set[K] = set()
    path: list[tuple[K, Iterator[K]]] = []
    for start in predecessors:
        if start in done:
            continue
        path.append((start, iter(predecessors[start])))
        open_.add(start)
        while path:
            node, waiting = path[-1]
            for before in waiting:
                if before in open_:
                    raise _circle([one for one, _ in path], before)
                if before not in done:
                    path.append((before, iter(predecessors.get(before, ()))))
                    open_.add(before)
                    break
            else:
                path.pop()
                open_.discard(node)
                done[node] = None
    return list(done)


def cycle[K: Hashable](predecessors: Mapping[K, Iterable[K]]) -> tuple[K, ...] | None:
    """The nodes of some circle, in the direction in which values flow, or None."""
    try:
        order(predecessors)
    except PipelineCycle as error:
        return tuple(error.details["nodes"])
    return None


def ancestors[K: Hashable](predecessors: Mapping[K, Iterable[K]], targets: Iterable[K]) -> set[K]:
    """The targets and everything they depend on, near or far."""
    found = set(targets)
    waiting = list(found)
    while waiting:
        for before in predecessors.get(waiting.pop(), ()):
            if before not in found:
                found.add(before)
                waiting.append(before)
    return found


def reaches[K: Hashable](predecessors: Mapping[K, Iterable[K]], source: K, target: K) -> bool:
    """Whether the target depends on the source."""
    return source != target and source in ancestors(predecessors, [target])


def successors[K: Hashable](predecessors: Mapping[K, Iterable[K]]) -> dict[K, list[K]]:
    """The same graph, looked at from the other end."""
    found: dict[K, list[K]] = {node: [] for node in predecessors}
    for node, befores in predecessors.items():
        for before in dict.fromkeys(befores):
            found.setdefault(before, []).append(node)
    return found


def sinks[K: Hashable](predecessors: Mapping[K, Iterable[K]]) -> list[K]:
    """The nodes that nothing depends on, in the order of the mapping."""
    used = {before for befores in predecessors.values() for before in befores}
    return [node for node in predecessors if node not in used]


def layers[K: Hashable](predecessors: Mapping[K, Iterable[K]]) -> dict[K, int]:
    """How many steps lie before each node at most: 0 for one that depends on nothing."""
    found: dict[K, int] = {}
    for node in order(predecessors):
        found[node] = max((found[before] + 1 for before in predecessors.get(node, ())), default=0)
    return found


def _circle[K: Hashable](path: list[K], again: K) -> PipelineCycle:
    nodes = path[path.index(again) :][::-1]
    shown = [str(node) for node in nodes]
    if len(shown) > 10:
        shown = [*shown[:5], "...", *shown[-4:]]
    text = " -> ".join([*shown, shown[0]])
    return PipelineCycle(f"A pipeline's links may not form a circle: {text}.", nodes=[str(node) for node in nodes])
