-- Action types that partners register: who did, and the declaration as it was given. They stand under the account '*' in
-- their region, are seen by the accounts of their audience ('*' being every one), and keep their row when deregistered.
alter table action_types add column registered_by text;
alter table action_types add column declaration text;
create table action_type_audiences (
  region text not null,
  type_key text not null,
  account text not null,
  primary key (region, type_key, account)
);
create index action_types_registered on action_types (registered_by, region, type_key)
  where registered_by is not null;

-- Who a partner knows an account as: jobs of its pipelines carry the newest client's id, and whoever speaks of one of
-- them shows the token of a client. Of tokens only the digest is kept.
create table third_party_clients (
  sequence {{sequence}},
  id text not null unique,
  region text not null,
  type_key text not null,
  account text not null,
  token_digest text not null,
  created_at bigint not null
);
create index third_party_clients_by_type on third_party_clients (region, type_key, account, sequence);

-- How long each job of the action may take; null where the action has one time-out for all of its jobs.
alter table jobs add column timeout_ms bigint;
