"""Content comes in, runs refer to it, and what nobody refers to any more is forgotten."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence

from daemon_server.blobs import names
from daemon_server.blobs.cas import EMPTY, BlobNotFound
from daemon_server.blobs.gate import RunGate
from daemon_server.blobs.limits import Limits
from daemon_server.blobs.records import Item, Role, Upload, Wanted
from daemon_server.blobs.store import BlobRows
from daemon_server.db.session import Session
from daemon_server.http.principal import Principal
from daemon_server.http.problems import Conflict, Invalid, NotFound

# Whoever asks whether content is here is about to refer to it, so it is held as if it had just come; asking again
# within this time costs no write.
HOLD_MS = 3_600_000
# Names in a refusal; whoever lacks more of them looks at what they sent.
_NAMED = 10


class BlobUnknown(Invalid):
    """The arguments refer to content that you have not uploaded."""

    code = "blob_unknown"
    hint = "PUT /blobs/{sha256} first; content somebody else uploaded can't be referred to."


class ArtifactNotFound(NotFound):
    """The run has no artifact of this name."""

    code = "artifact_not_found"
    hint = "GET /remote-runs/{id}/artifacts lists them."


class ArtifactsIncomplete(Conflict):
    """Files that the run's end names have not arrived whole."""

    code = "artifacts_incomplete"
    hint = "Upload them (POST /remote-runs/{id}/artifacts), then report the end again."


class UploadNotFound(NotFound):
    """There is no such upload, or it was given up."""

    code = "upload_not_found"
    hint = "Announce the file again: POST /remote-runs/{id}/artifacts."


class UploadOffset(Conflict):
    """The upload goes on at another offset."""

    code = "upload_offset"
    hint = "Go on from `details.offset`."


class UploadTooLong(Invalid):
    """The piece goes beyond the size that was announced."""

    code = "upload_too_long"
    hint = "If the file has grown, announce it again with its new size and hash."


# --- content ----------------------------------------------------------------------------------------------------------


def brought(session: Session, principal: Principal, sha256: str, size: int) -> None:
    """A user has brought content, which lies in its place."""
    BlobRows(session).keep(sha256, size, principal.user_id)


def held_for(session: Session, principal: Principal, sha256: str) -> int:
    """The size of content that this user has brought, which is held for them from now on for a while.

    Raises:
        BlobNotFound: they have not, whoever else has.
    """
    rows = BlobRows(session)
    found = rows.brought_at(sha256, principal.user_id)
    if found is None:
        raise BlobNotFound
    size, at = found
    if session.now - at >= HOLD_MS:
        rows.keep(sha256, size, principal.user_id)
    return size


def claimable(session: Session, user_id: str, sha256s: Collection[str]) -> dict[str, int]:
    """The sizes of these, all of which the user has brought; they stay until the unit ends.

    Raises:
        BlobUnknown: with those they have not.
    """
    if not sha256s:
        return {}
    rows = BlobRows(session)
    rows.lock(sha256s)
    known = rows.brought_by(user_id, sha256s)
    missing = sorted(set(sha256s) - known.keys())
    if missing:
        shown = ", ".join(f"{sha256[:12]}…" for sha256 in missing[:_NAMED])
        raise BlobUnknown(f"You have not uploaded {shown}.", sha256s=missing[:_NAMED])
    return known


def attach(session: Session, run_id: str, sha256s: Collection[str], role: str = "argument") -> None:
    """A run refers to this content from now on, in its `argument`s or its `result`."""
    BlobRows(session).attach(run_id, sha256s, role)


def of_run(session: Session, principal: Principal, gate: RunGate, run_id: str, sha256: str) -> None:
    """
    Raises:
        BlobNotFound: the run does not refer to it.
        NotFound: nor may the principal read the run.
    """
    gate.readable(session, principal, run_id)
    if not BlobRows(session).refers(run_id, sha256):
        raise BlobNotFound(hint="GET /remote-runs/{id}/detail shows what the run refers to.")


# --- what a run leaves behind -----------------------------------------------------------------------------------------


def announce(
    session: Session,
    principal: Principal,
    gate: RunGate,
    run_id: str,
    fence: int,
    items: Sequence[Item],
    *,
    limits: Limits,
    has: Callable[[str], bool],
) -> list[Wanted]:
    """A machine tells what an attempt leaves behind: what is to be uploaded of it, and what need not be.

    Content is taken as known only where its owner brought it, or the run came with it: a hash alone gives nobody
    content. Announced again, it gives the same uploads, as far as they have come.

    Args:
        has: whether content lies in its place, by hash.

    Raises:
        InvalidArtifactName, TooManyArtifacts, ArtifactTooLarge
        NotFound, Conflict: this machine does not hold that attempt.
    """
    gate.held(session, principal, run_id, fence)
    rows = BlobRows(session)
    begun = {(upload.role, upload.name): upload for upload in rows.uploads_of(run_id, fence)}
    limits.check(items, before=[upload.item for upload in begun.values()] + rows.artifacts(run_id, fence=fence))
    hashes = {item.sha256 for item in items}
    rows.lock(hashes)
    known = rows.brought_by(principal.user_id, hashes)
    known |= rows.known(hashes & rows.of_role(run_id, "argument"))
    return [_wanted(rows, principal, run_id, fence, item, begun, known, has) for item in items]


