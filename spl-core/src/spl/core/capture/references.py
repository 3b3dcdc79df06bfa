"""How source in a unit refers to what is defined elsewhere: by name, by an import, or by a definition of its own."""

from __future__ import annotations

import builtins
import sys
import types
from typing import TYPE_CHECKING, Any

from spl.core.capture.constants import define_by_statement
from spl.core.capture.definitions import define
from spl.core.capture.imports import Import
from spl.core.capture.kinds import refused_value
from spl.core.capture.namespace import MISSING, ImportedName
from spl.core.capture.origin import Home, locate
from spl.core.capture.place import Place, is_definition
from spl.core.capture.refusal import Reason, Site, refusal
from spl.core.capture.signature import name_of
from spl.core.capture.unit import Category, Definition, Unit

if TYPE_CHECKING:
    from spl.core.capture.session import Session


def reference(session: Session, unit: Unit, value: Any, hint: str, site: Site) -> str:
    """How source in a unit refers to a function, a class, a module, a method or an instance."""
    known = unit.name_holding(value)
    if known is not None:
        return known
    if isinstance(value, types.MethodType):
        return method_path(session, unit, value, hint, site)
    namespace = unit.namespace
    builtin = getattr(value, "__name__", "")
    if builtin and getattr(builtins, builtin, None) is value and namespace.get(builtin) in (MISSING, value):
        return str(builtin)
    name = namespace.name_of(value)
    if name is not None:
        session.require(unit, name, site)
        return name
    path = str(getattr(value, "__qualname__", ""))
    if "." in path and "<" not in path and namespace.resolve(path) is value:
        session.require(unit, path.partition(".")[0], site)
        return path
    if isinstance(value, types.ModuleType) and unit.name_for(value.__name__) == value.__name__:
        session.bind(unit, value.__name__, value, site)
        return value.__name__
    if is_definition(value):
        public = _through_module(session, unit, value, site)
        if public is not None:
            return public
    name = unit.name_for(name_of(value) if is_definition(value) else hint)
    session.bind(unit, name, value, site)
    return name


def _through_module(session: Session, unit: Unit, value: Any, site: Site) -> str | None:
    """`re.compile` for what an installed or standard module has: by the module's name, if that is free."""
    place = session.places.of(value, unit.namespace)
    if not place.module or place.bundle is not None or "." in place.path:
        return None
    module = sys.modules.get(place.module)
    if (
        module is None
        or "." in place.module
        or module.__name__ != place.module
        or locate(module.__name__).home is Home.LOCAL
    ):
        return None
    name = unit.name_holding(module) or unit.namespace.name_of(module)
    if name is None:
        name = module.__name__
        if unit.name_for(name) != name:
            return None
        session.bind(unit, name, module, site)
    session.require(unit, name, site)
    return f"{name}.{place.path}"


def method_path(session: Session, unit: Unit, value: types.MethodType, hint: str, site: Site) -> str:
    owner = value.__self__
    return f"{session.reference(unit, owner, f'{hint}_owner', site)}.{value.__func__.__name__}"


def bind_definition(session: Session, unit: Unit, name: str, value: Any, site: Site) -> None:
    namespace = unit.namespace
    place = session.places.of(value, namespace)
    if place.bundle is not None and place.module:
        _bind_path(
            session,
            unit,
            name,
            value,
            Place(None, session.dependencies.adopt(place.bundle)[place.module], place.path),
            site,
        )
    elif place.module or place.namespace is None:
        _bind_import(session, unit, name, value, place, site)
    elif place.namespace.globals is namespace.globals:
        canonical = namespace.name_of(value)
        if canonical is not None and canonical != name:
            session.require(unit, canonical, site)
            alias(unit, name, canonical)
        else:
            define(session, unit, name, value, site)
    else:
        _borrow(session, unit, name, value, session.unit_of(place.namespace), site)


def _bind_import(session: Session, unit: Unit, name: str, value: Any, place: Place, site: Site) -> None:
    imported = unit.namespace.imported(name, value)
    if imported is not None:
        import_name(session, unit, name, imported, site)
    elif place.module:
        _bind_path(session, unit, name, value, place, site)
    else:
        starred = unit.namespace.starred(name, value)
        binding = unit.namespace.binding(name)
        if starred is not None:
            import_name(session, unit, name, starred, site)
        elif binding is None or not define_by_statement(session, unit, name, binding):
            raise refused_value(name, value, "", site, "it can't be imported by a name")


def _bind_path(session: Session, unit: Unit, name: str, value: Any, place: Place, site: Site) -> None:
    first, _, rest = place.path.partition(".")
    if not rest:
        _import_or_adopted(session, unit, name, place.module, first, site)
        return
    owner = unit.name_for(f"_{first}")
    unit.bind(owner, value)
    _import_or_adopted(session, unit, owner, place.module, first, site)
    alias(unit, name, f"{owner}.{rest}")


def _import_or_adopted(session: Session, unit: Unit, name: str, module: str, attribute: str, site: Site) -> None:
    if module in session.dependencies.modules:  # embedded already, or out of another bundle
        unit.imports[name] = ImportedName(module, attribute).statement(name)
    else:
        import_name(session, unit, name, ImportedName(module, attribute), site)


def _borrow(session: Session, unit: Unit, name: str, value: Any, other: Unit, site: Site) -> None:
    first, _, rest = session.reference(other, value, name, site).partition(".")
    if not rest:
        unit.borrowed[name] = (other, first)
        return
    owner = unit.name_for(f"_{first}")
    unit.bind(owner, value)
    unit.borrowed[owner] = (other, first)
    alias(unit, name, f"{owner}.{rest}")


def import_name(session: Session, unit: Unit, name: str, imported: ImportedName, site: Site) -> None:
    """Bind a name by an import statement, and see to what it imports."""
    unit.imports[name] = imported.statement(name)
    names = () if imported.attribute is None else (imported.attribute,)
    session.dependencies.need(Import(imported.module, names, site.line), site)


def bind_module(session: Session, unit: Unit, name: str, module: types.ModuleType, site: Site) -> None:
    if module.__name__ == "__main__":
        raise refusal(
            Reason.VALUE,
            f"{name!r} is the module __main__, which is another one in a worker.",
            hint="Use its names directly.",
            site=site,
            name=name,
        )
    imported = unit.namespace.imported(name, module)
    import_name(session, unit, name, imported or ImportedName(module.__name__), site)


def alias(unit: Unit, name: str, text: str) -> None:
    """Bind a name to what a path leads to."""
    if text != name:
        unit.add(Definition(name, f"{name} = {text}", Category.FUNCTION, now=(text.partition(".")[0],)))
