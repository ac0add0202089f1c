-- What has become of a webhook's events. Deliveries that started an execution are remembered for a while, so that the
-- same one does not start another; the key is a digest of what tells an event from others.
alter table webhooks add column last_triggered_at bigint;
alter table webhooks add column error_code text;
alter table webhooks add column error_message text;
create table webhook_deliveries (
  webhook_id text not null references webhooks (id),
  delivery text not null,
  execution_id text not null,
  received_at bigint not null,
  primary key (webhook_id, delivery)
);
create index webhook_deliveries_by_age on webhook_deliveries (webhook_id, received_at);
