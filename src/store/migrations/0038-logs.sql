-- The logs of builds and of jobs, by the id of the build or job. A log is one text; offsets count its bytes in UTF-8, lines
-- the line ends before them. What was written last is in chunks; when there is enough of it, it becomes a block, whose text
-- is compressed and stored with the artifacts.
create table logs (
  id text primary key,
  account text not null,
  region text not null,
  log_group text not null,
  log_stream text not null,
  created_at bigint not null,
  last_written_at bigint not null,
  -- Where the text ends, and its lines.
  text_bytes bigint not null,
  lines bigint not null,
  -- Up to where it is in blocks.
  block_bytes bigint not null default 0,
  -- The offset that the next write has to name: the end of the text and of what is held back.
  next_offset bigint not null,
  -- What is held back, sealed, until what follows shows whether it is the beginning of a secret.
  held text,
  is_cut bigint not null default 0 check (is_cut in (0, 1)),
  -- Whether nothing more is taken.
  is_closed bigint not null default 0 check (is_closed in (0, 1)),
  -- What the cut has left out of the text that was too long.
  cut_bytes bigint not null default 0,
  marks bigint not null default 0,
  -- When what it belongs to was removed; its blocks and rows follow.
  removed_at bigint
);
create unique index logs_by_stream on logs (account, region, log_group, log_stream);
create index logs_by_time on logs (account, region, log_group, last_written_at, log_stream);
create index logs_removed on logs (removed_at) where removed_at is not null;

create table log_groups (
  account text not null,
  region text not null,
  name text not null,
  created_at bigint not null,
  primary key (account, region, name)
);

create table log_chunks (
  log_id text not null,
  start_offset bigint not null,
  text text not null,
  size_bytes bigint not null,
  first_line bigint not null,
  written_at bigint not null,
  primary key (log_id, start_offset)
);

create table log_blocks (
  log_id text not null,
  start_offset bigint not null,
  size_bytes bigint not null,
  first_line bigint not null,
  -- JSON: pairs of an offset in the block and the instant at which the text from there on was written.
  times text not null,
  first_at bigint not null,
  last_at bigint not null,
  stored_bytes bigint not null,
  -- The file in the data folder and its sealed key; or the object in an external store.
  file_id text,
  sealed_key text,
  object_key text,
  primary key (log_id, start_offset)
);
create index log_blocks_by_file on log_blocks (file_id) where file_id is not null;

-- Lines that readers jump to.
create table log_marks (
  log_id text not null,
  start_offset bigint not null,
  line bigint not null,
  kind text not null,
  name text not null,
  primary key (log_id, start_offset)
);

-- The log of an action's job is that of its build.
create index builds_by_job on builds (job_id) where job_id is not null;

-- The logs of workers so far.
insert into logs (id, account, region, log_group, log_stream, created_at, last_written_at, text_bytes, lines, next_offset,
  held, is_cut, is_closed)
select j.id, p.account, p.region, '/millrace/jobs/' || p.name, j.id, j.created_at, j.created_at,
  coalesce((select sum(size_bytes) from job_log_chunks c where c.job_id = j.id), 0),
  coalesce((select sum(length(text) - length(replace(text, '
', ''))) from job_log_chunks c where c.job_id = j.id), 0),
  coalesce((select next_offset from job_log_ends e where e.job_id = j.id),
    (select sum(size_bytes) from job_log_chunks c where c.job_id = j.id), 0),
  (select held from job_log_ends e where e.job_id = j.id),
  coalesce((select max(is_cut) from job_log_chunks c where c.job_id = j.id), 0),
  coalesce((select max(is_cut) from job_log_chunks c where c.job_id = j.id), 0)
from jobs j join pipelines p on p.id = j.pipeline_id
where exists (select 1 from job_log_chunks c where c.job_id = j.id)
  or exists (select 1 from job_log_ends e where e.job_id = j.id);
insert into log_chunks (log_id, start_offset, text, size_bytes, first_line, written_at)
select c.job_id, c.start_offset, c.text, c.size_bytes,
  coalesce(sum(length(c.text) - length(replace(c.text, '
', ''))) over (partition by c.job_id order by c.start_offset rows between unbounded preceding and 1 preceding), 0),
  l.created_at
from job_log_chunks c join logs l on l.id = c.job_id;
insert into log_groups (account, region, name, created_at)
select account, region, log_group, min(created_at) from logs group by account, region, log_group;
drop table job_log_chunks;
drop table job_log_ends;
