-- A unit is known by its serial number, its MAC address, or both.
ALTER TABLE run_devices ADD COLUMN mac TEXT NOT NULL DEFAULT '';

-- Which saved plan was carried out on which device: a row for each name of the device. They do not go
-- when a run is deleted.
CREATE TABLE used_plans (
	plan    TEXT NOT NULL,
	device  TEXT NOT NULL,
	run     TEXT NOT NULL,
	process TEXT NOT NULL,
	time    BIGINT NOT NULL,
	PRIMARY KEY (plan, device)
);
