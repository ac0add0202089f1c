-- The end of a log that is kept back, sealed, until what follows shows whether it is the beginning of a secret, and the
-- offset that the next call has to name. Only logs that once held something back have a row.
create table job_log_ends (
  job_id text primary key,
  next_offset bigint not null,
  held text
);
