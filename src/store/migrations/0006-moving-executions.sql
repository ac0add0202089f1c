-- What moves executions besides the results of their jobs. A stage without a row here is open.
create table stage_transitions (
  pipeline_id text not null references pipelines (id),
  stage_name text not null,
  enabled bigint not null check (enabled in (0, 1)),
  disabled_reason text,
  changed_by text not null,
  changed_at bigint not null,
  primary key (pipeline_id, stage_name)
);

-- JSON of who stopped the execution and why: there from the stop on.
alter table executions add column stop_trigger text;

-- A retry goes on in the stage's own row. The attempts it replaces stay, and count no more.
alter table stage_executions add column manual_retries bigint not null default 0;
alter table action_executions add column is_retried bigint not null default 0 check (is_retried in (0, 1));

-- An approval waits without a job: when it times out, and who answered it.
alter table action_executions add column deadline_at bigint;
alter table action_executions add column updated_by text;
create index action_executions_by_deadline on action_executions (deadline_at) where deadline_at is not null;
create index action_executions_waiting on action_executions (pipeline_id) where deadline_at is not null;
