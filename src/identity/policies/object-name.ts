/** The bucket and key of one object, as written (no wildcards). */
export interface ObjectName {
  bucket: string;
  key: string;
}
