"""The machine's policy on the disk: `<home>/machine-policy.json`, `{"allow": [...]}`; without it, the owner's own."""

from __future__ import annotations

import json
import logging
import os
from pathlib import Path

from spl.core.errors import InvalidRequest
from spl.daemon.server_link.policy import MachinePolicy, checked

log = logging.getLogger(__name__)

NOTHING = MachinePolicy(())
"""What runs while the file can't be read: nothing, because what it forbade is not known."""


class PolicyFile:
    """The policy as the file says it now: a change by hand is seen by the next job."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._seen: tuple[int, int] | None = None
        self._policy = MachinePolicy()

    @property
    def policy(self) -> MachinePolicy:
        try:
            status = self._path.stat()
        except FileNotFoundError:
            self._seen, self._policy = None, MachinePolicy()
            return self._policy
        except OSError:
            log.exception("%s can't be looked at; nothing is run for a server", self._path)
            return NOTHING
        seen = (status.st_mtime_ns, status.st_size)
        if seen != self._seen:
            self._seen, self._policy = seen, self._read()
        return self._policy

    def write(self, policy: MachinePolicy) -> None:
        """Keep a policy; the default one is the file's absence."""
        if policy.allow is None:
            self._path.unlink(missing_ok=True)
            return
        beside = self._path.with_suffix(".json.new")
        with beside.open("w", encoding="utf-8") as file:
            json.dump({"allow": list(policy.allow)}, file, indent=2)
            file.flush()
            os.fsync(file.fileno())
        beside.replace(self._path)

    def _read(self) -> MachinePolicy:
        try:
            document = json.loads(self._path.read_text(encoding="utf-8"))
            return MachinePolicy(checked(document["allow"]))
        except (OSError, ValueError, KeyError, TypeError, AttributeError, InvalidRequest):
            log.exception("%s is not a policy; nothing is run for a server until it is", self._path)
            return NOTHING
