"""What can go wrong below HTTP: in the settings, the home, the database. Each has a code, a sentence and a hint.

    Refusal
    ├── BadSetting         422 invalid_setting
    ├── HomeUnusable       503 home_unusable
    │   └── HomeLocked     409 home_locked
    ├── PortTaken          503 port_taken
    ├── SchemaMismatch     503 schema_mismatch
    ├── DatabaseGone       503 database_unavailable
    ├── QueueFull          503 queue_full
    ├── DiskFull           507 disk_full
    ├── TextRefused        422 invalid_request
    └── BackupUnusable     422 backup_unusable

A running server answers with them as it does with its problems; the command line prints them.
"""

from __future__ import annotations

from typing import ClassVar


class Refusal(Exception):
    """Something below HTTP said no."""

    code: ClassVar[str] = "internal_error"
    status: ClassVar[int] = 500

    def __init__(self, message: str | None = None, *, hint: str | None = None) -> None:
        self.message = message or (type(self).__doc__ or "").strip().splitlines()[0]
        self.hint = hint
        super().__init__(self.message)


class BadSetting(Refusal):
    """A setting is not valid."""

    code = "invalid_setting"
    status = 422


class HomeUnusable(Refusal):
    """The server's home can't be used."""

    code = "home_unusable"
    status = 503


class HomeLocked(HomeUnusable):
    """Another server has this home."""

    code = "home_locked"
    status = 409


class PortTaken(Refusal):
    """The port can't be listened on."""

    code = "port_taken"
    status = 503


class SchemaMismatch(Refusal):
    """The database's tables are not those of this version."""

    code = "schema_mismatch"
    status = 503


class DatabaseGone(Refusal):
    """The database can't be reached."""

    code = "database_unavailable"
    status = 503


class QueueFull(Refusal):
    """Too many database writes are waiting."""

    code = "queue_full"
    status = 503


class DiskFull(Refusal):
    """The disk is full."""

    code = "disk_full"
    status = 507


class TextRefused(Refusal):
    """A text holds a character that can't be kept, such as NUL."""

    code = "invalid_request"
    status = 422


class BackupUnusable(Refusal):
    """The backup can't be used."""

    code = "backup_unusable"
    status = 422
