-- Instants are integer milliseconds, documents JSON text, flags 0 or 1. {{sequence}} is each driver's own column type
-- for an ever growing primary key.

create table settings (
  name text not null primary key,
  value text not null
);

create table action_types (
  account text not null,
  region text not null,
  type_key text not null,
  owner text not null,
  definition text not null,
  timeout_ms bigint not null,
  lacks_provider bigint not null check (lacks_provider in (0, 1)),
  tags text not null,
  created_at bigint not null,
  deleted_at bigint,
  primary key (account, region, type_key)
);

create table pipelines (
  id text not null primary key,
  account text not null,
  region text not null,
  name text not null,
  version bigint not null,
  tags text not null,
  created_at bigint not null,
  updated_at bigint not null,
  deleted_at bigint
);
create unique index pipelines_by_name on pipelines (account, region, name) where deleted_at is null;

create table pipeline_versions (
  pipeline_id text not null references pipelines (id),
  version bigint not null,
  declaration text not null,
  primary key (pipeline_id, version)
);

create table executions (
  sequence {{sequence}},
  id text not null unique,
  pipeline_id text not null references pipelines (id),
  pipeline_version bigint not null,
  execution_mode text not null check (execution_mode in ('SUPERSEDED', 'QUEUED', 'PARALLEL')),
  status text not null check (
    status in ('Cancelled', 'InProgress', 'Stopped', 'Stopping', 'Succeeded', 'Superseded', 'Failed')
  ),
  status_summary text,
  waiting_stage text,
  trigger_type text not null,
  trigger_detail text,
  client_request_token text,
  variables text not null,
  revisions text not null,
  started_at bigint not null,
  updated_at bigint not null
);
create index executions_by_pipeline on executions (pipeline_id, sequence);
create index executions_waiting on executions (pipeline_id, waiting_stage, sequence) where waiting_stage is not null;
create unique index executions_by_token on executions (pipeline_id, client_request_token)
  where client_request_token is not null;

create table stage_executions (
  sequence {{sequence}},
  execution_id text not null references executions (id),
  pipeline_id text not null,
  stage_name text not null,
  status text not null check (
    status in ('Cancelled', 'InProgress', 'Failed', 'Stopped', 'Stopping', 'Succeeded', 'Skipped')
  ),
  is_locking bigint not null check (is_locking in (0, 1)),
  started_at bigint not null,
  updated_at bigint not null,
  unique (execution_id, stage_name)
);
-- At most one execution holds a stage: the rule of the engine, kept by the rows as well.
create unique index stage_executions_lock on stage_executions (pipeline_id, stage_name) where is_locking = 1;
create index stage_executions_by_stage on stage_executions (pipeline_id, stage_name, sequence);

create table action_executions (
  sequence {{sequence}},
  id text not null unique,
  execution_id text not null references executions (id),
  pipeline_id text not null,
  stage_name text not null,
  action_name text not null,
  status text not null check (status in ('InProgress', 'Abandoned', 'Succeeded', 'Failed')),
  start text not null,
  progress text not null,
  error text,
  output_variables text,
  current_revision text,
  started_at bigint not null,
  updated_at bigint not null
);
create index action_executions_by_pipeline on action_executions (pipeline_id, sequence);
create index action_executions_by_execution on action_executions (execution_id, sequence);
create index action_executions_by_action on action_executions (pipeline_id, stage_name, action_name, sequence);

create table jobs (
  sequence {{sequence}},
  id text not null unique,
  action_execution_id text not null references action_executions (id),
  execution_id text not null,
  pipeline_id text not null,
  queue text not null,
  query_value text not null,
  status text not null check (
    status in ('Created', 'Queued', 'Dispatched', 'InProgress', 'TimedOut', 'Succeeded', 'Failed')
  ),
  deliveries bigint not null,
  winning_nonce text,
  offer_at bigint,
  deadline_at bigint,
  continuation_token text,
  result text,
  created_at bigint not null,
  check (offer_at is null or status in ('Queued', 'Dispatched')),
  check (deadline_at is null or status in ('Queued', 'Dispatched', 'InProgress'))
);
create index jobs_offered on jobs (queue, query_value, sequence) where offer_at is not null;
create index jobs_by_deadline on jobs (deadline_at) where deadline_at is not null;
create index jobs_by_execution on jobs (execution_id, sequence) where deadline_at is not null;
create index jobs_by_pipeline on jobs (pipeline_id) where deadline_at is not null;
