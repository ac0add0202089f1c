-- JSON of the source revisions an execution is bound to; sources without one take the newest. And every revision a
-- source action has had or been announced, from here on, by the SHA-256 of its id, which may be too long for a key.
alter table executions add column source_bindings text not null default '[]';
create table source_revisions (
  pipeline_id text not null references pipelines (id),
  action_name text not null,
  revision_digest text not null,
  primary key (pipeline_id, action_name, revision_digest)
);

-- JSON of the stage a rollback runs, its target and what that had before the stage; null for all other executions.
alter table executions add column rollback_of text;