def _wanted(
    rows: BlobRows,
    principal: Principal,
    run_id: str,
    fence: int,
    item: Item,
    begun: Mapping[tuple[Role, str], Upload],
    known: dict[str, int],
    has: Callable[[str], bool],
) -> Wanted:
    before = begun.get((item.role, item.name))
    if before is not None and before.item != item:  # the file is another by now
        rows.abandon(before.id)
        before = None
    if item.sha256 == EMPTY and item.size == 0:
        rows.keep(EMPTY, 0, principal.user_id)
        known = {**known, EMPTY: 0}
    if known.get(item.sha256) == item.size and has(item.sha256):
        rows.record(run_id, fence, item)
        return Wanted(item, None)
    if before is not None and before.completed_at is not None:  # it was whole, and is gone from the disk
        rows.abandon(before.id)
        before = None
    return Wanted(item, before or rows.begin(run_id, fence, principal.user_id, item))


def upload(session: Session, principal: Principal, gate: RunGate, upload_id: str) -> Upload:
    """An upload of an attempt that this machine holds.

    Raises:
        UploadNotFound
        NotFound, Conflict: this machine does not hold the attempt any more.
    """
    found = BlobRows(session).upload(upload_id)
    if found is None or found.user_id != principal.user_id:
        raise UploadNotFound
    gate.held(session, principal, found.run_id, found.fence)
    return found


def advance(session: Session, principal: Principal, gate: RunGate, upload_id: str, offset: int) -> None:
    """So much of an upload is on the disk."""
    found = upload(session, principal, gate, upload_id)
    if found.completed_at is None:
        BlobRows(session).advance(upload_id, offset)


def complete(session: Session, principal: Principal, gate: RunGate, upload_id: str) -> None:
    """An upload is whole and lies in its place: the run has the file."""
    found = upload(session, principal, gate, upload_id)
    rows = BlobRows(session)
    rows.keep(found.sha256, found.size, principal.user_id)
    rows.record(found.run_id, found.fence, found.item)
    rows.advance(upload_id, found.size, completed_at=session.now)


def check_manifest(session: Session, run_id: str, fence: int, items: Sequence[Item]) -> list[Item]:
    """Whether all that the end of an attempt names has arrived; the run's artifacts are these from now on.

    Args:
        items: artifacts, and the parts of the result (role `result`).

    Raises:
        ArtifactsIncomplete: with the names of those that have not.
    """
    rows = BlobRows(session)
    kept = {item.name: item for item in rows.artifacts(run_id, fence=fence)}
    results = rows.of_role(run_id, "result")
    wanted = [item for item in items if item.role == "artifact"]
    missing = [item.name for item in wanted if not _same(kept.get(item.name), item)]
    missing += [item.name for item in items if item.role == "result" and item.sha256 not in results]
    if missing:
        shown = ", ".join(map(repr, missing[:_NAMED]))
        raise ArtifactsIncomplete(f"{shown} has not arrived whole.", names=missing)
    rows.drop_artifacts(run_id, but=[item.name for item in wanted])
    return [kept[item.name] for item in wanted]


def _same(kept: Item | None, item: Item) -> bool:
    return kept is not None and (kept.sha256, kept.size) == (item.sha256, item.size)


def artifacts(session: Session, run_id: str) -> list[Item]:
    """What a run has left behind, by name; whoever asks has been let to the run."""
    return BlobRows(session).artifacts(run_id)


def artifact(session: Session, principal: Principal, gate: RunGate, run_id: str, name: str) -> Item:
    """
    Raises:
        ArtifactNotFound
        NotFound: nor may the principal read the run.
    """
    gate.readable(session, principal, run_id)
    found = BlobRows(session).artifact(run_id, name) if names.fault_of(name) is None else None
    if found is None:
        raise ArtifactNotFound(f"The run has no artifact {name[:200]!r}.")
    return found


def forget_runs(session: Session, run_ids: Sequence[str]) -> None:
    """Runs are forgotten, and what they referred to with them; the sweeper takes the content nobody else has."""
    if run_ids:
        BlobRows(session).forget_runs(run_ids)
