-- What was known of a device at an earlier time is read from the index alone.
DROP INDEX run_devices_known;
CREATE INDEX run_devices_known ON run_devices (url, known_at, run, position, known)
	WHERE known_at > 0 AND forgotten = 0;
