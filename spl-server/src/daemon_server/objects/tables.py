"""What is published: objects, their versions, tags that point to versions, and references to objects elsewhere."""

from __future__ import annotations

from sqlalchemy import CheckConstraint, Column, ForeignKey, Index, Integer, Table, Text, UniqueConstraint, text

from daemon_server.db.schema import metadata
from daemon_server.identity.tables import Milliseconds
from daemon_server.libraries.tables import libraries

objects = Table(
    "objects",
    metadata,
    Column("id", Text, primary_key=True),
    Column("library_id", Text, ForeignKey(libraries.c.id), nullable=False),
    Column("name", Text, nullable=False),
    Column("display_name", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("latest", Integer, nullable=False),
    Column("created_at", Milliseconds, nullable=False),
    Column("updated_at", Milliseconds, nullable=False),
    Column("deleted_at", Milliseconds),
    UniqueConstraint("library_id", "name", name="objects_name"),
    CheckConstraint("kind IN ('function', 'pipeline')", name="objects_kind"),
    sqlite_strict=True,
)

# Lists over all libraries go by name. What they are filtered by is in the index too, so that a search reads no row
# that it doesn't give.
_HERE = text("deleted_at IS NULL")
Index(
    "objects_by_name",
    objects.c.name,
    objects.c.id,
    objects.c.library_id,
    objects.c.display_name,
    objects.c.kind,
    sqlite_where=_HERE,
    postgresql_where=_HERE,
)

versions = Table(
    "versions",
    metadata,
    Column("id", Text, primary_key=True),
    Column("object_id", Text, ForeignKey(objects.c.id), nullable=False),
    Column("number", Integer, nullable=False),
    Column("content_hash", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("entrypoint", Text, nullable=False),
    Column("env", Text, nullable=False),
    Column("isolation", Text),
    Column("size_bytes", Integer, nullable=False),
    Column("summary", Text, nullable=False),
    Column("capture", Text),
    Column("created_at", Milliseconds, nullable=False),
    Column("created_by", Text, nullable=False),
    Column("machine_id", Text),
    Column("deleted_at", Milliseconds),
    # The large columns come last: SQLite reads a row from its beginning, and lists stop before these.
    Column("card", Text, nullable=False),
    Column("yaml", Text, nullable=False),
    UniqueConstraint("object_id", "number", name="versions_number"),
    UniqueConstraint("object_id", "content_hash", "env", name="versions_content"),
    sqlite_strict=True,
)

tags = Table(
    "tags",
    metadata,
    Column("object_id", Text, ForeignKey(objects.c.id), primary_key=True),
    Column("name", Text, primary_key=True),
    Column("version", Integer, nullable=False),
    Column("updated_at", Milliseconds, nullable=False),
    Column("updated_by", Text, nullable=False),
    sqlite_strict=True,
)

# `references` is a word of SQL.
references = Table(
    "library_references",
    metadata,
    Column("library_id", Text, ForeignKey(libraries.c.id), primary_key=True),
    Column("name", Text, primary_key=True),
    Column("object_id", Text, ForeignKey(objects.c.id), nullable=False),
    Column("version", Integer),
    Column("created_at", Milliseconds, nullable=False),
    Column("created_by", Text, nullable=False),
    sqlite_strict=True,
)
Index("library_references_object", references.c.object_id)

# What a version's pipelines call elsewhere, for the question who uses an object. Names as the pipeline has them after
# its owner and library were filled in: the object need not be there.
uses = Table(
    "version_uses",
    metadata,
    Column("version_id", Text, ForeignKey(versions.c.id), primary_key=True),
    Column("pipeline", Text, primary_key=True),
    Column("node", Text, primary_key=True),
    Column("owner", Text, nullable=False),
    Column("library", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("function", Text),
    Column("version", Text, nullable=False),
    sqlite_strict=True,
)
Index("version_uses_object", uses.c.owner, uses.c.library, uses.c.name)
