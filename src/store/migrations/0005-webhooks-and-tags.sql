-- Webhooks by name. The id is the last part of the URL, so it is found without knowing account and region. The secret
-- inside the definition is sealed. Tags stand in the row of what carries them, as pipelines and action types have them.
create table webhooks (
  id text not null primary key,
  account text not null,
  region text not null,
  name text not null,
  definition text not null,
  tags text not null,
  created_at bigint not null,
  updated_at bigint not null,
  unique (account, region, name)
);
