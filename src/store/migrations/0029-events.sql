-- What happened, for those who want to hear of it: a row for each change of state, written in the commit that made the
-- change. `subject` is the name of the stage or the id of the action, or why an execution stops; `detail` is the JSON text of an event that is no
-- change of an execution.
create table events (
  sequence {{sequence}},
  execution_id text,
  happened_at bigint not null,
  kind text not null,
  state text,
  subject text,
  attempt bigint,
  retried_at bigint,
  detail text
);

-- On PostgreSQL a sequence becomes visible out of the order of the commits. Readers follow `stamp`: it is at least the id
-- of the row's own transaction, so that nothing below the oldest running one is still to come, and at least that of every
-- transaction that had ended when the statement began, so that rows written in turn under a lock keep their order.
{{on postgres}} alter table events add column stamp bigint not null default ({{event stamp}});
{{on postgres}} alter table events drop constraint events_pkey;
{{on postgres}} create unique index events_in_order on events (stamp, sequence);

alter table stage_executions add column retried_at bigint;
