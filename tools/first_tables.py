"""Writes what the server's first migration runs, from the tables as the features declare them.

Run it while the first release is not out; after that a change of tables is a new revision.
"""

from __future__ import annotations

import importlib
import importlib.util
import pkgutil
from pathlib import Path
from typing import Any

from sqlalchemy import create_mock_engine

import daemon_server
from daemon_server.db.migrations import SEPARATOR
from daemon_server.db.schema import metadata
from daemon_server.db.upgrade import HEAD

VERSIONS = Path(daemon_server.__file__).parent / "db" / "migrations" / "versions"
DIALECTS = {"sqlite": "sqlite://", "postgresql": "postgresql+psycopg://"}


def declared() -> None:
    """Let every feature declare its tables."""
    for module in pkgutil.iter_modules(daemon_server.__path__, "daemon_server."):
        if module.ispkg:
            for name in ("tables", "guards"):
                if importlib.util.find_spec(f"{module.name}.{name}") is not None:
                    importlib.import_module(f"{module.name}.{name}")


def statements(url: str) -> list[str]:
    """What `create_all` would run there."""
    found: list[str] = []

    def keep(statement: Any, *_: Any, **__: Any) -> None:
        text = str(statement.compile(dialect=engine.dialect)).strip()
        found.append("\n".join(line.rstrip() for line in text.splitlines()))

    engine = create_mock_engine(url, keep)
    metadata.create_all(engine, checkfirst=False)
    return found


def main() -> None:
    declared()
    for dialect, url in DIALECTS.items():
        path = VERSIONS / f"{HEAD}.{dialect}.sql"
        path.write_text(SEPARATOR.join(statements(url)) + "\n", encoding="utf-8", newline="\n")
        print(path.name)


if __name__ == "__main__":
    main()
