-- Batches of builds. `batch_order` is the order that each of the builds changes, as JSON; `groups` are those builds with
-- what became of them, null until the buildspec has been read.
create table build_batches (
  sequence {{sequence}},
  account text not null,
  region text not null,
  id text not null,
  project text not null,
  number bigint not null,
  batch_order text not null,
  groups text,
  status text not null default 'IN_PROGRESS'
    check (status in ('IN_PROGRESS', 'SUCCEEDED', 'FAILED', 'FAULT', 'TIMED_OUT', 'STOPPED')),
  started_at bigint not null,
  read_at bigint,
  ended_at bigint,
  stop_requested_at bigint,
  failure text,
  unique (account, region, id)
);
create index build_batches_by_project on build_batches (account, region, project, sequence);
create index build_batches_by_end on build_batches (ended_at) where ended_at is not null and project <> '';
