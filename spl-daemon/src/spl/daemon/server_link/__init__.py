"""The link to a server: what this machine is asked to run, and what it tells."""

from __future__ import annotations

from spl.daemon.server_link.service import ServerLink

__all__ = ["ServerLink"]
