"""A server's state as a folder that can be kept elsewhere, checked, and brought back.

<backup>/                  0700
├── manifest.json          what is here, with sizes and hashes; written last, so a backup without it is none
├── server.sqlite3         or database.pgdump
├── pepper                 0600, where the server keeps its own
└── blobs/ab/cd/<sha256>   hard links where the disk is the same
"""

from __future__ import annotations

from daemon_server.backups.restoring import Restored, restore
from daemon_server.backups.saving import save
from daemon_server.backups.verifying import verify

__all__ = ["Restored", "restore", "save", "verify"]
