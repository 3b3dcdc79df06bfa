"""What administrators may set while the server runs. The rest are its settings, given at start."""

from __future__ import annotations

import json
from dataclasses import dataclass, fields, replace

from sqlalchemy import delete, insert, select

from daemon_server.audit.service import record
from daemon_server.db.session import Session
from daemon_server.http.principal import Principal
from daemon_server.identity.scopes import DEFAULT_LIFE_MS
from daemon_server.identity.tables import server_settings

_DAY_MS = 24 * 3_600_000


@dataclass(frozen=True, slots=True)
class Configuration:
    """What is set now.

    Attributes:
        name: what people call this server.
        user_token_days, execution_token_days: how long such tokens live where nobody says.
    """

    name: str = "SPLime"
    user_token_days: int = DEFAULT_LIFE_MS["user"] // _DAY_MS
    execution_token_days: int = DEFAULT_LIFE_MS["execution"] // _DAY_MS

    def life_ms(self, kind: str) -> int | None:
        """How long a token of this kind lives; None leaves it to the kind."""
        days = {"user": self.user_token_days, "execution": self.execution_token_days}.get(kind)
        return None if days is None else days * _DAY_MS


def current(session: Session) -> Configuration:
    known = {field.name for field in fields(Configuration)}
    stored = {row.name: json.loads(row.value) for row in session.rows(select(server_settings)) if row.name in known}
    return replace(Configuration(), **stored)


def change(session: Session, values: dict[str, str | int], *, by: Principal) -> Configuration:
    """Set what is given; all else stays."""
    for name, value in values.items():
        session.execute(delete(server_settings).where(server_settings.c.name == name))
        session.execute(
            insert(server_settings).values(
                name=name, value=json.dumps(value), updated_at=session.now, updated_by=by.user
            )
        )
    if values:
        record(session, by, "settings.change", "settings", **values)
    return current(session)
