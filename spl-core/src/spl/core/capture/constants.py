"""Values as definitions: a literal, an expression, an encoded document, or the statement that made them."""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from spl.core.capture import values
from spl.core.capture.documents import encoded
from spl.core.capture.imports import absolute
from spl.core.capture.kinds import check_size
from spl.core.capture.literal import gives, literal, same_literal
from spl.core.capture.names import dotted, names_of
from spl.core.capture.namespace import Binding, ImportedName, Namespace
from spl.core.capture.origin import Home, locate
from spl.core.capture.refusal import Site
from spl.core.capture.report import WARN_BYTES, size
from spl.core.capture.source import Edit, SourceText
from spl.core.capture.unit import Category, Definition, Unit
from spl.core.errors import CaptureError

if TYPE_CHECKING:
    from spl.core.capture.session import Session


def bind_value(session: Session, unit: Unit, name: str, value: Any, site: Site) -> None:
    namespace = unit.namespace
    imported = namespace.imported(name, value) or namespace.starred(name, value)
    made = values.Expression(session, unit, name, site)
    text = literal(value) if not made.holds_shared(value) else None
    if imported is not None and (text is None or locate(imported.module).home is not Home.LOCAL):
        _bind_imported(session, unit, name, imported, site)
        return
    binding = namespace.binding(name)
    if text is not None and len(text) <= values.LITERAL_LIMIT:
        _bind_literal(session, unit, name, value, text, binding, site)
        return
    again = binding is not None and text is None and _makes_by_statement(binding, value, namespace)
    if again and binding is not None and define_by_statement(session, unit, name, binding):
        return
    if not made.holds_references(value) and not made.holds_shared(value):
        unit.constants[name] = encoded(session, unit, value, name, "", site)
        return
    try:
        expression = made.of(value)
    except CaptureError:
        node = binding.node if binding is not None else None
        written = (
            isinstance(node, ast.Assign) and _has_no_call(node.value) and gives(node.value, namespace.globals, value)
        )
        if written and binding is not None and define_by_statement(session, unit, name, binding):
            return
        raise
    check_size(name, len(expression), site)
    session.constants.append((unit, name, len(expression)))
    instead = _statement(session, unit, name, binding) if binding is not None and made.needs else None
    unit.add(Definition(name, f"{name} = {expression}", Category.CONSTANT, now=tuple(made.needs), instead=instead))


def _has_no_call(node: ast.expr) -> bool:
    return not any(isinstance(each, ast.Call) for each in ast.walk(node))


def _bind_imported(session: Session, unit: Unit, name: str, imported: ImportedName, site: Site) -> None:
    module = sys.modules.get(imported.module)
    if module is not None and imported.attribute is not None:
        home = session.places.namespace(vars(module))
        if not home.is_importable and locate(imported.module).home is Home.LOCAL:
            other = session.unit_of(home)
            session.require(other, imported.attribute, site)
            unit.borrowed[name] = (other, imported.attribute)
            return
    session.import_name(unit, name, imported, site)


def _bind_literal(
    session: Session, unit: Unit, name: str, value: Any, text: str, binding: Binding | None, site: Site
) -> None:
    session.constants.append((unit, name, len(text)))
    twin = unit.name_holding(value, but=name) if isinstance(value, (list, dict, set)) else None
    if twin is not None:
        unit.add(Definition(name, f"{name} = {twin}", Category.CONSTANT, now=(twin,)))
        return
    statement = f"{name} = {text}"
    node = binding.node if binding is not None else None
    if binding is not None and isinstance(node, ast.Assign) and len(node.targets) == 1:
        written = isinstance(node.targets[0], ast.Name) and same_literal(node.value, value)
        statement = binding.text.block(node) if written else statement
    unit.add(Definition(name, statement, Category.CONSTANT))


def define_by_statement(session: Session, unit: Unit, name: str, binding: Binding) -> bool:
    """Take the statement that gave a name its value; False if it isn't one that can be taken."""
    one = _statement(session, unit, name, binding)
    if one is None:
        return False
    unit.add(one)
    return True


