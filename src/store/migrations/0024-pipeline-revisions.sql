-- A number that every decision that changes something of the pipeline replaces by a new one, under the pipeline's lock.
-- A node that finds the number of its own last decision knows that nothing has changed since.
alter table pipelines add column revision bigint not null default 0;
