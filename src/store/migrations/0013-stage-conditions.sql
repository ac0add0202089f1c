-- Each check of a stage's condition. Its rules are rows of action_executions that name it: they are jobs like actions.
create table condition_executions (
  sequence {{sequence}},
  id text not null unique,
  execution_id text not null references executions (id),
  execution_mode text not null,
  pipeline_id text not null,
  stage_name text not null,
  kind text not null check (kind in ('beforeEntry', 'onSuccess', 'onFailure')),
  status text not null check (
    status in ('InProgress', 'Failed', 'Errored', 'Succeeded', 'Cancelled', 'Abandoned', 'Overridden')
  ),
  summary text,
  is_retried bigint not null default 0 check (is_retried in (0, 1)),
  started_at bigint not null,
  updated_at bigint not null
);
create index condition_executions_by_execution on condition_executions (execution_id, sequence);
create index condition_executions_by_stage on condition_executions (pipeline_id, stage_name, kind, sequence)
  where execution_mode <> 'PARALLEL';

alter table action_executions add column condition_id text references condition_executions (id);
create index action_executions_by_condition on action_executions (condition_id, sequence) where condition_id is not null;
create index rule_executions_by_pipeline on action_executions (pipeline_id, sequence) where condition_id is not null;

-- AWS's own rule types, the same in every account and region.
create table rule_types (
  type_key text not null primary key,
  definition text not null,
  timeout_ms bigint not null,
  lacks_provider bigint not null check (lacks_provider in (0, 1))
);

-- A stage may also be retried because its declaration says so; the newest retry tells the two apart.
alter table stage_executions add column automatic_retries bigint not null default 0;
alter table stage_executions add column latest_retry text;
update stage_executions set latest_retry = 'ManualStageRetry' where manual_retries > 0;
