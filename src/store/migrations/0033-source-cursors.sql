-- The branches and tags that a source action watches: the commit that was seen last, the last one that started an
-- execution, and when `seen` changed.
create table source_cursors (
  pipeline_id text not null references pipelines (id),
  action_name text not null,
  ref text not null,
  seen text not null,
  started text,
  moved_at bigint not null,
  primary key (pipeline_id, action_name, ref)
);

-- What hooks said about pull requests, for each source action that waits for it; a decision about an event deletes it.
create table pull_request_events (
  sequence {{sequence}},
  pipeline_id text not null references pipelines (id),
  action_name text not null,
  document text not null,
  received_at bigint not null
);
create index pull_request_events_by_action on pull_request_events (pipeline_id, action_name, sequence);

-- When a verified hook of the repository came last.
alter table source_watches add column hooked_at bigint;

-- The trigger of the action, as its declaration has it.
alter table source_watches add column git_trigger text;

-- When the revision was first recorded; null in rows of earlier versions.
alter table source_revisions add column recorded_at bigint;

-- One check serves all branches of a repository now; a start of the server fills in the new keys.
update source_watches set check_key = null, place_key = null where type_key <> 'Source/AWS/S3/1';
