"""Functions and classes made inside a function: rebuilt with what they closed over.

    def make(n):                          def _enclose_add(n):
        def add(x):                           def add(x):
            return x + n          ->              return x + n
        return add                            return add


    add5 = make(5)                        add5 = _enclose_add(n=5)

The text between is as written. Two closures of one function share the text and differ in the call. Functions and
classes of the same enclosing function that it uses stand beside it; all else that it closed over is an argument.
"""

from __future__ import annotations

import ast
import copy
import dis
import types
from collections.abc import Iterator
from dataclasses import dataclass, field
from types import CellType, CodeType, FunctionType
from typing import TYPE_CHECKING, Any

from spl.core.capture.constants import relative_imports
from spl.core.capture.literal import literal
from spl.core.capture.names import names_of
from spl.core.capture.place import Found, function_behind, is_definition, unwrapped
from spl.core.capture.refusal import Reason, Site, refusal
from spl.core.capture.source import FUTURE_ANNOTATIONS, nested_codes
from spl.core.capture.unit import Category, Definition, Unit
from spl.core.capture.values import Expression
from spl.core.errors import CaptureError

if TYPE_CHECKING:
    from spl.core.capture.session import Session


@dataclass
class _Group:
    """What stands together in the rebuilt enclosing function.

    Attributes:
        members: the definitions, by local name.
        cells: everything they close over, by name.
    """

    members: dict[str, tuple[Any, Found]] = field(default_factory=dict)
    cells: dict[str, CellType] = field(default_factory=dict)

    def takes(self, cells: dict[str, CellType]) -> bool:
        return all(self.cells.get(name, cell) is cell for name, cell in cells.items())


def is_enclosed(function: FunctionType, found: Found) -> bool:
    """Whether it needs its enclosing function: it closes over something, or its decorators and defaults may."""
    return bool(_cells(function))


def class_is_enclosed(kind: type, found: Found) -> bool:
    return isinstance(found.text.enclosing(found.node), (ast.FunctionDef, ast.AsyncFunctionDef)) and bool(
        _class_cells(kind)
    )


def define_enclosed(
    session: Session, unit: Unit, name: str, value: Any, base: Any, found: Found, *, strip: bool = False
) -> None:
    """Put a closure into a unit, under a name.

    Raises:
        CaptureError: it closed over something that can't be captured.
    """
    local = found.node.name if not isinstance(found.node, ast.Lambda) else ""
    if strip and not isinstance(found.node, ast.Lambda):
        node = copy.copy(found.node)
        node.decorator_list = []
        found = Found(found.text, node)
    group = _grouped(session, unit, base, found, local)
    site = found.text.site(found.node, name)
    arguments = _arguments(session, unit, name, group, site)
    factory = _factory(session, unit, name, base, found, group, list(arguments), site)
    call = ", ".join(f"{parameter}={text}" for parameter, (text, _) in arguments.items())
    needs = [need for _, needed in arguments.values() for need in needed]
    category = Category.CLASS if isinstance(base, type) else Category.FUNCTION
    unit.add(Definition(name, f"{name} = {factory}({call})", category, now=(factory, *needs)))


def _cells(function: FunctionType) -> dict[str, CellType]:
    return dict(zip(function.__code__.co_freevars, function.__closure__ or (), strict=True))


def _class_cells(kind: type) -> dict[str, CellType]:
    cells: dict[str, CellType] = {}
    for value in vars(kind).values():
        function = function_behind(value)
        if function is not None and function.__qualname__.startswith(f"{kind.__qualname__}."):
            cells |= {name: cell for name, cell in _cells(function).items() if name != "__class__"}
    return cells


def _grouped(session: Session, unit: Unit, base: Any, found: Found, local: str) -> _Group:
    group = _Group({local: (base, found)})
    waiting = [_class_cells(base) if isinstance(base, type) else _cells(base)]
    while waiting:
        for name, cell in waiting.pop().items():
            if name in group.cells:
                continue
            group.cells[name] = cell
            sibling = _sibling(session, unit, base, name, cell) if name not in group.members else None
            if sibling is not None and group.takes(sibling[2]):
                group.members[name] = sibling[:2]
                waiting.append(sibling[2])
    return group


def _sibling(
    session: Session, unit: Unit, base: Any, name: str, cell: CellType
) -> tuple[Any, Found, dict[str, CellType]] | None:
    """A definition of the same enclosing function, that a cell holds."""
    content = unwrapped(_content(cell))[0]
    if not isinstance(content, (FunctionType, type)) or content.__module__ != base.__module__:
        return None
    if content.__qualname__.rpartition(".")[0] != base.__qualname__.rpartition(".")[0] or content.__name__ != name:
        return None
    if isinstance(content, type):
        found = session.places.find_class(content, unit.namespace)
        return (content, found, _class_cells(content)) if found else None
    found = session.places.find(content, unit.namespace)
    return (content, found, _cells(content)) if found and not isinstance(found.node, ast.Lambda) else None


_EMPTY = object()


def _content(cell: CellType) -> Any:
    try:
        return cell.cell_contents
    except ValueError:
        return _EMPTY


