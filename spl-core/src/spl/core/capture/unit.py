"""One synthetic module: the definitions taken out of one namespace, in an order that executes."""

from __future__ import annotations

import builtins
import keyword
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import IntEnum
from typing import Any

from spl.core.capture.literal import WIDTH
from spl.core.capture.namespace import MISSING, Namespace
from spl.core.capture.origin import Home, locate
from spl.core.capture.refusal import Reason, refusal

_UNSHARED = (bool, int, float, complex, str, bytes, tuple, frozenset, range, type(None))
"""Values that can't be changed: a copy is as good."""


class Category(IntEnum):
    """The order in which a reader meets them, where nothing forces another."""

    CONSTANT = 0
    CLASS = 1
    FUNCTION = 2
    ENTRY = 3


@dataclass
class Definition:
    """A piece of source that binds a global name.

    Attributes:
        now: names that must be there when it runs.
        later: names that must be there when what it defines is called.
        after: keys of definitions that belong right behind it: attributes set from outside, registrations.
        instead: what else would define it, used when `now` runs in a circle: a registry's own `REGISTRY = {}`.
    """

    name: str
    text: str
    category: Category
    now: tuple[str, ...] = ()
    later: tuple[str, ...] = ()
    after: list[str] = field(default_factory=list)
    instead: Definition | None = None


class Unit:
    """A module in the making.

    Attributes:
        namespace: where its names mean what they mean.
        bound: the live object behind each global name that is defined, or about to be.
        imports: import statements by the name they bind.
        submodules: modules that must have been imported, without a name of their own.
        quiet_imports: imports for type checkers.
        borrowed: names that come from another unit: the unit, and the name there.
        wanted: values that were asked for by name.
        cells: closure cells that were seen: the cell, whose it is, and whether that changes it.
        constants: documents of values that are put in before the source runs.
        definitions: by name, in the order in which they were asked for.
        enclosers: functions that rebuild closures, by their text.
        future_annotations: whether annotations are left unevaluated, as where they were written.
    """

    def __init__(self, namespace: Namespace) -> None:
        self.namespace = namespace
        self.bound: dict[str, Any] = {}
        self.imports: dict[str, str] = {}
        self.submodules: set[str] = set()
        self.quiet_imports: dict[str, str] = {}
        self.borrowed: dict[str, tuple[Unit, str]] = {}
        self.constants: dict[str, Any] = {}
        self.definitions: dict[str, Definition] = {}
        self.chains: dict[str, set[str]] = {}
        self.enclosers: dict[str, str] = {}
        self.future_annotations = False
        self.wanted: dict[str, Any] = {}
        self.cells: dict[int, tuple[Any, str, bool]] = {}
        self._wanted_names: dict[int, str] = {}
        self._by_identity: dict[int, list[str]] = {}

    def bind(self, name: str, value: Any) -> None:
        self.bound[name] = value
        self._by_identity.setdefault(id(value), []).append(name)

    def want(self, name: str, value: Any) -> None:
        """Announce a value that will be bound."""
        self.wanted[name] = value
        if not isinstance(value, _UNSHARED):
            self._wanted_names.setdefault(id(value), name)

    def name_wanted_for(self, value: Any) -> str | None:
        """The global name of a value that can be changed, so that every part of the source has to mean the same one."""
        return self._wanted_names.get(id(value))

    def name_holding(self, value: Any, but: str = "") -> str | None:
        """The global name that this very object has here."""
        return next((name for name in self._by_identity.get(id(value), ()) if name != but), None)

    def add(self, definition: Definition) -> None:
        self.definitions[definition.name] = definition

    def name_for(self, wanted: str) -> str:
        """A global name that nothing else has here: not bound, not the namespace's, not a builtin."""
        base = "".join(letter if letter.isalnum() else "_" for letter in wanted) or "value"
        base = f"_{base}" if base[0].isdigit() else base
        number, name = 1, base
        while (
            name in self.bound
            or self.namespace.get(name) is not MISSING
            or hasattr(builtins, name)
            or keyword.iskeyword(name)
        ):
            number += 1
            name = f"{base}_{number}"
        return name

    @property
    def is_empty(self) -> bool:
        return not (self.bound or self.definitions)

    def render(self, name_of: Mapping[Unit, str]) -> str:
        """The module's source."""
        blocks = [*self._import_blocks(name_of)]
        previous = ""
        parts: list[str] = []
        for definition in self.ordered():
            text = definition.text.rstrip()
            tight = not definition.name.isidentifier() or (_is_line(previous) and _is_line(text))
            parts.append(text if not parts else ("\n" if tight else "\n\n\n") + text)
            previous = text
        head = "\n\n".join(blocks)
        body = "".join(parts)
        gap = "\n\n" if parts and _is_line(parts[0]) else "\n\n\n"
        return (head + (gap if head and body else "") + body).rstrip("\n") + "\n"

    def _import_blocks(self, name_of: Mapping[Unit, str]) -> Iterator[str]:
        if self.future_annotations:
            yield "from __future__ import annotations"
        lines = set(self.imports.values()) | {f"import {module}" for module in self.submodules}
        if self.quiet_imports:
            lines.add("from typing import TYPE_CHECKING")
        borrowed = {
            f"from {name_of[unit]} import {there}" + ("" if there == name else f" as {name}")
            for name, (unit, there) in self.borrowed.items()
        }
        groups: dict[int, list[str]] = {}
        for line in _merged(lines):
            home = locate(line.split()[1]).home
            groups.setdefault(0 if home is Home.STANDARD else 1 if home is not Home.LOCAL else 2, []).append(line)
        if borrowed:
            groups.setdefault(2, []).extend(_merged(borrowed))
        yield from ("\n".join(groups[place]) for place in sorted(groups))
        if self.quiet_imports:
            yield "\n".join(["if TYPE_CHECKING:", *(f"    {line}" for line in sorted(self.quiet_imports.values()))])

    def ordered(self) -> list[Definition]:
        """Definitions such that everything is there when it is needed."""
        return _Order(self.definitions).run()


