-- Lists of objects read past every key whose latest version is a delete marker; with this index they seek.
create index object_versions_present on object_versions (account, bucket, object_key)
  where is_latest = 1 and is_delete_marker = 0;
