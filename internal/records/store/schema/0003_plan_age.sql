-- How long after its creation the plan of a run may be approved and carried out; 0 is the default, a week.
ALTER TABLE runs ADD COLUMN max_age BIGINT NOT NULL DEFAULT 0;
