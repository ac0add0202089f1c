import type { Bucket, DefaultEncryption, ObjectAttributes } from '../../store/objects/object-index.ts';
import type { Protection } from './object-files.ts';

/** Since 2023 every bucket of S3 encrypts what nobody says anything about; so do ours. */
const s3Default: DefaultEncryption = { algorithm: 'AES256', isBucketKeyEnabled: false };

/** How a bucket encrypts objects whose writers do not say it. */
export function defaultEncryptionOf({ settings }: Bucket): DefaultEncryption {
  return settings.encryption ?? s3Default;
}

/** The attributes of a new object or upload, encrypted as its bucket wants it if its writer wants nothing. */
export function withEncryption(attributes: ObjectAttributes, bucket: Bucket): ObjectAttributes {
  const { algorithm, kmsKeyId, isBucketKeyEnabled: isDefault } = defaultEncryptionOf(bucket);
  const { serverSideEncryption = algorithm } = attributes;
  // A bucket key stands between the object's key and one in KMS.
  const isBucketKeyEnabled =
    serverSideEncryption === 'aws:kms' ? (attributes.isBucketKeyEnabled ?? isDefault) : undefined;
  if (attributes.serverSideEncryption !== undefined) return { ...attributes, isBucketKeyEnabled };
  return { ...attributes, serverSideEncryption, kmsKeyId, isBucketKeyEnabled };
}

/** How bytes are kept that are told with these attributes; uploads of old versions may end without encryption. */
export function protectionOf({ serverSideEncryption }: ObjectAttributes): Protection {
  return serverSideEncryption === undefined ? 'plain' : 'encrypted';
}
