-- Work that is due at a time and done once, on whichever node is free. `ready_at` is when it can be claimed: when it is
-- due, or while a node works on it the end of that node's lease. A claim changes `fence`, so that only the newest one
-- finishes the row. `requests` counts who asked for the work, so that what is asked for meanwhile is done again.
create table due_work (
  kind text not null,
  key text not null,
  ready_at bigint not null,
  is_claimed bigint not null default 0 check (is_claimed in (0, 1)),
  fence bigint not null default 0,
  requests bigint not null default 0,
  -- Claims since the last success.
  attempts bigint not null default 0,
  primary key (kind, key)
);
create index due_work_ready on due_work (kind, ready_at);

-- Hashes of the place that a watch is about, and of the check that finds its revisions: one check serves all watches of
-- the same place under the same role. A start of the server fills them in and makes the work due.
drop index source_watches_due;
alter table source_watches drop column due_at;
alter table source_watches add column check_key text;
alter table source_watches add column place_key text;
create index source_watches_by_check on source_watches (check_key) where is_polled = 1;
create index source_watches_by_place on source_watches (place_key) where is_polled = 1;
