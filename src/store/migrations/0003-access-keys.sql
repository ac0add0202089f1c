-- Long-lived access keys. The secret is sealed with the master key, so a copy of the database alone signs nothing.
create table access_keys (
  access_key_id text not null primary key,
  account text not null,
  name text not null,
  sealed_secret text not null,
  created_at bigint not null,
  is_root bigint not null check (is_root in (0, 1))
);

create index access_keys_by_account on access_keys (account, created_at, access_key_id);
