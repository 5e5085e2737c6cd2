-- 1: a command's run by another policy than the fleet's own. What it read is not the last known state of a device.
ALTER TABLE runs ADD COLUMN other_policy INTEGER NOT NULL DEFAULT 0;
