-- Rules of the default event bus, with their tags. A rate counts from `scheduled_from`; until `scheduled_until` the
-- schedule was carried out.
create table event_rules (
  account text not null,
  region text not null,
  name text not null,
  description text,
  event_pattern text,
  schedule_expression text,
  role_arn text,
  state text not null,
  tags text not null default '{}',
  scheduled_from bigint not null,
  scheduled_until bigint not null,
  primary key (account, region, name)
);

-- The targets of rules, as JSON; `created_at` is when the target was added.
create table rule_targets (
  account text not null,
  region text not null,
  rule text not null,
  id text not null,
  arn text not null,
  target text not null,
  created_at bigint not null,
  primary key (account, region, rule, id)
);
create index rule_targets_by_arn on rule_targets (account, region, arn, rule);

-- Repositories of which a pattern wants to hear, with the commits of their branches and tags as JSON once they were read.
create table watched_repositories (
  account text not null,
  region text not null,
  name text not null,
  refs text,
  primary key (account, region, name)
);
