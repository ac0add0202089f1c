-- Connections to the hosts of repositories that were created by the API of CodeConnections or CodeStar connections. Those
-- that are declared are rows of `resources`.
create table connections (
  account text not null,
  region text not null,
  arn text not null,
  name text not null,
  provider_type text not null,
  tags text not null default '{}',
  created_at bigint not null,
  primary key (account, region, arn)
);
