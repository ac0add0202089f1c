-- The data key of each file whose bytes are encrypted, sealed by the server's master key; null where they are not. And
-- JSON of what somebody has set on a bucket: tags, default encryption and the like.
alter table object_versions add column sealed_key text;
alter table object_parts add column sealed_key text;
alter table object_buckets add column settings text not null default '{}';
