-- What the last reading of a device found is kept apart from what its runs came to: a run that fails, skips the device
-- or is cut off takes nothing back of what was read.
ALTER TABLE run_devices ADD COLUMN known TEXT NOT NULL DEFAULT ''; -- verdict of the row's last reading
ALTER TABLE run_devices ADD COLUMN known_at BIGINT NOT NULL DEFAULT 0;
ALTER TABLE run_devices ADD COLUMN known_plan TEXT; -- JSON, of that reading, once a later plan took its place
ALTER TABLE run_devices ADD COLUMN forgotten INTEGER NOT NULL DEFAULT 0; -- 1: lists of devices leave the row out

-- A plan that was made before its run is no reading of that run; its result may be one.
UPDATE run_devices SET
	known = CASE WHEN status IN ('applied', 'unchanged') THEN 'compliant'
		WHEN status IN ('blocked', 'not_applicable') THEN status ELSE verdict END,
	known_at = CASE WHEN ended > 0 THEN ended ELSE (SELECT created FROM runs WHERE id = run_devices.run) END
WHERE plan IS NOT NULL AND verdict IN ('compliant', 'change', 'blocked', 'not_applicable')
	AND (status IN ('applied', 'unchanged') OR EXISTS (SELECT 1 FROM runs
		WHERE id = run_devices.run AND plan_run = '' AND coalesce(header, '') NOT LIKE '%"saved":true%'));

DROP INDEX run_devices_latest;
CREATE INDEX run_devices_latest ON run_devices (url, ended, run, position) WHERE state = 'done' AND forgotten = 0;
CREATE INDEX run_devices_known ON run_devices (url, known_at, run, position) WHERE known_at > 0 AND forgotten = 0;

-- How many devices of the run prune has deleted.
ALTER TABLE runs ADD COLUMN pruned INTEGER NOT NULL DEFAULT 0;

-- Who asked for what.
ALTER TABLE runs ADD COLUMN person TEXT NOT NULL DEFAULT ''; -- user@host
ALTER TABLE runs ADD COLUMN flags TEXT; -- JSON, a list of texts
ALTER TABLE runs ADD COLUMN inventory TEXT NOT NULL DEFAULT '';
ALTER TABLE runs ADD COLUMN inventory_sha256 TEXT NOT NULL DEFAULT '';
