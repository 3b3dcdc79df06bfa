"""Content, uploads and references in the database."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import Row, delete, exists, insert, or_, select, union, update
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert

from daemon_server import ids
from daemon_server.blobs.records import Item, Upload
from daemon_server.blobs.tables import blob_uploads, blobs, run_artifacts, run_blobs, uploads
from daemon_server.db.session import Session

_UPLOAD = [uploads.c[name] for name in Upload.__dataclass_fields__]


class BlobRows:
    """Content and what refers to it, on one session."""

    __slots__ = ("session",)

    def __init__(self, session: Session) -> None:
        self.session = session

    # --- content ---

    def known(self, sha256s: Collection[str]) -> dict[str, int]:
        """The size of each of these that is here."""
        query = select(blobs.c.sha256, blobs.c.size).where(blobs.c.sha256.in_(list(sha256s)))
        return {row.sha256: row.size for row in self.session.rows(query)}

    def brought_by(self, user_id: str, sha256s: Collection[str]) -> dict[str, int]:
        """The size of each of these that this user has brought."""
        query = select(blobs.c.sha256, blobs.c.size).join(blob_uploads, blob_uploads.c.sha256 == blobs.c.sha256)
        query = query.where(blob_uploads.c.user_id == user_id, blobs.c.sha256.in_(list(sha256s)))
        return {row.sha256: row.size for row in self.session.rows(query)}

    def keep(self, sha256: str, size: int, user_id: str) -> None:
        """Content is here, and this user has brought it (again)."""
        now = self.session.now
        self._insert_new(blobs, {"sha256": sha256, "size": size, "created_at": now})
        self._insert_new(blob_uploads, {"sha256": sha256, "user_id": user_id, "created_at": now})
        known = (blob_uploads.c.sha256 == sha256, blob_uploads.c.user_id == user_id)
        self.session.execute(update(blob_uploads).where(*known).values(created_at=now))

    def lock(self, sha256s: Collection[str]) -> None:
        """Keep the sweeper from these until the unit ends; on SQLite there is one writer anyway."""
        query = select(blobs.c.sha256).where(blobs.c.sha256.in_(list(sha256s))).order_by(blobs.c.sha256)
        self.session.rows(query.with_for_update(read=True, key_share=True))

    def brought_at(self, sha256: str, user_id: str) -> tuple[int, int] | None:
        """The size of content that this user has brought, and when they last did."""
        query = select(blobs.c.size, blob_uploads.c.created_at)
        query = query.join(blob_uploads, blob_uploads.c.sha256 == blobs.c.sha256)
        row = self.session.row(query.where(blobs.c.sha256 == sha256, blob_uploads.c.user_id == user_id))
        return None if row is None else (row.size, row.created_at)

    def forget_unused(self, before: int, limit: int) -> int:
        """Forget content that nobody brought since a moment and no run refers to; how much of it there was."""
        needed = or_(
            exists().where(run_blobs.c.sha256 == blobs.c.sha256),
            exists().where(run_artifacts.c.sha256 == blobs.c.sha256),
            exists().where(blob_uploads.c.sha256 == blobs.c.sha256, blob_uploads.c.created_at >= before),
        )
        query = select(blobs.c.sha256).where(blobs.c.created_at < before, ~needed).limit(limit)
        unused = [row.sha256 for row in self.session.rows(query.with_for_update(skip_locked=True))]
        # Under the locks, whatever came in between is seen; who comes later finds the content gone.
        unused = [row.sha256 for row in self.session.rows(query.where(blobs.c.sha256.in_(unused)))]
        if unused:
            self.session.execute(delete(blob_uploads).where(blob_uploads.c.sha256.in_(unused)))
            self.session.execute(delete(blobs).where(blobs.c.sha256.in_(unused)))
        return len(unused)

    # --- references of runs ---

    def attach(self, run_id: str, sha256s: Collection[str], role: str) -> None:
        for sha256 in sha256s:
            self._insert_new(run_blobs, {"run_id": run_id, "sha256": sha256, "role": role})

    def of_run(self, run_id: str) -> set[str]:
        """The hashes that a run refers to: in its arguments, its result, or as artifacts."""
        query = union(
            select(run_blobs.c.sha256).where(run_blobs.c.run_id == run_id),
            select(run_artifacts.c.sha256).where(run_artifacts.c.run_id == run_id),
        )
        return {row.sha256 for row in self.session.rows(query)}

    def refers(self, run_id: str, sha256: str) -> bool:
        return sha256 in self.of_run(run_id)

    def of_role(self, run_id: str, role: str) -> set[str]:
        """The hashes that a run refers to in its `argument`s, or in its `result`."""
        query = select(run_blobs.c.sha256).where(run_blobs.c.run_id == run_id, run_blobs.c.role == role)
        return {row.sha256 for row in self.session.rows(query)}

    def record(self, run_id: str, fence: int, item: Item) -> None:
        """A run has this file, of this attempt."""
        if item.role == "result":
            self.attach(run_id, [item.sha256], "result")
            return
        key = (run_artifacts.c.run_id == run_id, run_artifacts.c.name == item.name)
        self.session.execute(delete(run_artifacts).where(*key))
        self.session.execute(
            insert(run_artifacts).values(
                run_id=run_id,
                name=item.name,
                fence=fence,
                sha256=item.sha256,
                size=item.size,
                media_type=item.media_type,
            )
        )

    def artifacts(self, run_id: str, *, fence: int | None = None) -> list[Item]:
        """A run's artifacts by name; those of one attempt, where it is given."""
        columns = (run_artifacts.c.name, run_artifacts.c.size, run_artifacts.c.sha256, run_artifacts.c.media_type)
        query = select(*columns).where(run_artifacts.c.run_id == run_id)
        if fence is not None:
            query = query.where(run_artifacts.c.fence == fence)
        return sorted((Item(**row._mapping) for row in self.session.rows(query)), key=lambda item: item.name)

    def artifact(self, run_id: str, name: str) -> Item | None:
        columns = (run_artifacts.c.name, run_artifacts.c.size, run_artifacts.c.sha256, run_artifacts.c.media_type)
        row = self.session.row(select(*columns).where(run_artifacts.c.run_id == run_id, run_artifacts.c.name == name))
        return None if row is None else Item(**row._mapping)

    def drop_artifacts(self, run_id: str, *, but: Collection[str]) -> None:
        self.session.execute(
            delete(run_artifacts).where(run_artifacts.c.run_id == run_id, run_artifacts.c.name.not_in(list(but)))
        )

    def forget_runs(self, run_ids: Sequence[str]) -> None:
        for table in (run_artifacts, run_blobs, uploads):
            self.session.execute(delete(table).where(table.c.run_id.in_(run_ids)))

    # --- uploads ---

    def upload(self, upload_id: str) -> Upload | None:
        row = self.session.row(select(*_UPLOAD).where(uploads.c.id == upload_id))
        return None if row is None else _upload(row)

    def uploads_of(self, run_id: str, fence: int) -> list[Upload]:
        query = select(*_UPLOAD).where(uploads.c.run_id == run_id, uploads.c.fence == fence)
        return [_upload(row) for row in self.session.rows(query)]

    def begin(self, run_id: str, fence: int, user_id: str, item: Item) -> Upload:
        upload = Upload(
            id=ids.new("upl"),
            run_id=run_id,
            fence=fence,
            user_id=user_id,
            role=item.role,
            name=item.name,
            sha256=item.sha256,
            size=item.size,
            media_type=item.media_type,
            offset=0,
            created_at=self.session.now,
            completed_at=None,
        )
        values = {name: getattr(upload, name) for name in Upload.__dataclass_fields__}
        self.session.execute(insert(uploads).values(values))
        return upload

    def advance(self, upload_id: str, offset: int, *, completed_at: int | None = None) -> None:
        values = {"offset": offset, "completed_at": completed_at}
        self.session.execute(update(uploads).where(uploads.c.id == upload_id).values(values))

    def abandon(self, upload_id: str) -> None:
        self.session.execute(delete(uploads).where(uploads.c.id == upload_id))

    def uploads_begun(self, before: int, after: str, limit: int) -> list[str]:
        """The ids of uploads that were begun before a moment, in their order."""
        query = select(uploads.c.id).where(uploads.c.created_at < before, uploads.c.id > after)
        return [row.id for row in self.session.rows(query.order_by(uploads.c.id).limit(limit))]

    def forget_uploads(self, upload_ids: Collection[str]) -> None:
        self.session.execute(delete(uploads).where(uploads.c.id.in_(list(upload_ids))))

    def uploads_known(self, upload_ids: Collection[str]) -> set[str]:
        query = select(uploads.c.id).where(uploads.c.id.in_(list(upload_ids)))
        return {upload_id for (upload_id,) in self.session.rows(query)}

    def _insert_new(self, table: Any, values: dict[str, Any]) -> None:
        """Insert a row unless there is one by this key."""
        make = postgresql_insert if self.session.dialect == "postgresql" else sqlite_insert
        self.session.execute(make(table).values(values).on_conflict_do_nothing())


def _upload(row: Row[Any]) -> Upload:
    return Upload(**row._mapping)
