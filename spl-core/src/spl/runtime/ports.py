"""What came back from elsewhere, by the ports of the step that asked for it."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

DEFAULT = "default"


class MissingOutput(LookupError):
    """What came back has no output of this name."""

    def __init__(self, missing: Sequence[str]) -> None:
        self.missing = tuple(missing)
        super().__init__(f"The result has no output {', '.join(map(repr, missing))}.")


def by_port(names: Sequence[str], value: Any, *, pipeline: bool) -> Any:
    """A remote value as the executor takes it: itself, or by port where the step has ports by name.

    A pipeline's result has an item `{"default": value}` for each of its outputs, and is `{"default": value}` where it
    has one without a name; all that a step with one port takes of it is the values.

    Raises:
        MissingOutput: there is none of such a name.
    """
    if list(names) == [DEFAULT]:
        return values_of(value) if pipeline else value
    missing = [name for name in names if not isinstance(value, dict) or name not in value]
    if missing:
        raise MissingOutput(missing)
    return {name: unwrapped(value[name]) for name in names}


def values_of(result: Any) -> Any:
    """A pipeline's result without port names: the value, or the values by alias."""
    if not isinstance(result, dict) or DEFAULT in result:
        return unwrapped(result)
    return {name: unwrapped(value) for name, value in result.items()}


def unwrapped(value: Any) -> Any:
    return value[DEFAULT] if isinstance(value, dict) and list(value) == [DEFAULT] else value
