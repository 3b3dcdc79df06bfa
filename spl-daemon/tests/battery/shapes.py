"""The battery: everything that people publish, each entry captured in one interpreter and called in another."""

from __future__ import annotations

from . import shapes_functions, shapes_modules, shapes_tricky, shapes_values
from .shape import How, Shape

SHAPES: list[Shape] = [*shapes_functions.SHAPES, *shapes_values.SHAPES, *shapes_modules.SHAPES, *shapes_tricky.SHAPES]

__all__ = ["SHAPES", "How", "Shape"]
