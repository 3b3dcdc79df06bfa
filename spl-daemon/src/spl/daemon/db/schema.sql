CREATE TABLE alembic_version (
	version_num VARCHAR(32) NOT NULL,
	CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num)
);

CREATE TABLE environments (
	name TEXT NOT NULL,
	python TEXT NOT NULL,
	base_python TEXT NOT NULL,
	prefix TEXT NOT NULL,
	version TEXT NOT NULL,
	implementation TEXT NOT NULL,
	platform TEXT NOT NULL,
	created_at INTEGER NOT NULL,
	updated_at INTEGER NOT NULL,
	PRIMARY KEY (name)
) STRICT;

CREATE TABLE environment_builds (
	spec_hash TEXT NOT NULL,
	env TEXT,
	python TEXT NOT NULL,
	spec TEXT NOT NULL,
	status TEXT NOT NULL CHECK (status IN ('building', 'ready', 'failed')),
	error TEXT,
	created_at INTEGER NOT NULL,
	finished_at INTEGER,
	last_used_at INTEGER NOT NULL,
	size_bytes INTEGER,
	duration_ms INTEGER,
	PRIMARY KEY (spec_hash)
) STRICT;

CREATE TABLE objects (
	name TEXT NOT NULL,
	kind TEXT NOT NULL CHECK (kind IN ('function', 'pipeline')),
	display_name TEXT NOT NULL,
	latest INTEGER NOT NULL,
	created_at INTEGER NOT NULL,
	updated_at INTEGER NOT NULL,
	PRIMARY KEY (name)
) STRICT;

CREATE TABLE object_versions (
	id TEXT NOT NULL,
	object TEXT NOT NULL,
	version INTEGER NOT NULL,
	content_hash TEXT NOT NULL,
	kind TEXT NOT NULL CHECK (kind IN ('function', 'pipeline')),
	entrypoint TEXT NOT NULL,
	env TEXT NOT NULL,
	spec_hash TEXT NOT NULL,
	yaml TEXT NOT NULL,
	signature TEXT NOT NULL,
	capture TEXT,
	isolation TEXT,
	size_bytes INTEGER NOT NULL,
	created_at INTEGER NOT NULL,
	PRIMARY KEY (id),
	UNIQUE (object, version),
	UNIQUE (object, content_hash, env),
	FOREIGN KEY (object) REFERENCES objects (name) ON DELETE CASCADE
) STRICT;

CREATE TABLE batches (
	id TEXT NOT NULL,
	object TEXT NOT NULL,
	version INTEGER NOT NULL,
	function TEXT,
	total INTEGER NOT NULL,
	created_at INTEGER NOT NULL,
	PRIMARY KEY (id)
) STRICT;

CREATE TABLE runs (
	id TEXT NOT NULL,
	object TEXT NOT NULL,
	version INTEGER NOT NULL,
	version_id TEXT NOT NULL,
	function TEXT,
	output TEXT,
	state TEXT NOT NULL CHECK (
		state IN ('queued', 'running', 'cancelling', 'succeeded', 'failed', 'cancelled', 'timed_out')
	),
	reason TEXT,
	isolation TEXT,
	priority INTEGER NOT NULL,
	batch_id TEXT,
	batch_index INTEGER,
	timeout_ms INTEGER,
	attempt INTEGER NOT NULL,
	pid INTEGER,
	boot_id TEXT,
	created_at INTEGER NOT NULL,
	started_at INTEGER,
	finished_at INTEGER,
	timings TEXT,
	progress TEXT,
	artifacts INTEGER NOT NULL,
	idempotency_key TEXT,
	origin TEXT,
	PRIMARY KEY (id),
	UNIQUE (idempotency_key)
) STRICT;

CREATE INDEX ix_runs_created ON runs (created_at DESC, id);

CREATE INDEX ix_runs_unfinished ON runs (state) WHERE state IN ('queued', 'running', 'cancelling');

CREATE INDEX ix_runs_object ON runs (object, created_at);

CREATE INDEX ix_runs_batch ON runs (batch_id, batch_index);

CREATE TABLE run_payloads (
	run_id TEXT NOT NULL,
	arguments TEXT,
	result TEXT,
	error TEXT,
	artifacts TEXT,
	PRIMARY KEY (run_id),
	FOREIGN KEY (run_id) REFERENCES runs (id) ON DELETE CASCADE
) STRICT;

