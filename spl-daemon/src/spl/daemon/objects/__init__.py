"""What is published on this daemon: objects, their versions, and what a run needs of them."""

from __future__ import annotations

from spl.daemon.objects.naming import Ref
from spl.daemon.objects.service import Objects
from spl.daemon.objects.version import ObjectVersion

__all__ = ["ObjectVersion", "Objects", "Ref"]
