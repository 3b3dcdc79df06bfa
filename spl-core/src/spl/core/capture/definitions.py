"""Functions and classes as text: as written, moved to the margin, and only where it must be, corrected.

Corrected is: a name that is taken (a function of an older cell), a relative import, and a default whose expression
would give another value in a worker than it gave when the function was made.
"""

from __future__ import annotations

import ast
import copy
import re
from collections.abc import Mapping, Sequence
from functools import _lru_cache_wrapper
from types import FunctionType
from typing import TYPE_CHECKING, Any

from spl.core.capture import enclosed
from spl.core.capture.constants import define_by_statement, relative_imports
from spl.core.capture.kinds import refused_value
from spl.core.capture.literal import gives, is_constant
from spl.core.capture.names import names_of
from spl.core.capture.namespace import Namespace
from spl.core.capture.place import Found, unwrapped
from spl.core.capture.refusal import Reason, Site, refusal
from spl.core.capture.source import FUTURE_ANNOTATIONS, Edit, SourceText, first_line, text_of_code
from spl.core.capture.unit import Category, Definition, Unit
from spl.core.capture.values import Expression
from spl.core.errors import CaptureError

if TYPE_CHECKING:
    from spl.core.capture.session import Session


def define(session: Session, unit: Unit, name: str, value: Any, site: Site) -> None:
    """Put the definition of a function or class into a unit, under a name.

    Raises:
        CaptureError: there is no source for it, or it holds what can't be captured.
    """
    if isinstance(value, type):
        _define_class(session, unit, name, value, site)
        return
    base, levels = unwrapped(value)
    binding = unit.namespace.binding(name)
    decorated = binding is not None and bool(getattr(binding.node, "decorator_list", ()))
    if not isinstance(base, FunctionType):
        if binding is None or not define_by_statement(session, unit, name, binding):
            raise refused_value(name, value, "", site, "there is no source for it")
    elif levels == 0 and decorated and base.__name__ != name and _defines(binding, name):
        assert binding is not None
        define_by_statement(session, unit, name, binding)  # by a decorator that doesn't tell what it wraps
        session.functions.append((unit, name))
    else:
        _define_function(session, unit, name, value, base, levels, site)


def _defines(binding: Any, name: str) -> bool:
    return isinstance(binding.node, (ast.FunctionDef, ast.AsyncFunctionDef)) and binding.node.name == name


def _define_function(
    session: Session, unit: Unit, name: str, value: Any, base: FunctionType, levels: int, site: Site
) -> None:
    found = source_of(session, base, unit.namespace, name, site)
    decorators: list[ast.expr] = getattr(found.node, "decorator_list", [])
    if levels > len(decorators):
        _define_wrapped(session, unit, name, value, site)
        return
    session.functions.append((unit, name))
    strip = levels == 0 and bool(decorators) and unit.namespace.get(base.__name__) is not value
    if enclosed.is_enclosed(base, found):
        enclosed.define_enclosed(session, unit, name, value, base, found, strip=strip)
    elif isinstance(found.node, ast.Lambda):
        add_lambda(session, unit, name, base, found)
    else:
        one = add_block(session, unit, name, found, base, strip=strip)
        _attach(session, unit, one, value, base)


def _define_wrapped(session: Session, unit: Unit, name: str, value: Any, site: Site) -> None:
    """A function that was wrapped by a call, `g = timed(f)`: by its own closure, or else by that statement."""
    binding = unit.namespace.binding(name)
    if isinstance(value, FunctionType) and value.__globals__ is unit.namespace.globals:
        _define_function(session, unit, name, value, value, 0, site)
    elif isinstance(value, _lru_cache_wrapper):
        import functools

        made = Expression(session, unit, name, site)
        text = made.call(functools.lru_cache, **value.cache_parameters()) + f"({made.refer(value.__wrapped__)})"
        unit.add(Definition(name, f"{name} = {text}", Category.FUNCTION, now=tuple(made.needs)))
    elif binding is None or not define_by_statement(session, unit, name, binding):
        raise refused_value(name, value, "", site, "it was wrapped by a call; use the wrapper as a decorator")


