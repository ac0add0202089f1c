-- The hooks of repositories, where forges and Git servers report pushes. `id` is the end of the URL and can't be guessed.
create table repository_hooks (
  id text primary key,
  account text not null,
  region text not null,
  repository text not null,
  created_at bigint not null,
  -- When an event last proved itself.
  verified_at bigint,
  -- Events that were refused since the creation, and why the last event was; cleared by the next one that is taken.
  refused_events bigint not null default 0,
  trouble text,
  trouble_at bigint,
  -- When the trouble last became an event of the outbox.
  announced_at bigint,
  unique (account, region, repository)
);

-- What hooks have received, without the bodies. A repetition of an event is counted at its first row.
create table hook_events (
  sequence {{sequence}},
  hook_id text not null,
  received_at bigint not null,
  forge text not null,
  event text not null,
  delivery_id text,
  body_hash text not null,
  actor text,
  -- JSON: the refs of a push, and how many there were.
  changes text,
  change_count bigint not null default 0,
  -- JSON, and the id of the pull request, by which its last head is found.
  pull_request text,
  pull_request_id text,
  outcome text not null,
  message text not null,
  repeats bigint not null default 0,
  repeated_at bigint
);
create index hook_events_by_hook on hook_events (hook_id, sequence);
create index hook_events_by_delivery on hook_events (hook_id, delivery_id);
create index hook_events_by_body on hook_events (hook_id, body_hash);
create index hook_events_by_pull_request on hook_events (hook_id, pull_request_id, sequence);
create index hook_events_by_age on hook_events (received_at);

-- The source checks that an event has asked for, and what they found: JSON. A check that is not over is pending.
create table hook_event_checks (
  event_sequence bigint not null,
  check_key text not null,
  is_pending bigint not null default 1 check (is_pending in (0, 1)),
  results text not null default '[]',
  primary key (event_sequence, check_key)
);
create index hook_event_checks_pending on hook_event_checks (check_key) where is_pending = 1;
