-- What AWS keeps in other services, such as repositories: JSON documents by kind and name. A secret member is an object
-- with the sealed text.
create table resources (
  account text not null,
  region text not null,
  kind text not null,
  name text not null,
  document text not null,
  version bigint not null,
  updated_at bigint not null,
  updated_by text not null,
  primary key (account, region, kind, name)
);

-- Who changed what.
create table audit_entries (
  sequence {{sequence}},
  account text not null,
  region text not null,
  happened_at bigint not null,
  caller_arn text not null,
  access_key_id text not null,
  request_id text not null,
  action text not null,
  subject text not null
);
create index audit_entries_by_scope on audit_entries (account, region, sequence);
