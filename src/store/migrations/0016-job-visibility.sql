-- The story of each job, appended by what changes the job, in the same transaction. Who called is null for what the
-- server did by itself.
create table job_events (
  sequence {{sequence}},
  job_id text not null,
  kind text not null check (
    kind in ('Delivered', 'Acknowledged', 'CredentialsMinted', 'Continued', 'Succeeded', 'Failed', 'TimedOut', 'Abandoned')
  ),
  happened_at bigint not null,
  caller_arn text,
  access_key_id text,
  request_id text,
  nonce text,
  lease_until bigint
);
create index job_events_by_job on job_events (job_id, sequence);

-- What workers tell while they work, in pieces that lie end to end: offsets count the bytes of the text in UTF-8. The
-- last piece of a log that has become too long says so, and nothing follows it.
create table job_log_chunks (
  job_id text not null,
  start_offset bigint not null,
  text text not null,
  size_bytes bigint not null,
  is_cut bigint not null check (is_cut in (0, 1)),
  primary key (job_id, start_offset)
);

-- Whose jobs wait or run is asked of all pipelines together, oldest first.
drop index jobs_by_pipeline;
create index jobs_open on jobs (sequence) where deadline_at is not null;