def source_of(session: Session, function: FunctionType, namespace: Namespace, name: str, site: Site) -> Found:
    """The text and node of a function.

    Raises:
        CaptureError: there is no text, or it is no longer the one that the function was made from.
    """
    found = session.places.find(function, namespace)
    if found is not None:
        return found
    text = text_of_code(function.__code__, function.__globals__)
    if text is None or text.find_code(function.__code__) is None:
        changed = text is not None and not function.__code__.co_filename.startswith("<")
    else:
        changed = True
    shown = function.__name__ if function.__name__ == "<lambda>" else function.__qualname__
    if changed:
        assert text is not None
        raise refusal(
            Reason.SOURCE_CHANGED,
            f"The source of {shown!r} was changed after it was defined.",
            hint="Run the definition again, then publish.",
            site=Site(text.label, function.__code__.co_firstlineno),
            name=shown,
        )
    raise refusal(
        Reason.NO_SOURCE,
        f"The source of {shown!r} can't be found; it was made by exec() or typed where nothing keeps the text.",
        hint="Define it in a cell or a file.",
        site=site,
        name=shown,
    )


# --- text -------------------------------------------------------------------------------------------------------------


def add_block(
    session: Session, unit: Unit, name: str, found: Found, function: FunctionType | None, *, strip: bool = False
) -> Definition:
    """A `def` or `class` statement, at the margin, under a name."""
    text, node = found.text, found.node
    assert not isinstance(node, ast.Lambda)
    if strip:
        node = copy.copy(node)
        node.decorator_list = []
    edits = relative_imports(text, node, unit.namespace)
    if node.name != name:
        edits.append(renaming(text, node, name))
    if function is not None and not isinstance(node, ast.ClassDef):
        edits += default_edits(session, unit, function, node.args, text, {})
    source = text.block(node, edits)
    category = Category.CLASS if isinstance(node, ast.ClassDef) else Category.FUNCTION
    flags = _flags(unit.namespace, function)
    site = text.site(first_line(node), name)
    one = add_source(session, unit, name, source, category, site, flags)
    enclosed.check_locals(found, {*one.now, *one.later}, name, site)
    return one


def add_lambda(session: Session, unit: Unit, name: str, function: FunctionType, found: Found) -> None:
    text, node = found.text, found.node
    assert isinstance(node, ast.Lambda)
    source = text.segment(node, default_edits(session, unit, function, node.args, text, {}))
    source = f"{name} = ({source})" if "\n" in source else f"{name} = {source}"
    add_source(session, unit, name, source, Category.FUNCTION, text.site(node, name), _flags(unit.namespace, function))


def add_source(
    session: Session, unit: Unit, name: str, source: str, category: Category, site: Site, flags: int
) -> Definition:
    """Put finished source into a unit, and ask for all that it names."""
    body = ast.parse(source).body
    names = names_of(body, flags=flags)
    session.register(unit, names, site, site.line - 1)
    session.note_imports(body, site)
    unit.future_annotations = unit.future_annotations or bool(flags & FUTURE_ANNOTATIONS)
    one = Definition(name, source, category, now=tuple(names.now), later=(*names.later, *names.quiet))
    unit.add(one)
    return one


def renaming(text: SourceText, node: ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef, name: str) -> Edit:
    found = re.compile(r"(?:async\s+)?(?:def|class)\s+(\w+)").match(
        text.text, text.offset(node.lineno, node.col_offset)
    )
    assert found is not None
    return Edit(found.start(1), found.end(1), name)


def _flags(namespace: Namespace, function: FunctionType | None) -> int:
    return function.__code__.co_flags if function is not None else namespace.future_flags


# --- defaults ---------------------------------------------------------------------------------------------------------


def default_edits(
    session: Session,
    unit: Unit,
    function: FunctionType,
    arguments: ast.arguments,
    text: SourceText,
    cells: Mapping[str, Any],
) -> list[Edit]:
    """Replace defaults that were computed when the function was made: `i=i` in a loop, `when=time.time()`."""
    known = {**unit.namespace.globals, **cells}
    edits = []
    for parameter, node, live in _defaults(function, arguments):
        if is_constant(node) or gives(node, known, live):
            continue
        made = Expression(session, unit, f"{function.__name__.strip('<>')}_{parameter}", text.site(node))
        try:
            written = made.of(live)
        except CaptureError as error:
            if error.details.get("reason") == Reason.TOO_LARGE:
                raise
            continue  # such as object(): made anew by the expression as it is written
        start, end = text.span(node)
        edits.append(Edit(start, end, written))
    return edits


