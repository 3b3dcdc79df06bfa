"""What is kept of people and of what they prove themselves with. No secret is."""

from __future__ import annotations

from sqlalchemy import BigInteger, CheckConstraint, Column, ForeignKey, Index, Integer, LargeBinary, Table, Text

from daemon_server.db.schema import metadata

# SQLite's integers are of any size and its strict tables know no other name for them.
Milliseconds = BigInteger().with_variant(Integer, "sqlite")

users = Table(
    "users",
    metadata,
    Column("id", Text, primary_key=True),
    Column("name", Text, nullable=False, unique=True),
    Column("display_name", Text, nullable=False),
    Column("admin", Integer, CheckConstraint("admin IN (0, 1)", name="users_admin"), nullable=False),
    # Grows when every session of the user is to end.
    Column("credential_version", Integer, nullable=False),
    Column("created_at", Milliseconds, nullable=False),
    Column("disabled_at", Milliseconds),
    sqlite_strict=True,
)

teams = Table(
    "teams",
    metadata,
    Column("id", Text, primary_key=True),
    Column("name", Text, nullable=False, unique=True),
    Column("display_name", Text, nullable=False),
    Column("created_by", Text, nullable=False),
    Column("created_at", Milliseconds, nullable=False),
    sqlite_strict=True,
)

team_members = Table(
    "team_members",
    metadata,
    Column("team_id", Text, ForeignKey("teams.id", ondelete="CASCADE"), primary_key=True),
    Column("user_id", Text, ForeignKey("users.id"), primary_key=True),
    Column("role", Text, CheckConstraint("role IN ('member', 'lead')", name="team_members_role"), nullable=False),
    Index("team_members_user", "user_id"),
    sqlite_strict=True,
)

KINDS = "kind IN ('user', 'machine', 'subtoken', 'execution', 'enrolment', 'login')"

tokens = Table(
    "tokens",
    metadata,
    Column("id", Text, primary_key=True),
    Column("kind", Text, CheckConstraint(KINDS, name="tokens_kind"), nullable=False),
    Column("user_id", Text, ForeignKey("users.id"), nullable=False),
    Column("name", Text, nullable=False),
    Column("machine_id", Text),
    Column("library_id", Text),
    Column("object", Text),
    Column("function", Text),
    Column("allowed_users", Text, nullable=False),
    Column("scopes", Text, nullable=False),
    Column("hmac", LargeBinary, nullable=False),
    Column("key_id", Text, nullable=False),
    Column("created_at", Milliseconds, nullable=False),
    Column("created_by", Text, nullable=False),
    Column("expires_at", Milliseconds, nullable=False),
    Column("max_uses", Integer),
    Column("uses", Integer, nullable=False),
    Column("last_used_at", Milliseconds),
    Column("last_used_ip", Text),
    Column("rotated_from", Text),
    Column("revoked_at", Milliseconds),
    Column("revoked_by", Text),
    Column("revoked_reason", Text),
    Index("tokens_user", "user_id", "created_at"),
    Index("tokens_machine", "machine_id"),
    Index("tokens_library", "library_id"),
    sqlite_strict=True,
)

sessions = Table(
    "sessions",
    metadata,
    Column("id", Text, primary_key=True),
    Column("hmac", LargeBinary, nullable=False),
    Column("user_id", Text, ForeignKey("users.id"), nullable=False),
    # The token it was opened with: it ends with that, and what is issued in it ends no later.
    Column("token_id", Text, ForeignKey("tokens.id", ondelete="CASCADE")),
    Column("ceiling_at", Milliseconds),
    Column("scopes", Text, nullable=False),
    Column("credential_version", Integer, nullable=False),
    Column("created_at", Milliseconds, nullable=False),
    Column("authenticated_at", Milliseconds, nullable=False),
    Column("last_used_at", Milliseconds, nullable=False),
    Column("expires_at", Milliseconds, nullable=False),
    Column("ip", Text, nullable=False),
    Index("sessions_user", "user_id"),
    sqlite_strict=True,
)

# How far time has come: it never goes back, whatever becomes of a clock.
clock_marks = Table(
    "clock_marks",
    metadata,
    Column("name", Text, primary_key=True),
    Column("at", Milliseconds, nullable=False),
    sqlite_strict=True,
)

server_settings = Table(
    "server_settings",
    metadata,
    Column("name", Text, primary_key=True),
    Column("value", Text, nullable=False),
    Column("updated_at", Milliseconds, nullable=False),
    Column("updated_by", Text, nullable=False),
    sqlite_strict=True,
)
