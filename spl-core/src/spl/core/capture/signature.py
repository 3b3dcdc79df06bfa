"""A live callable as a Function: its ports, with types and defaults in the author's own words."""

from __future__ import annotations

import ast
import builtins
import functools
import inspect
import re
import types
from collections.abc import Callable
from typing import Any
from weakref import WeakKeyDictionary

from spl.core.capture.place import attributes
from spl.core.capture.refusal import Reason, refusal
from spl.core.capture.source import Definition, text_of_code
from spl.core.entities.function import Function, FunctionKind
from spl.core.entities.port import InputPort, OutputPort, PortKind

type _Parts = tuple[str, tuple[InputPort, ...], tuple[OutputPort, ...], str, FunctionKind]

_KINDS = {
    inspect.Parameter.POSITIONAL_ONLY: PortKind.POSITIONAL_ONLY,
    inspect.Parameter.POSITIONAL_OR_KEYWORD: PortKind.STANDARD,
    inspect.Parameter.VAR_POSITIONAL: PortKind.VAR_POSITIONAL,
    inspect.Parameter.KEYWORD_ONLY: PortKind.KEYWORD_ONLY,
    inspect.Parameter.VAR_KEYWORD: PortKind.VAR_KEYWORD,
}

ANONYMOUS = "anonymous"
"""What a lambda is called that was never given a name."""

_cache: WeakKeyDictionary[Any, _Parts] = WeakKeyDictionary()

_latest: tuple[Any, Function] = (object(), Function(""))
"""The last one, ready made: a pipeline of ten thousand steps often lifts one function."""


def function_of(callable: Callable[..., Any]) -> Function:
    """The Function of a callable, read from its signature once.

    Raises:
        CaptureError: it can't be called, or has no signature.
    """
    global _latest
    latest, function = _latest
    if callable is latest:
        return function
    try:
        parts = _cache.get(callable)
    except TypeError:  # it can't be hashed, or not referred to weakly
        return Function(*_read(callable), callable=callable)
    if parts is None:
        parts = _read(callable)
        _remember(callable, parts)
    name, inputs, outputs, doc, kind = parts
    function = Function(name, inputs, outputs, doc, kind, "", "", callable)
    _latest = (callable, function)
    return function


def _remember(callable: Any, parts: _Parts) -> None:
    """The parts hold no reference to the callable, so that it can go. Equal objects may differ in their signatures."""
    if isinstance(callable, (types.FunctionType, functools.partial, type)):
        _cache[callable] = parts


def _read(callable: Any) -> _Parts:
    if not builtins.callable(callable):
        raise refusal(
            Reason.NOT_CALLABLE,
            f"{type(callable).__name__} can't be called.",
            hint="Give a function, or a Pipeline.",
        )
    signature = _signature(callable)
    arguments, returns = _written(callable)
    inputs = tuple(_input(parameter, arguments.get(parameter.name)) for parameter in signature.parameters.values())
    annotation = signature.return_annotation
    result: str | None = None
    if isinstance(callable, type):
        result = callable.__name__
    elif annotation is not signature.empty:
        result = _unquoted(returns) or _annotation_text(annotation)
    return name_of(callable), inputs, (OutputPort(type=result),), _doc(callable), _kind(callable)


def _signature(callable: Any) -> inspect.Signature:
    try:
        return _through_decorators(callable)
    except (ValueError, TypeError) as error:
        raise refusal(
            Reason.NO_SIGNATURE,
            f"{name_of(callable)!r} has no signature that could be read.",
            hint="Wrap it in a function of your own: def f(x): return ...",
            name=name_of(callable),
        ) from error


def _through_decorators(callable: Any) -> inspect.Signature:
    """The signature of what decorators wrap, as far as they let its arguments through.

    A wrapper that takes only `*args` is called by position; one with parameters of its own has the last word.
    """
    by_position = False
    layer = callable
    while (
        not isinstance(layer, type) and "__wrapped__" in attributes(layer) and "__signature__" not in attributes(layer)
    ):
        own = _own_parameters(layer)
        kinds = {parameter.kind for parameter in own}
        if own and not kinds & {inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD}:
            return inspect.Signature(own)
        by_position = by_position or (bool(own) and inspect.Parameter.VAR_KEYWORD not in kinds)
        layer = attributes(layer)["__wrapped__"]
    found = inspect.signature(callable)
    if hasattr(callable, "dispatch") and hasattr(callable, "registry"):
        by_position = True  # singledispatch looks at the first positional argument
    if not by_position:
        return found
    positional = inspect.Parameter.POSITIONAL_OR_KEYWORD
    return found.replace(
        parameters=[
            each.replace(kind=inspect.Parameter.POSITIONAL_ONLY) if each.kind is positional else each
            for each in found.parameters.values()
        ]
    )


def _own_parameters(layer: Any) -> list[inspect.Parameter]:
    """What a wrapper itself takes; nothing where that can't be told."""
    if not isinstance(layer, types.FunctionType):
        layer = inspect.getattr_static(type(layer), "__call__", None)
        return list(inspect.signature(layer).parameters.values())[1:] if isinstance(layer, types.FunctionType) else []
    return list(inspect.signature(layer, follow_wrapped=False).parameters.values())


