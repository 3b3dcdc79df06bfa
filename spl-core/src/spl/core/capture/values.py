"""Values as source: an expression that gives the same value in a worker.

Plain values are literals. Functions, classes and modules in them are referred to by name. Instances of the author's
own classes are rebuilt from their state. What has no such form, an array or a dataframe, is encoded, and put into the
module under a name of its own before the source runs.
"""

from __future__ import annotations

import collections
import enum
import functools
import operator
import re
import sys
import threading
import types
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from spl.core.capture.documents import encoded
from spl.core.capture.kinds import is_simple, refused_value, state_of
from spl.core.capture.literal import assembled, literal
from spl.core.capture.place import is_definition
from spl.core.capture.refusal import Site
from spl.core.capture.unit import Category, Definition, Unit

if TYPE_CHECKING:
    from spl.core.capture.session import Session

LITERAL_LIMIT = 16 * 1024
"""Longer literals drown the code they stand in: they become encoded constants."""

RESTORE = """\
def {name}(kind, state):
    value = object.__new__(kind)
    for name, content in state.items():
        object.__setattr__(value, name, content)
    return value"""

_REDUCED = (operator.itemgetter, operator.attrgetter, operator.methodcaller)


@dataclass
class Expression:
    """One expression in the making.

    Attributes:
        unit: where it will stand.
        name: the global name that it is for, in messages and for the names of encoded parts.
        needs: the names it uses.
    """

    session: Session
    unit: Unit
    name: str
    site: Site
    needs: list[str] = field(default_factory=list)
    _inside: list[int] = field(default_factory=list)

    def of(self, value: object, path: str = "") -> str:
        """The text for a value.

        Raises:
            CaptureError: it has none.
        """
        shared = self._shared(value) if self._inside else None
        if shared is not None:
            self.needs.append(shared)
            return shared
        text = literal(value)
        if text is not None and len(text) <= LITERAL_LIMIT and not self.holds_shared(value):
            return text
        if id(value) in self._inside:
            raise self._refused(value, path, "it contains itself")
        self._inside.append(id(value))
        try:
            return self._of(value, path)
        finally:
            self._inside.pop()

    def _of(self, value: Any, path: str) -> str:
        writer = _WRITERS.get(type(value))
        plain = type(value) in _COLLECTIONS and not self.holds_shared(value) and not self.holds_references(value)
        if writer is not None and not plain:
            return writer(self, value, path)
        if isinstance(value, (types.ModuleType, types.MethodType)) or is_definition(value):
            return self.refer(value, path)
        if isinstance(value, enum.Enum):
            return self._member(value, path)
        late = _LATE_WRITERS.get(f"{type(value).__module__}.{type(value).__qualname__}")
        if late is not None:
            return late(self, value, path)
        if type(value).__module__ == "numpy.dtypes":
            return self.call(sys.modules["numpy"].dtype, value.descr if value.names else value.str, path=path)
        if self.session.is_local_class(type(value)):
            return self._instance(value, path)
        return self._encoded(value, path)

    def _shared(self, value: Any) -> str | None:
        name = self.unit.name_wanted_for(value)
        return name if name != self.name else None

    def holds_shared(self, value: Any, depth: int = 20) -> bool:
        """Whether something inside is the value of another global name, too."""
        if type(value) not in _COLLECTIONS or not depth:
            return False
        items = value.values() if isinstance(value, dict) else value
        return any(self._shared(item) is not None or self.holds_shared(item, depth - 1) for item in items)

    def refer(self, value: Any, path: str = "") -> str:
        text = self.session.reference(self.unit, value, self.name, self.site)
        self.needs.append(text.partition(".")[0])
        return text

    def library(self, function: Any) -> str:
        """A reference to something of the standard library, by a private name."""
        return self.refer(function)

    # --- containers ---------------------------------------------------------------------------------------------------

    def holds_references(self, value: Any, depth: int = 20) -> bool:
        """Whether source has to build it: functions, classes or own instances are inside, or an unusual container."""
        if not depth:
            return False
        if type(value) in _COLLECTIONS:
            items = [*value.keys(), *value.values()] if isinstance(value, dict) else list(value)
            return any(self.holds_references(item, depth - 1) for item in items)
        return (
            type(value) in _WRITERS
            or f"{type(value).__module__}.{type(value).__qualname__}" in _LATE_WRITERS
            or type(value).__module__ == "numpy.dtypes"
            or isinstance(value, (types.ModuleType, types.MethodType, enum.Enum))
            or is_definition(value)
            or self.session.is_local_class(type(value))
        )

    def _collection(self, value: Any, path: str) -> str:
        kind = type(value)
        if kind is dict:
            parts = [f"{self.of(key, path)}: {self.of(item, f'{path}[{key!r}]')}" for key, item in value.items()]
        else:
            parts = [self.of(item, f"{path}[{number}]") for number, item in enumerate(value)]
            parts = sorted(parts) if kind in (set, frozenset) else parts
        return assembled(kind, parts)

    def call(self, function: Any, *arguments: Any, path: str = "", **keywords: Any) -> str:
        parts = [self.of(each, f"{path}[{number}]") for number, each in enumerate(arguments)]
        parts += [f"{name}={self.of(each, f'{path}.{name}')}" for name, each in keywords.items()]
        return f"{self.library(function)}({', '.join(parts)})"

    # --- instances ----------------------------------------------------------------------------------------------------

    def _member(self, value: enum.Enum, path: str) -> str:
        kind = self.refer(type(value), path)
        name = value.name
        if name is not None and getattr(type(value), name, None) is value:
            return f"{kind}.{name}"
        return f"{kind}({self.of(value.value, path)})"

    def _instance(self, value: Any, path: str) -> str:
        kind = type(value)
        if isinstance(value, tuple) and hasattr(kind, "_fields"):
            fields = [f"{name}={self.of(getattr(value, name), f'{path}.{name}')}" for name in kind._fields]
            return f"{self.refer(kind, path)}({', '.join(fields)})"
        if hasattr(kind, "model_construct") and hasattr(kind, "model_fields"):
            return self._model(value, path)
        if not is_simple(kind):
            raise self._refused(value, path, "its class is not rebuilt from its attributes alone")
        state = state_of(value)
        parts = [f"{name!r}: {self.of(item, f'{path}.{name}')}" for name, item in state.items()]
        restore = self._restore()
        return f"{restore}({self.refer(kind, path)}, {assembled(dict, parts)})"

    def _model(self, value: Any, path: str) -> str:
        given = literal(set(value.model_fields_set)) or "None"
        fields = {**vars(value), **(value.model_extra or {})}
        parts = [f"{name}={self.of(item, f'{path}.{name}')}" for name, item in fields.items()]
        arguments = ", ".join([f"_fields_set={given}", *parts])
        return f"{self.refer(type(value), path)}.model_construct({arguments})"

    def _restore(self) -> str:
        name = "_restore"
        if name not in self.unit.definitions:
            if name in self.unit.bound:
                name = self.unit.name_for(name)
            self.unit.bind(name, RESTORE)
            self.unit.add(Definition(name, RESTORE.format(name=name), Category.FUNCTION))
        self.needs.append(name)
        return name

    def _encoded(self, value: Any, path: str) -> str:
        document = encoded(self.session, self.unit, value, self.name, path, self.site)
        name = self.unit.name_for(f"_{self.name.lstrip('_')}_value")
        self.unit.bind(name, value)
        self.unit.constants[name] = document
        return name

    def _refused(self, value: Any, path: str, why: str) -> Exception:
        return refused_value(self.name, value, path, self.site, why)