def _statement(session: Session, unit: Unit, name: str, binding: Binding) -> Definition | None:
    text, node = binding.text, binding.node
    simple = (
        (isinstance(node, ast.Assign) and len(node.targets) == 1 and isinstance(node.targets[0], ast.Name))
        or (isinstance(node, ast.AnnAssign) and node.value is not None and isinstance(node.target, ast.Name))
        or isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.TypeAlias))
    )
    if not simple:
        return None
    flags = unit.namespace.future_flags
    names = names_of([node], flags=flags)
    site = text.site(node, name)
    session.register(unit, names, site)
    session.note_imports([node], site)
    unit.future_annotations = unit.future_annotations or bool(flags)
    source = text.block(node, relative_imports(text, node, unit.namespace))
    category = Category.FUNCTION if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)) else Category.CONSTANT
    return Definition(name, source, category, now=tuple(names.now), later=(*names.later, *names.quiet))


def relative_imports(text: SourceText, node: ast.AST, namespace: Namespace) -> list[Edit]:
    """`from .helpers import x` inside a function, made absolute: it stands in another module now."""
    edits = []
    for each in ast.walk(node):
        if isinstance(each, ast.ImportFrom) and each.level:
            module = absolute(each, namespace.globals.get("__package__"))
            start, _ = text.span(each)
            written = re.compile(r"from[ \t]*[.\s]+" + re.escape(each.module or "")).match(text.text, start)
            if module and written:
                edits.append(Edit(start, written.end(), f"from {module}" + ("" if each.module else " ")))
    return edits


_BY_STATEMENT: dict[str, tuple[str, ...]] = {
    "_contextvars": ("ContextVar",),
    "_queue": ("SimpleQueue",),
    "_thread": ("_local",),
    "collections": ("ChainMap",),
    "collections.abc": ("_CallableGenericAlias",),
    "contextvars": ("ContextVar",),
    "decimal": ("Context",),
    "json.decoder": ("JSONDecoder",),
    "json.encoder": ("JSONEncoder",),
    "logging": ("LoggerAdapter",),
    "numpy": ("vectorize",),
    "numpy.random._generator": ("Generator",),
    "numpy.random.mtrand": ("RandomState",),
    "pydantic.type_adapter": ("TypeAdapter",),
    "queue": ("LifoQueue", "PriorityQueue", "Queue"),
    "random": ("Random", "SystemRandom"),
    "threading": ("Barrier", "BoundedSemaphore", "Condition", "Event", "Semaphore"),
    "types": ("GenericAlias", "UnionType"),
    "weakref": ("WeakKeyDictionary", "WeakSet", "WeakValueDictionary"),
}
"""Types whose values are made again by the statement that made them, at no cost and with no effect elsewhere."""


_SAME_AGAIN = {"re.Pattern": "re.compile", "logging.Logger": "logging.getLogger"}
"""Types whose values equal what the same call gives again: the statement reads better than an expression made up."""


def _makes_by_statement(binding: Binding, value: Any, namespace: Namespace) -> bool:
    node = binding.node
    kind = f"{type(value).__module__}.{type(value).__qualname__}"
    if kind in _SAME_AGAIN:
        return isinstance(node, ast.Assign) and _is_same_again(node.value, _SAME_AGAIN[kind], value, namespace)
    if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
        return bool(node.decorator_list)
    module = type(value).__module__
    return module == "typing" or type(value).__qualname__ in _BY_STATEMENT.get(module, ())


def _is_same_again(node: ast.expr, function: str, value: Any, namespace: Namespace) -> bool:
    module, _, name = function.partition(".")
    if not isinstance(node, ast.Call) or any(isinstance(each, ast.Call) for each in ast.walk(node) if each is not node):
        return False
    path = dotted(node.func)
    if path is None or namespace.resolve(path) is not getattr(sys.modules[module], name):
        return False
    try:
        return bool(eval(compile(ast.Expression(node), "<again>", "eval"), dict(namespace.globals)) == value)
    except Exception:
        return False


def size_warnings(constants: Iterable[tuple[str, str, int]]) -> list[str]:
    """A warning for each constant that is large, and for all of them together."""
    large = [f"The constant {name!r} takes {size(count)}." for name, _, count in constants if count > WARN_BYTES]
    total = sum(count for _, _, count in constants)
    if not large and total > WARN_BYTES:
        large = [f"The constants take {size(total)} together."]
    return large
