"""The link to machines: a connection is a lease; one request is heartbeat, delivery and the wait for work at once."""

from __future__ import annotations
