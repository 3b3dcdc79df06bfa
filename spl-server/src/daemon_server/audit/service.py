"""Writing down what was done, in the transaction that does it, and proving that nothing was changed since."""

from __future__ import annotations

from dataclasses import dataclass

from daemon_server.audit import store
from daemon_server.audit.chain import Line, detail_text, link
from daemon_server.db.session import Session
from daemon_server.http.principal import Principal

# The host itself: whoever can run the server's commands there.
HOST_KIND = "host"
HOST = "host"
NOBODY_KIND = "anonymous"
# Text that came from outside is cut to this; a line is to be read.
LONGEST_TEXT = 500
# So many lines are checked at a time: memory stays small, and the database is asked seldom.
VERIFIED_AT_ONCE = 2_000
# Deleting more than this in one transaction keeps writers waiting.
PRUNED_AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a check of the chain found.

    Attributes:
        checked: how many lines.
        ok: whether every one is as it was written, and none is missing.
        broken_at: the number of the first that is not.
        reason: a sentence.
    """

    checked: int
    ok: bool
    broken_at: int | None = None
    reason: str | None = None


def record(session: Session, principal: Principal | None, action: str, target: str, **detail: object) -> int:
    """Add a line in this transaction; its number.

    Args:
        principal: who did it; None is the host: a command of the server's, run beside its files.
        action: noun and verb, such as `token.revoke`.
        target: what it was done to, such as `library alice/risk`.
        detail: JSON values. Never a secret.
    """
    if principal is None:
        return _add(session, (HOST_KIND, HOST, HOST, HOST), action, target, detail)
    actor = (principal.kind, principal.token_id, principal.user_id, principal.user)
    return _add(session, actor, action, target, detail)


def record_anonymous(session: Session, action: str, target: str, **detail: object) -> int:
    """Add a line about somebody who proved nothing."""
    return _add(session, (NOBODY_KIND, "", "", ""), action, target, detail)


def _add(
    session: Session, actor: tuple[str, str, str, str], action: str, target: str, detail: dict[str, object]
) -> int:
    head = store.take_head(session)
    line = Line(head.seq + 1, session.now, *actor, action, target[:LONGEST_TEXT], detail_text(_cut(detail)))
    store.append(session, line, link(head.hash, line))
    return line.seq


def verify(session: Session) -> Verdict:
    """Walk the whole chain. Reads in pieces; call it in a unit that only reads."""
    head = store.head(session)
    if head is None:
        stray = store.page_up(session, after=-1, limit=1)
        return Verdict(
            0, not stray, stray[0].line.seq if stray else None, "There are lines without a chain." if stray else None
        )
    seq, before, checked = head.base_seq, head.base_hash, 0
    while rows := store.page_up(session, after=seq, limit=VERIFIED_AT_ONCE):
        for row in rows:
            if row.line.seq != seq + 1:
                return Verdict(checked, False, seq + 1, f"Line {seq + 1} is missing.")
            if link(before, row.line) != row.hash:
                return Verdict(checked, False, row.line.seq, f"Line {row.line.seq} is not as it was written.")
            seq, before, checked = row.line.seq, row.hash, checked + 1
    if (seq, before) != (head.seq, head.hash):
        return Verdict(checked, False, seq + 1, f"The chain ends at {head.seq}; the lines after {seq} are missing.")
    return Verdict(checked, True)


def prune(session: Session, *, before: int) -> int:
    """Let go of the oldest lines from before a time (epoch ms), at most 500; how many. The rest still verifies."""
    return store.prune(session, before=before, limit=PRUNED_AT_ONCE)


def _cut(detail: dict[str, object]) -> dict[str, object]:
    return {key: value[:LONGEST_TEXT] if isinstance(value, str) else value for key, value in detail.items()}
