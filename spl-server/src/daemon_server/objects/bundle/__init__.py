"""SPL/YAML bundles, read as data: nothing of them is compiled, imported or evaluated, and no value is rebuilt.

`read(text)` gives a `Bundle`: its document in canonical form, the content hash, and the card of all that can be asked
without the source.
"""

from __future__ import annotations

from daemon_server.objects.bundle.places import InvalidBundle
from daemon_server.objects.bundle.read import Bundle, read

__all__ = ["Bundle", "InvalidBundle", "read"]
