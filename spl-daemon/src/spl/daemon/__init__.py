"""The local daemon: stores published objects and runs them on this machine, each in its own process and environment."""

from __future__ import annotations

__version__ = "1.0.0"
