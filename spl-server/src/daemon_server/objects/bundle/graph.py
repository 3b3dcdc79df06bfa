"""Graphs as mappings from a node to the nodes that it depends on. Pure, linear, and never recursive."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping


class Circle(Exception):
    """The nodes that depend on each other, in the direction in which values flow."""

    def __init__(self, nodes: list[str]) -> None:
        super().__init__(" -> ".join(nodes))
        self.nodes = nodes


def order(predecessors: Mapping[str, Iterable[str]]) -> list[str]:
    """All nodes, each after those it depends on; otherwise as the mapping has them.

    Raises:
        Circle
    """
    done: dict[str, None] = {}
    path: list[tuple[str, Iterator[str]]] = []
    on_path: set[str] = set()
    for start in predecessors:
        if start in done:
            continue
        path.append((start, iter(predecessors[start])))
        on_path.add(start)
        while path:
            node, waiting = path[-1]
            before = next((one for one in waiting if one not in done), None)
            if before is None:
                path.pop()
                on_path.discard(node)
                done[node] = None
            elif before in on_path:
                names = [one for one, _ in path]
                raise Circle(names[names.index(before) :][::-1])
            else:
                path.append((before, iter(predecessors.get(before, ()))))
                on_path.add(before)
    return list(done)


def ancestors(predecessors: Mapping[str, Iterable[str]], target: str) -> set[str]:
    """The target and everything it depends on, near or far."""
    found = {target}
    waiting = [target]
    while waiting:
        for before in predecessors.get(waiting.pop(), ()):
            if before not in found:
                found.add(before)
                waiting.append(before)
    return found
