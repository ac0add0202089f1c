-- Builds, whether a call or the action of a pipeline has started them. `build_order` is all that a runner needs, as JSON.
-- `offer_at` is when a runner can claim the build: at once, while a runner has it the end of its lease, and null while the
-- server still packs its source and after its end. A claim changes `fence`, without which nothing else is written.
create table builds (
  sequence {{sequence}},
  account text not null,
  region text not null,
  id text not null,
  kind text not null check (kind in ('CodeBuild', 'Commands')),
  project text not null,
  number bigint not null,
  build_order text not null,
  cage text,
  job_id text,
  -- JSON: what the server has packed of the sources.
  fetched text,
  status text not null default 'IN_PROGRESS'
    check (status in ('IN_PROGRESS', 'SUCCEEDED', 'FAILED', 'FAULT', 'TIMED_OUT', 'STOPPED')),
  started_at bigint not null,
  ended_at bigint,
  stop_requested_at bigint,
  offer_at bigint,
  -- When the server ends it if it is still open: until a claim that of the queue, then that of the work.
  deadline_at bigint not null,
  timeout_ms bigint not null,
  claimed_at bigint,
  attempts bigint not null default 0,
  -- Claims that runners gave back, which don't count as lost.
  released bigint not null default 0,
  fence bigint not null default 0,
  runner text,
  -- JSON, as the runner reports it.
  phases text not null default '[]',
  exported_variables text not null default '[]',
  reports text not null default '[]',
  artifacts text not null default '[]',
  failure text,
  unique (account, region, id)
);
create index builds_by_project on builds (account, region, project, sequence);
create index builds_by_kind on builds (account, region, kind, sequence);
create index builds_open on builds (sequence) where status = 'IN_PROGRESS' and project <> '';
create index builds_by_end on builds (ended_at) where ended_at is not null and project <> '';

-- The number of the last build of each project.
create table build_numbers (
  account text not null,
  region text not null,
  project text not null,
  last bigint not null,
  primary key (account, region, project)
);