def _arguments(session: Session, unit: Unit, name: str, group: _Group, site: Site) -> dict[str, tuple[str, list[str]]]:
    """An expression, and the names that it needs, for each name that was closed over."""
    arguments: dict[str, tuple[str, list[str]]] = {}
    for parameter, cell in sorted(group.cells.items()):
        if parameter in group.members:
            continue
        content = _content(cell)
        if parameter == "__class__" or content is _EMPTY:
            why = (
                "uses super() outside of its class"
                if parameter == "__class__"
                else f"closes over {parameter!r}, which has no value yet"
            )
            raise refusal(Reason.CLOSURE, f"{name!r} {why}.", hint="Define it at the top.", site=site, name=parameter)
        _check_shared(unit, name, group, parameter, cell, site)
        made = Expression(session, unit, parameter, site)
        try:
            text = _shared_name(session, unit, f"{name}_{parameter}", content, site)
            if text is None:
                text = made.of(content)
                session.constants.append((unit, f"{name}.{parameter}", len(text)))
            arguments[parameter] = (text, [*made.needs, text] if text in unit.bound else made.needs)
        except CaptureError as error:
            if error.details.get("reason") != Reason.VALUE:
                raise
            from spl.core.capture.kinds import described

            raise refusal(
                Reason.CLOSURE,
                f"{name!r} is a closure over {described(content)}, {parameter!r}, which can't be captured.",
                hint="Make it inside the function, or pass it as an argument.",
                site=site,
                name=parameter,
            ) from error
    return arguments


def _shared_name(session: Session, unit: Unit, wanted: str, content: Any, site: Site) -> str | None:
    """A global name for what can be changed, so that all closures over it mean the same object."""
    if isinstance(content, (types.ModuleType, types.MethodType)) or is_definition(content):
        return None
    if literal(content) is not None and not isinstance(content, (list, dict, set)):
        return None
    name = unit.name_holding(content) or unit.namespace.name_of(content)
    if name is None:
        name = unit.name_for(wanted)
        session.bind(unit, name, content, site)
    session.require(unit, name, site)
    return name


def _check_shared(unit: Unit, name: str, group: _Group, parameter: str, cell: CellType, site: Site) -> None:
    """Two closures over one variable can't be told apart from two over two, unless one of them assigns it."""
    writes = any(
        _assigns(each.__code__, parameter) for each, _ in group.members.values() if isinstance(each, FunctionType)
    )
    _, owner, written = unit.cells.setdefault(id(cell), (cell, name, writes))
    if owner != name and (writes or written):
        raise refusal(
            Reason.CLOSURE,
            f"{owner!r} and {name!r} share the variable {parameter!r}, and one of them assigns it.",
            hint="Keep what they share in an object, such as a list or an instance of a class.",
            site=site,
            name=parameter,
        )


def _assigns(code: CodeType, name: str) -> bool:
    return any(
        instruction.opname in ("STORE_DEREF", "DELETE_DEREF")
        and instruction.argval == name
        and name in each.co_freevars
        for each in nested_codes(code)
        for instruction in dis.get_instructions(each)
    )


def _factory(
    session: Session, unit: Unit, name: str, base: Any, found: Found, group: _Group, parameters: list[str], site: Site
) -> str:
    """The rebuilt enclosing function; the same text is there once."""
    from spl.core.capture.definitions import default_edits

    contents = {parameter: _content(group.cells[parameter]) for parameter in group.cells}
    if isinstance(found.node, ast.Lambda):
        edits = default_edits(session, unit, base, found.node.args, found.text, contents)
        body = f"    return ({found.text.segment(found.node, edits)})\n"
    else:
        blocks = []
        for each, place in sorted(group.members.values(), key=lambda one: one[1].node.lineno):
            assert not isinstance(place.node, ast.Lambda)
            edits = relative_imports(place.text, place.node, unit.namespace)
            if isinstance(each, FunctionType) and not isinstance(place.node, ast.ClassDef):
                edits += default_edits(session, unit, each, place.node.args, place.text, contents)
            blocks.append(place.text.block(place.node, edits, indent="    "))
        body = "\n\n".join(blocks) + f"\n\n    return {found.node.name}\n"
    source = f"({', '.join(parameters)}):\n{body}"
    known = unit.enclosers.get(source)
    if known is not None:
        return known
    factory = unit.name_for(f"_enclose_{name.lstrip('_')}")
    unit.bind(factory, source)
    unit.enclosers[source] = factory
    tree = ast.parse(f"def {factory}{source}").body
    flags = base.__code__.co_flags if isinstance(base, FunctionType) else 0
    names = names_of(tree, flags=flags)
    check_locals(found, {*names.now, *names.later}, name, site)
    session.register(unit, names, site, site.line - 2)
    session.note_imports(tree, site)
    unit.future_annotations = unit.future_annotations or bool(flags & FUTURE_ANNOTATIONS)
    unit.add(
        Definition(
            factory,
            f"def {factory}{source}",
            Category.FUNCTION,
            now=tuple(names.now),
            later=(*names.later, *names.quiet),
        )
    )
    return factory


def check_locals(found: Found, used: set[str], name: str, site: Site) -> None:
    """Refuse a decorator or annotation that uses a local variable of the enclosing function, which no closure kept."""
    enclosing = found.text.enclosing(found.node)
    if enclosing is None or isinstance(enclosing, ast.ClassDef):
        return
    own = set(_locals(enclosing)) & used - {getattr(found.node, "name", "")}
    if own:
        first = sorted(own)[0]
        raise refusal(
            Reason.CLOSURE,
            f"{name!r} was made with {first!r}, a local variable of the function around it that is gone.",
            hint=f"Use {first!r} inside the function itself, or define it at the top.",
            site=site,
            name=first,
        )


def _locals(function: ast.AST) -> Iterator[str]:
    """The names that a function binds, those of inner functions not counted."""
    arguments: ast.arguments | None = getattr(function, "args", None)
    if arguments is not None:
        for each in [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs, arguments.vararg, arguments.kwarg]:
            if each is not None:
                yield each.arg
    waiting = list(ast.iter_child_nodes(function)) if not isinstance(function, ast.Lambda) else []
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            yield node.id
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            yield node.name
        elif not isinstance(node, ast.Lambda):
            waiting.extend(ast.iter_child_nodes(node))
