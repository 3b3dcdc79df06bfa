CREATE SEQUENCE fence_seq
-- next
CREATE TABLE users (
	id TEXT NOT NULL,
	name TEXT NOT NULL,
	display_name TEXT NOT NULL,
	admin INTEGER NOT NULL CONSTRAINT users_admin CHECK (admin IN (0, 1)),
	credential_version INTEGER NOT NULL,
	created_at BIGINT NOT NULL,
	disabled_at BIGINT,
	PRIMARY KEY (id),
	UNIQUE (name)
)
-- next
CREATE TABLE teams (
	id TEXT NOT NULL,
	name TEXT NOT NULL,
	display_name TEXT NOT NULL,
	created_by TEXT NOT NULL,
	created_at BIGINT NOT NULL,
	PRIMARY KEY (id),
	UNIQUE (name)
)
-- next
CREATE TABLE clock_marks (
	name TEXT NOT NULL,
	at BIGINT NOT NULL,
	PRIMARY KEY (name)
)
-- next
CREATE TABLE server_settings (
	name TEXT NOT NULL,
	value TEXT NOT NULL,
	updated_at BIGINT NOT NULL,
	updated_by TEXT NOT NULL,
	PRIMARY KEY (name)
)
-- next
CREATE TABLE audit (
	seq BIGINT NOT NULL,
	at BIGINT NOT NULL,
	actor_kind TEXT NOT NULL,
	actor_token TEXT NOT NULL,
	actor_user_id TEXT NOT NULL,
	actor_user TEXT NOT NULL,
	action TEXT NOT NULL,
	target TEXT NOT NULL,
	detail TEXT NOT NULL,
	hash BYTEA NOT NULL,
	PRIMARY KEY (seq)
)
-- next
CREATE INDEX audit_by_target ON audit (target, seq)
-- next
CREATE INDEX audit_by_action ON audit (action, seq)
-- next
CREATE INDEX audit_by_user ON audit (actor_user_id, seq)
-- next
CREATE TABLE audit_head (
	id INTEGER NOT NULL,
	seq BIGINT NOT NULL,
	hash BYTEA NOT NULL,
	base_seq BIGINT NOT NULL,
	base_hash BYTEA NOT NULL,
	PRIMARY KEY (id)
)
-- next
CREATE TABLE batches (
	id TEXT NOT NULL,
	object TEXT NOT NULL,
	owner TEXT NOT NULL,
	library TEXT NOT NULL,
	version INTEGER NOT NULL,
	function TEXT,
	total INTEGER NOT NULL,
	caller_id TEXT NOT NULL,
	owner_id TEXT NOT NULL,
	token_id TEXT,
	created_at BIGINT NOT NULL,
	PRIMARY KEY (id)
)
-- next
CREATE INDEX batches_by_age ON batches (created_at)
-- next
CREATE TABLE runs (
	id TEXT NOT NULL,
	owner_id TEXT NOT NULL,
	owner TEXT NOT NULL,
	library_id TEXT NOT NULL,
	library TEXT NOT NULL,
	object TEXT NOT NULL,
	version INTEGER NOT NULL,
	version_id TEXT NOT NULL,
	content_hash TEXT NOT NULL,
	kind TEXT NOT NULL,
	entrypoint TEXT NOT NULL,
	env TEXT NOT NULL,
	function TEXT,
	output TEXT,
	caller_id TEXT NOT NULL,
	caller TEXT NOT NULL,
	token_kind TEXT NOT NULL,
	token_id TEXT NOT NULL,
	caller_machine_id TEXT,
	parent_run_id TEXT,
	retry_of TEXT,
	batch_id TEXT,
	batch_index INTEGER,
	correlation_id TEXT,
	lane TEXT NOT NULL,
	labels TEXT NOT NULL,
	target_machine_id TEXT,
	machine_owner_id TEXT,
	waiting TEXT,
	waiting_text TEXT,
	priority INTEGER NOT NULL,
	library_max INTEGER,
	isolation TEXT,
	object_isolation TEXT,
	timeout_ms BIGINT,
	allow_pickle INTEGER NOT NULL,
	max_attempts INTEGER NOT NULL,
	lost_after_ms BIGINT NOT NULL,
	queue_expires_at BIGINT NOT NULL,
	state TEXT NOT NULL,
	reason TEXT,
	phase TEXT,
	progress TEXT,
	machine_id TEXT,
	attempt INTEGER NOT NULL,
	starts INTEGER NOT NULL,
	fence BIGINT,
	lease_expires_at BIGINT,
	not_before BIGINT NOT NULL,
	nacks INTEGER NOT NULL,
	nack_reason TEXT,
	suspected_at BIGINT,
	cancel_asked_at BIGINT,
	event_seq INTEGER NOT NULL,
	artifacts INTEGER NOT NULL,
	created_at BIGINT NOT NULL,
	claimed_at BIGINT,
	started_at BIGINT,
	finished_at BIGINT,
	timings TEXT,
	PRIMARY KEY (id),
	CONSTRAINT runs_state_is_known CHECK (state IN ('cancelled', 'cancelling', 'claimed', 'expired', 'failed', 'lost', 'queued', 'running', 'succeeded', 'timed_out', 'unknown')),
	CONSTRAINT runs_lease_is_whole CHECK (NOT (state IN ('cancelling', 'claimed', 'running', 'unknown')) OR (fence IS NOT NULL AND machine_id IS NOT NULL))
)
-- next
CREATE INDEX runs_of_batch ON runs (batch_id, batch_index)
-- next
CREATE INDEX runs_active ON runs (created_at, id) WHERE state IN ('cancelling', 'claimed', 'queued', 'running', 'unknown')
-- next
CREATE INDEX runs_of_machine ON runs (machine_id) WHERE state IN ('cancelling', 'claimed', 'running', 'unknown')
-- next
CREATE INDEX runs_by_caller ON runs (caller_id, created_at, id)
-- next
CREATE INDEX runs_leases ON runs (lease_expires_at) WHERE state IN ('cancelling', 'claimed', 'running', 'unknown')
-- next
CREATE INDEX runs_of_parent ON runs (parent_run_id)
-- next
CREATE INDEX runs_expiring ON runs (queue_expires_at) WHERE state = 'queued'
-- next
CREATE INDEX runs_ended ON runs (finished_at)
-- next
CREATE INDEX runs_by_machine_owner ON runs (machine_owner_id, created_at, id)
-- next
CREATE INDEX runs_of_library ON runs (library_id) WHERE state IN ('cancelling', 'claimed', 'running', 'unknown')
-- next
CREATE INDEX runs_by_owner ON runs (owner_id, created_at, id)
-- next
CREATE INDEX runs_limited ON runs (lane, library_id, library_max) WHERE state = 'queued' AND library_max IS NOT NULL
-- next
CREATE INDEX runs_gone_wrong ON runs (created_at, id) WHERE state IN ('cancelled', 'expired', 'failed', 'lost', 'timed_out')
-- next
CREATE INDEX runs_by_object ON runs (object, created_at, id)
-- next
CREATE INDEX runs_leased_of_owner ON runs (owner_id) WHERE state IN ('cancelling', 'claimed', 'running', 'unknown')
-- next
CREATE INDEX runs_waiting ON runs (lane, priority DESC, created_at, id) WHERE state = 'queued'
-- next
CREATE OR REPLACE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'what has ended does not change' USING ERRCODE = 'integrity_constraint_violation'; END $$
-- next
CREATE TRIGGER runs_end_is_final BEFORE UPDATE OF state, reason, fence, attempt, machine_id, finished_at ON runs FOR EACH ROW WHEN (OLD.state IN ('cancelled', 'expired', 'failed', 'lost', 'succeeded', 'timed_out') AND (NEW.state IS DISTINCT FROM OLD.state OR NEW.reason IS DISTINCT FROM OLD.reason OR NEW.fence IS DISTINCT FROM OLD.fence OR NEW.attempt IS DISTINCT FROM OLD.attempt OR NEW.machine_id IS DISTINCT FROM OLD.machine_id OR NEW.finished_at IS DISTINCT FROM OLD.finished_at)) EXECUTE FUNCTION refuse_change()
-- next
CREATE TABLE inbox (
	machine_id TEXT NOT NULL,
	event_id TEXT NOT NULL,
	at BIGINT NOT NULL,
	status TEXT NOT NULL,
	code TEXT,
	PRIMARY KEY (machine_id, event_id)
)
-- next
CREATE INDEX inbox_by_age ON inbox (at)
-- next
CREATE TABLE idempotency (
	user_id TEXT NOT NULL,
	key TEXT NOT NULL,
	run_id TEXT,
	batch_id TEXT,
	digest TEXT NOT NULL,
	at BIGINT NOT NULL,
	PRIMARY KEY (user_id, key)
)
-- next
CREATE INDEX idempotency_by_age ON idempotency (at)
-- next
CREATE TABLE fences (
	id SERIAL NOT NULL,
	generation BIGINT NOT NULL,
	seq BIGINT NOT NULL,
	PRIMARY KEY (id),
	CONSTRAINT fences_is_one_row CHECK (id = 1)
)
-- next
INSERT INTO fences (id, generation, seq) VALUES (1, 1, 0)
-- next
CREATE TABLE blobs (
	sha256 TEXT NOT NULL CONSTRAINT blobs_sha256 CHECK (length(sha256) = 64),
	size BIGINT NOT NULL CONSTRAINT blobs_size CHECK (size >= 0),
	created_at BIGINT NOT NULL,
	PRIMARY KEY (sha256)
)
-- next
CREATE TABLE team_members (
	team_id TEXT NOT NULL,
	user_id TEXT NOT NULL,
	role TEXT NOT NULL CONSTRAINT team_members_role CHECK (role IN ('member', 'lead')),
	PRIMARY KEY (team_id, user_id),
	FOREIGN KEY(team_id) REFERENCES teams (id) ON DELETE CASCADE,
	FOREIGN KEY(user_id) REFERENCES users (id)
)
-- next
CREATE INDEX team_members_user ON team_members (user_id)
-- next
CREATE TABLE tokens (
	id TEXT NOT NULL,
	kind TEXT NOT NULL CONSTRAINT tokens_kind CHECK (kind IN ('user', 'machine', 'subtoken', 'execution', 'enrolment', 'login')),
	user_id TEXT NOT NULL,
	name TEXT NOT NULL,
	machine_id TEXT,
	library_id TEXT,
	object TEXT,
	function TEXT,
	allowed_users TEXT NOT NULL,
	scopes TEXT NOT NULL,
	hmac BYTEA NOT NULL,
	key_id TEXT NOT NULL,
	created_at BIGINT NOT NULL,
	created_by TEXT NOT NULL,
	expires_at BIGINT NOT NULL,
	max_uses INTEGER,
	uses INTEGER NOT NULL,
	last_used_at BIGINT,
	last_used_ip TEXT,
	rotated_from TEXT,
	revoked_at BIGINT,
	revoked_by TEXT,
	revoked_reason TEXT,
	PRIMARY KEY (id),
	FOREIGN KEY(user_id) REFERENCES users (id)
)
-- next
CREATE INDEX tokens_machine ON tokens (machine_id)
-- next
CREATE INDEX tokens_library ON tokens (library_id)
-- next
CREATE INDEX tokens_user ON tokens (user_id, created_at)
-- next
CREATE TABLE grants (
	id TEXT NOT NULL,
	library_id TEXT,
	machine_id TEXT,
	object TEXT,
	user_id TEXT,
	team_id TEXT,
	permission TEXT NOT NULL,
	created_at BIGINT NOT NULL,
	created_by TEXT NOT NULL,
	expires_at BIGINT,
	PRIMARY KEY (id),
	CONSTRAINT grants_resource CHECK ((library_id IS NULL) <> (machine_id IS NULL)),
	CONSTRAINT grants_subject CHECK ((user_id IS NULL) <> (team_id IS NULL)),
	CONSTRAINT grants_permission CHECK ((machine_id IS NULL AND permission IN ('read', 'source', 'execute', 'write', 'admin')) OR (library_id IS NULL AND object IS NULL AND permission = 'use')),
	FOREIGN KEY(user_id) REFERENCES users (id),
	FOREIGN KEY(team_id) REFERENCES teams (id) ON DELETE CASCADE
)
-- next
CREATE INDEX grants_user ON grants (user_id)
-- next
CREATE INDEX grants_team ON grants (team_id)
-- next
CREATE INDEX grants_library ON grants (library_id, user_id, team_id)
-- next
CREATE INDEX grants_machine ON grants (machine_id, user_id, team_id)
-- next
CREATE TABLE run_payloads (
	run_id TEXT NOT NULL,
	args TEXT NOT NULL,
	kwargs TEXT NOT NULL,
	context TEXT,
	PRIMARY KEY (run_id),
	FOREIGN KEY(run_id) REFERENCES runs (id) ON DELETE CASCADE
)
-- next
CREATE TABLE run_results (
	run_id TEXT NOT NULL,
	fence BIGINT,
	result TEXT,
	error TEXT,
	artifacts TEXT,
	PRIMARY KEY (run_id),
	FOREIGN KEY(run_id) REFERENCES runs (id) ON DELETE CASCADE
)
-- next
CREATE TRIGGER run_results_are_final BEFORE UPDATE ON run_results FOR EACH ROW EXECUTE FUNCTION refuse_change()
-- next
CREATE TABLE attempts (
	fence BIGINT NOT NULL,
	run_id TEXT NOT NULL,
	attempt INTEGER NOT NULL,
	machine_id TEXT NOT NULL,
	boot_id TEXT NOT NULL,
	poll BIGINT NOT NULL,
	capability_id TEXT NOT NULL,
	claimed_at BIGINT NOT NULL,
	started_at BIGINT,
	ended_at BIGINT,
	observed_started_at BIGINT,
	observed_ended_at BIGINT,
	outcome TEXT,
	reason TEXT,
	late TEXT,
	PRIMARY KEY (fence),
	CONSTRAINT attempts_are_counted UNIQUE (run_id, attempt),
	FOREIGN KEY(run_id) REFERENCES runs (id) ON DELETE CASCADE,
	UNIQUE (capability_id)
)
-- next
CREATE INDEX attempts_of_poll ON attempts (machine_id, boot_id, poll)
-- next
CREATE TABLE run_events (
	run_id TEXT NOT NULL,
	seq INTEGER NOT NULL,
	kind TEXT NOT NULL,
	at BIGINT NOT NULL,
	data TEXT,
	PRIMARY KEY (run_id, seq),
	FOREIGN KEY(run_id) REFERENCES runs (id) ON DELETE CASCADE
)
-- next
CREATE TABLE run_logs (
	run_id TEXT NOT NULL,
	attempt INTEGER NOT NULL,
	stream TEXT NOT NULL,
	start BIGINT NOT NULL,
	size INTEGER NOT NULL,
	dropped BIGINT NOT NULL,
	text TEXT NOT NULL,
	PRIMARY KEY (run_id, attempt, stream, start),
	FOREIGN KEY(run_id) REFERENCES runs (id) ON DELETE CASCADE
)
-- next
CREATE TABLE blob_uploads (
	sha256 TEXT NOT NULL,
	user_id TEXT NOT NULL,
	created_at BIGINT NOT NULL,
	PRIMARY KEY (sha256, user_id),
	FOREIGN KEY(sha256) REFERENCES blobs (sha256),
	FOREIGN KEY(user_id) REFERENCES users (id)
)
-- next
CREATE INDEX blob_uploads_created ON blob_uploads (created_at)
-- next
CREATE TABLE uploads (
	id TEXT NOT NULL,
	run_id TEXT NOT NULL,
	fence BIGINT NOT NULL,
	user_id TEXT NOT NULL,
	role TEXT NOT NULL CONSTRAINT uploads_role CHECK (role IN ('artifact', 'result')),
	name TEXT NOT NULL,
	sha256 TEXT NOT NULL,
	size BIGINT NOT NULL,
	media_type TEXT NOT NULL,
	"offset" BIGINT NOT NULL CONSTRAINT uploads_offset CHECK ("offset" BETWEEN 0 AND size),
	created_at BIGINT NOT NULL,
	completed_at BIGINT,
	PRIMARY KEY (id),
	FOREIGN KEY(user_id) REFERENCES users (id)
)
-- next
CREATE UNIQUE INDEX uploads_run ON uploads (run_id, fence, role, name)
-- next
CREATE INDEX uploads_created ON uploads (created_at)
-- next
CREATE TABLE run_artifacts (
	run_id TEXT NOT NULL,
	name TEXT NOT NULL,
	fence BIGINT NOT NULL,
	sha256 TEXT NOT NULL,
	size BIGINT NOT NULL,
	media_type TEXT NOT NULL,
	PRIMARY KEY (run_id, name),
	FOREIGN KEY(sha256) REFERENCES blobs (sha256)
)
-- next
CREATE INDEX run_artifacts_sha256 ON run_artifacts (sha256)
-- next
CREATE TABLE run_blobs (
	run_id TEXT NOT NULL,
	sha256 TEXT NOT NULL,
	role TEXT NOT NULL CONSTRAINT run_blobs_role CHECK (role IN ('argument', 'result')),
	PRIMARY KEY (run_id, sha256, role),
	FOREIGN KEY(sha256) REFERENCES blobs (sha256)
)
-- next
CREATE INDEX run_blobs_sha256 ON run_blobs (sha256)
-- next
CREATE TABLE libraries (
	id TEXT NOT NULL,
	owner_id TEXT NOT NULL,
	name TEXT NOT NULL,
	display_name TEXT NOT NULL,
	description TEXT NOT NULL,
	visibility TEXT NOT NULL,
	execution_policy TEXT NOT NULL,
	default_machine_id TEXT,
	required_labels TEXT NOT NULL,
	max_concurrent INTEGER,
	created_at BIGINT NOT NULL,
	updated_at BIGINT NOT NULL,
	deleted_at BIGINT,
	PRIMARY KEY (id),
	CONSTRAINT libraries_name UNIQUE (owner_id, name),
	CONSTRAINT libraries_visibility CHECK (visibility IN ('private', 'public')),
	CONSTRAINT libraries_execution_policy CHECK (execution_policy IN ('grants', 'public', 'off')),
	CONSTRAINT libraries_max_concurrent CHECK (max_concurrent >= 1),
	FOREIGN KEY(owner_id) REFERENCES users (id)
)
-- next
CREATE TABLE machines (
	id TEXT NOT NULL,
	owner_id TEXT NOT NULL,
	name TEXT NOT NULL,
	display_name TEXT NOT NULL,
	labels TEXT NOT NULL,
	policy TEXT NOT NULL,
	max_concurrent INTEGER,
	draining INTEGER NOT NULL CONSTRAINT machines_draining CHECK (draining IN (0, 1)),
	connection_id TEXT,
	boot_id TEXT,
	daemon_version TEXT,
	capacity INTEGER NOT NULL,
	snapshot TEXT NOT NULL,
	lease_expires_at BIGINT,
	connected_at BIGINT,
	last_seen_at BIGINT,
	created_at BIGINT NOT NULL,
	revoked_at BIGINT,
	generation_seen INTEGER NOT NULL,
	PRIMARY KEY (id),
	FOREIGN KEY(owner_id) REFERENCES users (id)
)
-- next
CREATE INDEX machines_lease ON machines (lease_expires_at)
-- next
CREATE UNIQUE INDEX machines_name ON machines (owner_id, name) WHERE revoked_at IS NULL
-- next
CREATE TABLE sessions (
	id TEXT NOT NULL,
	hmac BYTEA NOT NULL,
	user_id TEXT NOT NULL,
	token_id TEXT,
	ceiling_at BIGINT,
	scopes TEXT NOT NULL,
	credential_version INTEGER NOT NULL,
	created_at BIGINT NOT NULL,
	authenticated_at BIGINT NOT NULL,
	last_used_at BIGINT NOT NULL,
	expires_at BIGINT NOT NULL,
	ip TEXT NOT NULL,
	PRIMARY KEY (id),
	FOREIGN KEY(user_id) REFERENCES users (id),
	FOREIGN KEY(token_id) REFERENCES tokens (id) ON DELETE CASCADE
)
-- next
CREATE INDEX sessions_user ON sessions (user_id)
-- next
CREATE TABLE objects (
	id TEXT NOT NULL,
	library_id TEXT NOT NULL,
	name TEXT NOT NULL,
	display_name TEXT NOT NULL,
	kind TEXT NOT NULL,
	latest INTEGER NOT NULL,
	created_at BIGINT NOT NULL,
	updated_at BIGINT NOT NULL,
	deleted_at BIGINT,
	PRIMARY KEY (id),
	CONSTRAINT objects_name UNIQUE (library_id, name),
	CONSTRAINT objects_kind CHECK (kind IN ('function', 'pipeline')),
	FOREIGN KEY(library_id) REFERENCES libraries (id)
)
-- next
CREATE INDEX objects_by_name ON objects (name, id, library_id, display_name, kind) WHERE deleted_at IS NULL
-- next
CREATE TABLE versions (
	id TEXT NOT NULL,
	object_id TEXT NOT NULL,
	number INTEGER NOT NULL,
	content_hash TEXT NOT NULL,
	kind TEXT NOT NULL,
	entrypoint TEXT NOT NULL,
	env TEXT NOT NULL,
	isolation TEXT,
	size_bytes INTEGER NOT NULL,
	summary TEXT NOT NULL,
	capture TEXT,
	created_at BIGINT NOT NULL,
	created_by TEXT NOT NULL,
	machine_id TEXT,
	deleted_at BIGINT,
	card TEXT NOT NULL,
	yaml TEXT NOT NULL,
	PRIMARY KEY (id),
	CONSTRAINT versions_number UNIQUE (object_id, number),
	CONSTRAINT versions_content UNIQUE (object_id, content_hash, env),
	FOREIGN KEY(object_id) REFERENCES objects (id)
)
-- next
CREATE TABLE tags (
	object_id TEXT NOT NULL,
	name TEXT NOT NULL,
	version INTEGER NOT NULL,
	updated_at BIGINT NOT NULL,
	updated_by TEXT NOT NULL,
	PRIMARY KEY (object_id, name),
	FOREIGN KEY(object_id) REFERENCES objects (id)
)
-- next
CREATE TABLE library_references (
	library_id TEXT NOT NULL,
	name TEXT NOT NULL,
	object_id TEXT NOT NULL,
	version INTEGER,
	created_at BIGINT NOT NULL,
	created_by TEXT NOT NULL,
	PRIMARY KEY (library_id, name),
	FOREIGN KEY(library_id) REFERENCES libraries (id),
	FOREIGN KEY(object_id) REFERENCES objects (id)
)
-- next
CREATE INDEX library_references_object ON library_references (object_id)
-- next
CREATE TABLE version_uses (
	version_id TEXT NOT NULL,
	pipeline TEXT NOT NULL,
	node TEXT NOT NULL,
	owner TEXT NOT NULL,
	library TEXT NOT NULL,
	name TEXT NOT NULL,
	function TEXT,
	version TEXT NOT NULL,
	PRIMARY KEY (version_id, pipeline, node),
	FOREIGN KEY(version_id) REFERENCES versions (id)
)
-- next
CREATE INDEX version_uses_object ON version_uses (owner, library, name)