def _defaults(function: FunctionType, arguments: ast.arguments) -> list[tuple[str, ast.expr, Any]]:
    positional = [*arguments.posonlyargs, *arguments.args]
    values = function.__defaults__ or ()
    found: list[tuple[str, ast.expr, Any]] = []
    if len(values) == len(arguments.defaults):
        names = [each.arg for each in positional[len(positional) - len(values) :]]
        found += list(zip(names, arguments.defaults, values, strict=True))
    keywords = function.__kwdefaults__ or {}
    for each, node in zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True):
        if node is not None and each.arg in keywords:
            found.append((each.arg, node, keywords[each.arg]))
    return found


# --- what was attached later ------------------------------------------------------------------------------------------


def _attach(session: Session, unit: Unit, one: Definition, value: Any, base: FunctionType) -> None:
    """What was added to a function after its definition: implementations by type, attributes."""
    registry = getattr(value, "registry", None)
    if isinstance(registry, Mapping) and callable(getattr(value, "register", None)):
        for kind, implementation in list(registry.items()):
            if implementation is not base and not _attach_registered(session, unit, one, implementation):
                made = Expression(session, unit, one.name, Site(""))
                text = f"{one.name}.register({made.refer(kind)}, {made.refer(implementation)})"
                _add_behind(unit, one, text, made.needs)
    if value is base:
        for attribute, content in vars(base).items():
            if attribute not in ("__wrapped__", "__spl_function__"):
                made = Expression(session, unit, f"{one.name}_{attribute}", Site(""))
                _add_behind(unit, one, f"{one.name}.{attribute} = {made.of(content)}", made.needs)


def _attach_registered(session: Session, unit: Unit, one: Definition, implementation: Any) -> bool:
    """An implementation that stands below `@f.register`: as it is written."""
    found = session.places.find(implementation, unit.namespace) if isinstance(implementation, FunctionType) else None
    decorators = getattr(found.node, "decorator_list", ()) if found is not None else ()
    if (
        found is None
        or isinstance(found.node, ast.Lambda)
        or not any("register" in ast.dump(each) for each in decorators)
    ):
        return False
    text = found.text.block(found.node, relative_imports(found.text, found.node, unit.namespace))
    names = names_of(ast.parse(text).body, flags=implementation.__code__.co_flags)
    site = found.text.site(first_line(found.node), one.name)
    session.register(unit, names, site, site.line - 1)
    key = f"{one.name}.{len(one.after)}"
    unit.add(Definition(key, text, one.category, now=(one.name, *names.now), later=tuple(names.later)))
    one.after.append(key)
    return True


def _add_behind(unit: Unit, one: Definition, text: str, needs: Sequence[str]) -> None:
    key = f"{one.name}.{len(one.after)}"
    unit.add(Definition(key, text, one.category, now=(one.name, *needs)))
    one.after.append(key)


# --- classes ----------------------------------------------------------------------------------------------------------


def _define_class(session: Session, unit: Unit, name: str, kind: type, site: Site) -> None:
    found = session.places.find_class(kind, unit.namespace)
    if found is None:
        binding = unit.namespace.binding(name)
        if binding is None or not define_by_statement(session, unit, name, binding):
            raise refusal(
                Reason.NO_SOURCE,
                f"The source of the class {kind.__qualname__!r} can't be found.",
                hint="Define it in a cell or a file.",
                site=site,
                name=name,
            )
        session.classes.append((unit, name))
        return
    session.classes.append((unit, name))
    if enclosed.class_is_enclosed(kind, found):
        enclosed.define_enclosed(session, unit, name, kind, kind, found)
        return
    one = add_block(session, unit, name, found, None)
    assert isinstance(found.node, ast.ClassDef)
    inside = {each.name for each in found.node.body if isinstance(each, (ast.FunctionDef, ast.AsyncFunctionDef))}
    inside |= {each.id for part in found.node.body for each in ast.walk(part) if isinstance(each, ast.Name)}
    for attribute, content in list(vars(kind).items()):
        own = isinstance(content, FunctionType) and content.__globals__ is unit.namespace.globals
        if own and attribute not in inside and session.places.find(content, unit.namespace) is not None:
            made = Expression(session, unit, attribute, site)
            _add_behind(unit, one, f"{name}.{attribute} = {made.refer(content)}", made.needs)
