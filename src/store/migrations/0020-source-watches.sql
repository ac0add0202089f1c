-- The source actions that look for changes by themselves: one row for each action of a pipeline's current version that
-- can be watched. `seen` is the revision the last look found; it stays while the action is not polled, so that polling
-- that is switched on again does not repeat it. `due_at` is when the next look is due; a claim moves it on.
create table source_watches (
  pipeline_id text not null references pipelines (id),
  action_name text not null,
  type_key text not null,
  location text not null,
  role_arn text not null,
  is_polled bigint not null check (is_polled in (0, 1)),
  seen text,
  failure text,
  due_at bigint not null,
  primary key (pipeline_id, action_name)
);
create index source_watches_due on source_watches (due_at) where is_polled = 1;
