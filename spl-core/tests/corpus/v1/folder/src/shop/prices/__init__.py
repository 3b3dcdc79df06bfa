"""Prices."""

from .rates import rate
