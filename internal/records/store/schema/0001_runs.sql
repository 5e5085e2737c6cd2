-- One text for both databases; words in braces are filled in by migrate.go.
-- Times are microseconds since 1970 in UTC; 0 is none.

CREATE TABLE runs (
	id              TEXT PRIMARY KEY,
	action          TEXT NOT NULL,
	job             TEXT NOT NULL,
	due             BIGINT NOT NULL,
	state           TEXT NOT NULL,
	created         BIGINT NOT NULL,
	ended           BIGINT NOT NULL,
	acfix           TEXT NOT NULL,
	host            TEXT NOT NULL,
	plan_run        TEXT NOT NULL,
	asked           TEXT, -- JSON
	header          TEXT, -- JSON
	exit            INTEGER,
	reason          TEXT NOT NULL,
	approved_by     TEXT NOT NULL,
	approved_at     BIGINT NOT NULL,
	approved_change TEXT NOT NULL
);
-- A schedule fires once, however many schedulers run.
CREATE UNIQUE INDEX runs_due ON runs (job, due) WHERE job <> '' AND due <> 0;
CREATE INDEX runs_created ON runs (created);

CREATE TABLE run_devices (
	run      TEXT NOT NULL REFERENCES runs (id) ON DELETE CASCADE,
	position INTEGER NOT NULL,
	target   TEXT NOT NULL,
	url      TEXT NOT NULL,
	serial   TEXT NOT NULL,
	wave     INTEGER NOT NULL,
	state    TEXT NOT NULL DEFAULT 'waiting',
	verdict  TEXT NOT NULL DEFAULT '',
	status   TEXT NOT NULL DEFAULT '',
	plan     TEXT, -- JSON
	result   TEXT, -- JSON
	epoch    BIGINT NOT NULL DEFAULT 0,
	ended    BIGINT NOT NULL DEFAULT 0,
	task       TEXT NOT NULL DEFAULT '', -- what a worker is to do
	task_state TEXT NOT NULL DEFAULT '',
	PRIMARY KEY (run, position)
);
CREATE INDEX run_devices_latest ON run_devices (url, ended, run, position) WHERE state = 'done';

-- The row of a lease stays when it ended, so that its epoch only rises.
CREATE TABLE leases (
	scope   TEXT NOT NULL, -- device, run
	name    TEXT NOT NULL,
	holder  TEXT NOT NULL,
	run     TEXT NOT NULL,
	epoch   BIGINT NOT NULL,
	expires BIGINT NOT NULL,
	PRIMARY KEY (scope, name)
);

-- Events and artifacts are evidence: they do not go when a run is deleted.
CREATE TABLE events (
	id     {id},
	device TEXT NOT NULL,
	run    TEXT NOT NULL,
	time   BIGINT NOT NULL,
	kind   TEXT NOT NULL,
	entry  TEXT -- JSON
);
CREATE INDEX events_device ON events (device, id);

CREATE TABLE artifacts (
	id      {id},
	run     TEXT NOT NULL,
	device  TEXT NOT NULL,
	kind    TEXT NOT NULL,
	name    TEXT NOT NULL,
	sha256  TEXT NOT NULL,
	size    BIGINT NOT NULL,
	created BIGINT NOT NULL,
	data    {bytes} NOT NULL
);
CREATE INDEX artifacts_run ON artifacts (run, id);