def name_of(callable: Any) -> str:
    """What a callable is called: its own name, that of what it was made from, or that of a variable that holds it."""
    if isinstance(callable, types.MethodType):
        return callable.__func__.__name__
    if isinstance(callable, (functools.partial, functools.partialmethod)):
        names = getattr(underlying(callable), "__globals__", {})
        return _variable(names, callable) or name_of(callable.func)
    name = getattr(callable, "__name__", None)
    if name == "<lambda>":
        return _variable(callable.__globals__, callable) or _target(callable) or ANONYMOUS
    if isinstance(name, str):
        return name
    call = inspect.getattr_static(type(callable), "__call__", None)
    return _variable(getattr(call, "__globals__", {}), callable) or type(callable).__name__


def _variable(names: dict[str, Any], value: object) -> str | None:
    return next((name for name, held in list(names.items()) if held is value and name.strip("_0123456789")), None)


def _target(function: types.FunctionType) -> str | None:
    """The variable that a lambda was assigned to where it was written."""
    text = text_of_code(function.__code__, function.__globals__)
    node = text.find_code(function.__code__) if text is not None else None
    parent = text.parents.get(node) if text is not None and node is not None else None
    if isinstance(parent, ast.Assign) and len(parent.targets) == 1 and isinstance(parent.targets[0], ast.Name):
        return parent.targets[0].id
    return None


def underlying(callable: Any) -> Any:
    """The Python function that a call ends in, below partials, methods, instances and decorators."""
    for _ in range(100):
        if isinstance(callable, (functools.partial, functools.partialmethod)):
            callable = callable.func
        elif isinstance(callable, types.MethodType):
            callable = callable.__func__
        elif isinstance(callable, type):
            return callable
        elif "__wrapped__" in getattr(callable, "__dict__", {}):
            callable = callable.__wrapped__
        elif isinstance(callable, types.FunctionType) or not builtins.callable(callable):
            return callable
        else:
            inner = type(callable).__call__
            if not isinstance(inner, types.FunctionType):
                return callable
            callable = inner
    return callable


def _doc(callable: Any) -> str:
    if isinstance(callable, functools.partial):
        return inspect.getdoc(underlying(callable)) or ""
    return inspect.getdoc(callable) or ""


def _kind(callable: Any) -> FunctionKind:
    called = callable
    while isinstance(called, functools.partial):
        called = called.func
    if not isinstance(called, (types.FunctionType, types.MethodType, type)):
        called = getattr(called, "__call__", called)  # noqa: B004
    if inspect.isasyncgenfunction(called):
        return FunctionKind.ASYNC_GENERATOR
    if inspect.iscoroutinefunction(called):
        return FunctionKind.ASYNC
    return FunctionKind.GENERATOR if inspect.isgeneratorfunction(called) else FunctionKind.PLAIN


# --- types and defaults as they were written --------------------------------------------------------------------------

type _Written = tuple[str | None, str | None]


def _written(callable: Any) -> tuple[dict[str, _Written], str | None]:
    """The annotation and default of each parameter in its source, and the return annotation."""
    function = underlying(callable)
    code = getattr(function, "__code__", None)
    if code is None:
        return {}, None
    text = text_of_code(code, function.__globals__)
    node: Definition | None = text.find_code(code) if text is not None else None
    if text is None or node is None or isinstance(node, ast.ClassDef):
        return {}, None
    found: dict[str, _Written] = {}
    defaults = _default_nodes(node.args)
    for each in _every_argument(node.args):
        default = defaults.get(each.arg)
        found[each.arg] = (
            _source_of(text.segment(each.annotation), each.annotation) if each.annotation else None,
            _source_of(text.segment(default), default) if default else None,
        )
    returns = None if isinstance(node, ast.Lambda) else node.returns
    return found, _source_of(text.segment(returns), returns) if returns else None


def _every_argument(arguments: ast.arguments) -> list[ast.arg]:
    several = [*arguments.posonlyargs, *arguments.args, arguments.vararg, *arguments.kwonlyargs, arguments.kwarg]
    return [each for each in several if each is not None]


def _default_nodes(arguments: ast.arguments) -> dict[str, ast.expr]:
    positional = [*arguments.posonlyargs, *arguments.args]
    count = len(arguments.defaults)
    found = {
        each.arg: node for each, node in zip(positional[len(positional) - count :], arguments.defaults, strict=True)
    }
    pairs = zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True)
    return found | {each.arg: node for each, node in pairs if node is not None}


def _source_of(text: str, node: ast.expr) -> str:
    """On one line, and without the quotes of a quoted annotation."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str) and "\n" in text:
        return repr(node.value)
    return ast.unparse(node) if "\n" in text else text


def _input(parameter: inspect.Parameter, written: _Written | None) -> InputPort:
    annotation, default = written or (None, None)
    empty = parameter.empty
    shown: str | None = None
    if parameter.annotation is not empty:
        shown = _unquoted(annotation) or _annotation_text(parameter.annotation)
    value: str | None = None
    if parameter.default is not empty:
        value = default or _value_text(parameter.default)
    return InputPort(parameter.name, shown, value, _KINDS[parameter.kind])


def _unquoted(annotation: str | None) -> str | None:
    if annotation and annotation[0] in "'\"" and annotation[-1] == annotation[0]:
        try:
            return str(ast.literal_eval(annotation))
        except (SyntaxError, ValueError):
            return annotation
    return annotation


def _annotation_text(annotation: Any) -> str:
    return annotation if isinstance(annotation, str) else inspect.formatannotation(annotation)


def _value_text(value: Any) -> str:
    """A default without source: its repr, if that says the same in every process."""
    text = repr(value)
    return re.sub(r" at 0x[0-9a-fA-F]+", "", text)