def _merged(lines: Iterable[str]) -> list[str]:
    """Import lines in order, those from one module on one line."""
    plain = sorted(line for line in lines if line.startswith("import "))
    names: dict[str, set[str]] = {}
    for line in lines:
        if line.startswith("from "):
            module, _, name = line.removeprefix("from ").partition(" import ")
            names.setdefault(module, set()).add(name)
    for module, found in sorted(names.items()):
        line = f"from {module} import {', '.join(sorted(found))}"
        if len(line) > WIDTH:
            line = "\n".join([f"from {module} import (", *(f"    {name}," for name in sorted(found)), ")"])
        plain.append(line)
    return plain


def _is_line(text: str) -> bool:
    """Whether a definition is an assignment, which needs no empty lines around it."""
    return not text.startswith(("def ", "async def ", "class ", "@"))


class _Order:
    """Depth first: what a definition needs while it runs comes before it; what that needs when it is called, too."""

    def __init__(self, definitions: Mapping[str, Definition]) -> None:
        self.definitions = dict(definitions)
        self.done: dict[str, Definition] = {}
        self.running: list[str] = []
        self.attached = {key for one in definitions.values() for key in one.after}

    def run(self) -> list[Definition]:
        wanted = [name for name in self._callees_first() if name not in self.attached]
        for name in sorted(wanted, key=lambda name: self.definitions[name].category):
            self._emit(name)
        return list(self.done.values())

    def _callees_first(self) -> list[str]:
        """Post-order over everything each definition uses, without recursion."""
        found: dict[str, None] = {}
        seen: set[str] = set()
        for root in self.definitions:
            waiting: list[tuple[str, bool]] = [(root, False)]
            while waiting:
                name, finished = waiting.pop()
                if finished:
                    found[name] = None
                elif name not in seen and name in self.definitions:
                    seen.add(name)
                    one = self.definitions[name]
                    waiting.append((name, True))
                    waiting.extend((each, False) for each in reversed([*one.now, *one.later]))
        return list(found)

    def _emit(self, name: str, *, must: bool = True) -> None:
        if name in self.done or name not in self.definitions:
            return
        if name in self.running:
            self._break_circle(name, must=must)
            return
        self.running.append(name)
        for each in self.definitions[name].now:
            self._emit(each, must=must)
            self._emit_callees(each)
        self.running.pop()
        if name not in self.done:
            self._put(self.definitions[name])

    def _put(self, one: Definition) -> None:
        self.done[one.name] = one
        for key in one.after:
            self._emit(key)

    def _emit_callees(self, name: str) -> None:
        """What is needed once `name` is called: by a decorator, say, while the definition below it runs."""
        waiting, seen = [name], set(self.running)
        while waiting:
            one = self.definitions.get(waiting.pop())
            if one is not None and one.name in self.running and one.instead is not None:
                self._break_circle(one.name, must=False)
            if one is None or one.name in seen:
                continue
            seen.add(one.name)
            self._emit(one.name, must=False)
            waiting.extend([*one.later, *one.now])

    def _break_circle(self, name: str, *, must: bool) -> None:
        circle = self.running[self.running.index(name) :]
        for each in circle:
            instead = self.definitions[each].instead
            if instead is not None and each not in self.done:
                for needed in instead.now:
                    if needed not in self.running:
                        self._emit(needed)
                self._put(instead)
                return
        if must:
            shown = " -> ".join([*circle, name])
            raise refusal(
                Reason.CIRCULAR,
                f"These definitions need each other before any of them exists: {shown}.",
                hint="Move them into a module of your own and import it.",
                name=name,
            )


def unit_names(units: Iterable[Unit], taken: Iterable[str]) -> dict[Unit, str]:
    """`main`, `main_2`, ... for the units, past the names that other modules of the bundle have."""
    used = set(taken)
    names: dict[Unit, str] = {}
    for unit in units:
        number, name = 1, "main"
        while name in used:
            number += 1
            name = f"main_{number}"
        used.add(name)
        names[unit] = name
    return names
