-- Buckets, object versions and multipart uploads. Keys are compared by their bytes. The bytes of the objects are files
-- in the data folder that these rows name by id.

create table object_buckets (
  account text not null,
  name text not null,
  region text not null,
  versioning text check (versioning in ('Enabled', 'Suspended')),
  created_at bigint not null,
  primary key (account, name)
);

create table object_versions (
  sequence {{sequence}},
  account text not null,
  bucket text not null,
  object_key text not null,
  version_id text not null,
  is_latest bigint not null check (is_latest in (0, 1)),
  is_delete_marker bigint not null check (is_delete_marker in (0, 1)),
  file_id text,
  size_bytes bigint not null,
  etag text not null,
  attributes text not null,
  modified_at bigint not null,
  unique (account, bucket, object_key, version_id),
  check ((file_id is null) = (is_delete_marker = 1))
);
create unique index object_versions_latest on object_versions (account, bucket, object_key) where is_latest = 1;
create index object_versions_in_order on object_versions (account, bucket, object_key, sequence);
create index object_versions_by_file on object_versions (file_id) where file_id is not null;

create table object_uploads (
  upload_id text not null primary key,
  account text not null,
  bucket text not null,
  object_key text not null,
  attributes text not null,
  checksum_algorithm text,
  checksum_type text check (checksum_type in ('COMPOSITE', 'FULL_OBJECT')),
  created_at bigint not null
);
create unique index object_uploads_in_order on object_uploads (account, bucket, object_key, upload_id);

create table object_parts (
  upload_id text not null references object_uploads (upload_id),
  part_number bigint not null,
  file_id text not null,
  size_bytes bigint not null,
  etag text not null,
  checksum text,
  modified_at bigint not null,
  primary key (upload_id, part_number)
);
create index object_parts_by_file on object_parts (file_id);