# --- how each kind is written -----------------------------------------------------------------------------------------

type Writer = Callable[[Expression, Any, str], str]


def _float(made: Expression, value: float, path: str) -> str:
    return f"float({str(value)!r})"


def _partial(made: Expression, value: functools.partial[Any], path: str) -> str:
    return made.call(functools.partial, value.func, *value.args, path=path, **value.keywords)


def _pattern(made: Expression, value: re.Pattern[Any], path: str) -> str:
    default = re.compile("" if isinstance(value.pattern, str) else b"").flags
    flags = (value.flags & ~default,) if value.flags & ~default else ()
    return made.call(re.compile, value.pattern, *flags, path=path)


def _defaultdict(made: Expression, value: collections.defaultdict[Any, Any], path: str) -> str:
    return made.call(collections.defaultdict, value.default_factory, dict(value), path=path)


def _alias(made: Expression, value: types.GenericAlias, path: str) -> str:
    arguments = ", ".join(made.of(each, path) for each in value.__args__)
    return f"{made.of(value.__origin__, path)}[{arguments}]"


def _zone(made: Expression, value: Any, path: str) -> str:
    if value.key is None:
        raise refused_value(made.name, value, path, made.site, "it was not made from a key")
    return made.call(type(value), value.key, path=path)


def _reduced(made: Expression, value: Any, path: str) -> str:
    function, arguments = value.__reduce__()[:2]
    return made.call(function, *arguments, path=path)


_COLLECTIONS = (list, tuple, set, frozenset, dict)

_WRITERS: dict[type, Writer] = {
    **dict.fromkeys(_COLLECTIONS, Expression._collection),
    **dict.fromkeys(_REDUCED, _reduced),
    float: _float,
    range: lambda made, value, path: repr(value),
    slice: lambda made, value, path: repr(value),
    type(...): lambda made, value, path: "...",
    type(NotImplemented): lambda made, value, path: "NotImplemented",
    object: lambda made, value, path: "object()",
    functools.partial: _partial,
    re.Pattern: _pattern,
    collections.OrderedDict: lambda made, value, path: made.call(
        collections.OrderedDict, list(value.items()), path=path
    ),
    collections.Counter: lambda made, value, path: made.call(collections.Counter, dict(value), path=path),
    collections.defaultdict: _defaultdict,
    collections.deque: lambda made, value, path: made.call(
        collections.deque, list(value), *([] if value.maxlen is None else [value.maxlen]), path=path
    ),
    types.MappingProxyType: lambda made, value, path: made.call(types.MappingProxyType, dict(value), path=path),
    types.SimpleNamespace: lambda made, value, path: made.call(types.SimpleNamespace, path=path, **vars(value)),
    types.GenericAlias: _alias,
    type(threading.Lock()): lambda made, value, path: f"{made.refer(threading)}.Lock()",
    type(threading.RLock()): lambda made, value, path: f"{made.refer(threading)}.RLock()",
}


def _timezone(made: Expression, value: Any, path: str) -> str:
    kind = type(value)
    return f"{made.refer(kind)}.utc" if value is kind.utc else made.call(kind, *value.__getinitargs__(), path=path)


_LATE_WRITERS: dict[str, Writer] = {
    "_struct.Struct": lambda made, value, path: made.call(type(value), value.format, path=path),
    "datetime.timezone": _timezone,
    "logging.Logger": lambda made, value, path: made.call(sys.modules["logging"].getLogger, value.name, path=path),
    "string.Template": lambda made, value, path: made.call(type(value), value.template, path=path),
    "zoneinfo.ZoneInfo": _zone,
}
"""Kinds of modules that are not imported for their sake."""
