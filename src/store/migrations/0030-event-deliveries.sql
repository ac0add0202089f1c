-- Events on their way to their receivers. A lane is a receiver and a pipeline; its deliveries are sent one after the other.
create table event_deliveries (
  sequence {{sequence}},
  id text not null unique,
  account text not null,
  region text not null,
  -- The kind of the receiver, and its name.
  destination text not null,
  receiver text not null,
  lane text not null,
  -- The event as JSON, and two of its members for lists.
  event text not null,
  event_id text not null,
  detail_type text not null,
  status text not null check (status in ('Pending', 'Delivered', 'Dead')),
  attempts bigint not null default 0,
  -- Why the last attempt failed.
  failure text,
  created_at bigint not null,
  -- When the next attempt is due; null unless it is pending.
  due_at bigint,
  -- A failure after this is the last one.
  expires_at bigint not null,
  ended_at bigint
);
create index event_deliveries_by_lane on event_deliveries (lane, sequence) where due_at is not null and lane <> '';
create index event_deliveries_by_scope on event_deliveries (account, region, sequence);
create index event_deliveries_by_status on event_deliveries (account, region, status, sequence);
create index event_deliveries_ended on event_deliveries (status, ended_at) where ended_at is not null and id <> '';

-- How far readers of the events have come.
create table event_readers (
  name text primary key,
  cursor text not null
);

-- Receivers get what happens after they were created.
alter table resources add column created_at bigint not null default 0;
