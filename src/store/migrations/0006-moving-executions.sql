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
