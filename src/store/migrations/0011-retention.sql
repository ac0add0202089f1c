-- What bounds the history and keeps its reads and a deletion quick, however long it has become. Ended executions by
-- their end: what is old enough to go. Those in progress: what a deletion has to end.
create index executions_by_end on executions (updated_at, sequence) where status not in ('InProgress', 'Stopping');
create index if not exists executions_running on executions (pipeline_id) where status in ('InProgress', 'Stopping');
create index pipelines_deleted on pipelines (deleted_at) where deleted_at is not null;
create index jobs_by_action on jobs (action_execution_id);

-- Who holds a stage is asked at every event. SQLite looks through all passages of the pipeline for it unless an index
-- promises more than theirs.
create index stage_executions_held on stage_executions (pipeline_id, is_locking) where is_locking = 1;

-- The execution a rollback goes back to, which stays as long as the rollback does. In the older rows the id is the
-- first member of the JSON.
alter table executions add column rollback_target text;
update executions set rollback_target = substr(rollback_of, 23, 36) where rollback_of is not null;
create index executions_by_rollback_target on executions (rollback_target) where rollback_target is not null;

-- Whose passage it is, so that what has succeeded in a stage is found newest first without looking at what has not.
alter table stage_executions add column pipeline_version bigint not null default 0;
alter table stage_executions add column execution_sequence bigint not null default 0;
update stage_executions set
  pipeline_version = (select e.pipeline_version from executions e where e.id = stage_executions.execution_id),
  execution_sequence = (select e.sequence from executions e where e.id = stage_executions.execution_id);
create index stage_executions_succeeded on stage_executions
  (pipeline_id, stage_name, pipeline_version, execution_sequence) where status = 'Succeeded';

-- Objects of artifacts whose rows are gone. A row goes once the object has: a killed server goes on with what it finds.
-- The instants are those of the action that wrote the object.
create table artifact_removals (
  sequence {{sequence}},
  account text not null,
  bucket text not null,
  object_key text not null,
  started_at bigint not null,
  ended_at bigint not null
);

-- A deletion used to leave its executions in progress for good.
update executions set status = 'Stopped', waiting_stage = null,
  updated_at = (select p.deleted_at from pipelines p where p.id = executions.pipeline_id)
  where status in ('InProgress', 'Stopping')
    and pipeline_id in (select id from pipelines where deleted_at is not null);
update stage_executions set status = 'Stopped', is_locking = 0
  where is_locking = 1 and pipeline_id in (select id from pipelines where deleted_at is not null);
update action_executions set status = 'Abandoned'
  where status = 'InProgress' and pipeline_id in (select id from pipelines where deleted_at is not null);