CREATE TRIGGER runs_end_once
BEFORE UPDATE OF state, reason, finished_at ON runs
WHEN old.state IN ('succeeded', 'failed', 'cancelled', 'timed_out')
BEGIN
	SELECT RAISE(ABORT, 'a run ends once');
END;

CREATE TABLE server_connections (
	id TEXT NOT NULL,
	origin TEXT NOT NULL,
	owner TEXT NOT NULL,
	url TEXT NOT NULL,
	machine_id TEXT NOT NULL,
	display_name TEXT,
	capabilities TEXT NOT NULL,
	scopes TEXT NOT NULL,
	generation INTEGER NOT NULL,
	active INTEGER NOT NULL,
	created_at INTEGER NOT NULL,
	connected_at INTEGER,
	PRIMARY KEY (id),
	UNIQUE (origin, owner)
) STRICT;

CREATE TABLE outbox (
	id TEXT NOT NULL,
	origin TEXT NOT NULL,
	owner TEXT NOT NULL,
	kind TEXT NOT NULL CHECK (kind IN ('finished', 'nack', 'publish')),
	run_id TEXT,
	fence TEXT,
	body TEXT NOT NULL,
	size INTEGER NOT NULL,
	state TEXT NOT NULL CHECK (state IN ('pending', 'dead')),
	answer TEXT,
	created_at INTEGER NOT NULL,
	PRIMARY KEY (id)
) STRICT;

CREATE INDEX ix_outbox_pending ON outbox (origin, owner, id) WHERE state = 'pending';

CREATE TABLE remote_attempts (
	origin TEXT NOT NULL,
	fence TEXT NOT NULL,
	owner TEXT NOT NULL,
	run_id TEXT NOT NULL,
	attempt INTEGER NOT NULL,
	state TEXT NOT NULL CHECK (
		state IN ('accepted', 'starting', 'spawned', 'finished', 'returned', 'delivered', 'orphaned')
	),
	local_run TEXT,
	job TEXT NOT NULL,
	created_at INTEGER NOT NULL,
	updated_at INTEGER NOT NULL,
	PRIMARY KEY (origin, fence)
) STRICT;

CREATE INDEX ix_remote_attempts_local ON remote_attempts (local_run);
CREATE INDEX ix_remote_attempts_run ON remote_attempts (run_id);

CREATE INDEX ix_remote_attempts_open ON remote_attempts (state)
WHERE state IN ('accepted', 'starting', 'spawned');

CREATE TABLE mirrored_versions (
	id TEXT NOT NULL,
	origin TEXT NOT NULL,
	owner TEXT NOT NULL,
	library TEXT NOT NULL,
	name TEXT NOT NULL,
	version INTEGER NOT NULL,
	content_hash TEXT NOT NULL,
	env TEXT NOT NULL,
	isolation TEXT,
	yaml TEXT NOT NULL,
	signature TEXT NOT NULL,
	created_at INTEGER NOT NULL,
	PRIMARY KEY (id),
	UNIQUE (origin, owner, library, name, version, content_hash)
) STRICT;

CREATE TABLE object_sharing (
	version_id TEXT NOT NULL,
	share INTEGER NOT NULL,
	library TEXT NOT NULL,
	PRIMARY KEY (version_id)
) STRICT;

CREATE TABLE deliveries (
	origin TEXT NOT NULL,
	owner TEXT NOT NULL,
	version_id TEXT NOT NULL,
	library TEXT NOT NULL,
	version INTEGER,
	delivered_at INTEGER,
	PRIMARY KEY (origin, owner, version_id)
) STRICT;

CREATE TABLE kept_calls (
	id TEXT NOT NULL,
	origin TEXT NOT NULL,
	owner TEXT NOT NULL,
	key TEXT NOT NULL,
	body TEXT NOT NULL,
	state TEXT NOT NULL CHECK (
		state IN ('waiting', 'sending', 'sent', 'refused', 'cancelled', 'expired')
	),
	cancel INTEGER NOT NULL,
	run_id TEXT,
	error TEXT,
	created_at INTEGER NOT NULL,
	expires_at INTEGER NOT NULL,
	ended_at INTEGER,
	PRIMARY KEY (id),
	UNIQUE (origin, owner, key)
) STRICT;

CREATE INDEX ix_kept_calls_open ON kept_calls (origin, owner, id)
WHERE state IN ('waiting', 'sending') OR cancel = 1;
