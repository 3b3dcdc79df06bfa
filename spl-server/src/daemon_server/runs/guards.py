"""What the database itself refuses, whoever asks: an ended run that changes, and an outcome that is written over.

Each statement makes one trigger; both dialects have the same ones, so that a fault in our code is an error there too.
"""

from __future__ import annotations

from typing import Final

from sqlalchemy import DDL, event

from daemon_server.runs.lifecycle import TERMINAL
from daemon_server.runs.tables import fences, run_results, runs

_ENDED = "OLD.state IN (" + ", ".join(f"'{state}'" for state in sorted(TERMINAL)) + ")"
_FINAL = ("state", "reason", "fence", "attempt", "machine_id", "finished_at")

_SAYS = "what has ended does not change"


def _changes(differs: str) -> str:
    return " OR ".join(f"NEW.{name} {differs} OLD.{name}" for name in _FINAL)


_RUN = f"CREATE TRIGGER runs_end_is_final BEFORE UPDATE OF {', '.join(_FINAL)} ON runs"
_RESULT = "CREATE TRIGGER run_results_are_final BEFORE UPDATE ON run_results"
_RAISE = f"BEGIN SELECT RAISE(ABORT, '{_SAYS}'); END"
_REFUSE = "EXECUTE FUNCTION refuse_change()"

SQLITE: Final[tuple[str, ...]] = (
    f"{_RUN} WHEN {_ENDED} AND ({_changes('IS NOT')}) {_RAISE}",
    f"{_RESULT} {_RAISE}",
)

_FUNCTION = (
    "CREATE OR REPLACE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
    f"RAISE EXCEPTION '{_SAYS}' USING ERRCODE = 'integrity_constraint_violation'; END $$"
)
POSTGRESQL: Final[tuple[str, ...]] = (
    _FUNCTION,
    f"{_RUN} FOR EACH ROW WHEN ({_ENDED} AND ({_changes('IS DISTINCT FROM')})) {_REFUSE}",
    f"{_RESULT} FOR EACH ROW {_REFUSE}",
)

# Where counting begins: the first life of a database.
FIRST_FENCE: Final = "INSERT INTO fences (id, generation, seq) VALUES (1, 1, 0)"


def _attach() -> None:
    """Whoever makes the tables makes the guards with them."""
    event.listen(fences, "after_create", _ddl(FIRST_FENCE))
    function, *triggers = POSTGRESQL
    event.listen(runs, "after_create", _ddl(function).execute_if(dialect="postgresql"))
    for dialect, statements in (("sqlite", SQLITE), ("postgresql", tuple(triggers))):
        for table, statement in zip((runs, run_results), statements, strict=True):
            event.listen(table, "after_create", _ddl(statement).execute_if(dialect=dialect))


def _ddl(statement: str) -> DDL:
    return DDL(statement.replace("%", "%%"))  # type: ignore[no-untyped-call]


_attach()
