"""Which rule a request falls under, found before anything else of it is looked at. Made from the app's own routes."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from re import Pattern

from starlette.routing import BaseRoute

from daemon_server.http.routing import RuledRoute, rule_of
from daemon_server.http.rules import Rule


@dataclass(frozen=True, slots=True)
class Entry:
    """One route: how its paths look, and what it asks.

    Attributes:
        template: the path with its parameters' names, for logs and numbers.
    """

    template: str
    pattern: Pattern[str]
    methods: frozenset[str]
    rule: Rule


class Rulebook:
    """The rules of an app. A path without an entry is refused, so a route that was forgotten is closed, not open."""

    def __init__(self, routes: Iterable[BaseRoute]) -> None:
        """
        Raises:
            TypeError: a route was not made with our `Router`.
        """
        self.entries = [_entry(route) for route in routes]
        self._by_room: dict[str, list[Entry]] = {}
        for entry in self.entries:
            self._by_room.setdefault(_room(entry.template), []).append(entry)

    def find(self, method: str, path: str) -> Entry | None:
        """The route that answers this request: the first that fits, as the app itself looks for it."""
        return next((entry for entry in self._fitting(path) if method in entry.methods), None)

    def methods(self, path: str) -> list[str]:
        """The methods that some route answers at `path`; where routes have just this path, theirs alone."""
        fitting = list(self._fitting(path))
        exact = [entry for entry in fitting if entry.template == path]
        return sorted({method for entry in exact or fitting for method in entry.methods})

    def _fitting(self, path: str) -> Iterable[Entry]:
        return (entry for entry in self._by_room.get(_room(path), ()) if entry.pattern.match(path))


def _entry(route: BaseRoute) -> Entry:
    if not isinstance(route, RuledRoute):
        raise TypeError(f"{route!r} has no rule: define it with daemon_server.http.routing.Router")
    if "{" in _room(route.path):
        raise TypeError(f"{route.path} begins with a parameter; a path begins with a noun")
    return Entry(route.path, route.path_regex, frozenset(route.methods or ()), rule_of(route))


def _room(path: str) -> str:
    """The path's first segment: no two features share one by accident, and few routes are looked at."""
    return path[1:].partition("/")[0]
