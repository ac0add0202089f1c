-- Who waits before a stage stands in the order of arrival, which is counted among those that wait in the pipeline.
alter table executions add column arrival bigint not null default 0;
-- Set when a way was opened that had been closed for so long that the execution does not enter by itself any more.
alter table executions add column has_lapsed bigint not null default 0 check (has_lapsed in (0, 1));
drop index executions_waiting;
create index executions_waiting on executions (pipeline_id, arrival, sequence) where waiting_stage is not null;
create index executions_running on executions (pipeline_id) where status in ('InProgress', 'Stopping');

-- The mode of the execution: the newest rows that lock stages are found past any number of PARALLEL ones.
alter table stage_executions add column execution_mode text not null default 'SUPERSEDED';
alter table action_executions add column execution_mode text not null default 'SUPERSEDED';
drop index stage_executions_by_stage;
create index stage_executions_by_stage on stage_executions (pipeline_id, stage_name, sequence)
  where execution_mode <> 'PARALLEL';
drop index action_executions_by_action;
create index action_executions_by_action on action_executions (pipeline_id, stage_name, action_name, sequence)
  where execution_mode <> 'PARALLEL';
