"""The daemon as its routes see it: what was composed once, at start."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from spl.daemon.http.traffic import Traffic

if TYPE_CHECKING:
    from spl.daemon.db import Database
    from spl.daemon.environments import Environments
    from spl.daemon.home import Home
    from spl.daemon.objects import Objects
    from spl.daemon.runs import Runs
    from spl.daemon.server_link import ServerLink
    from spl.daemon.settings import Settings


@dataclass(frozen=True, slots=True)
class Daemon:
    """Everything a request may need. `stopping` is set when the daemon was asked to stop."""

    settings: Settings
    home: Home
    db: Database
    environments: Environments
    objects: Objects
    runs: Runs
    link: ServerLink
    port: int
    url: str
    token: str = field(repr=False)
    traffic: Traffic = field(default_factory=Traffic)
    started_at: int = field(default_factory=lambda: int(time.time() * 1000))
    stopping: asyncio.Event = field(default_factory=asyncio.Event)
