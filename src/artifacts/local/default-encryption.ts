import type { Bucket, DefaultEncryption, ObjectAttributes } from '../../store/objects/object-index.ts';
import type { Protection } from './object-files.ts';

/** Since 2023 S3 encrypts objects by default in every bucket, and so do we. */
const s3Default: DefaultEncryption = { algorithm: 'AES256', isBucketKeyEnabled: false };

/** Returns how a bucket encrypts objects whose writers don't specify it. */
export function defaultEncryptionOf({ settings }: Bucket): DefaultEncryption {
  return settings.encryption ?? s3Default;
}

/** Returns the attributes of a new object or upload, with the bucket's default encryption if the writer gave none. */
export function withEncryption(attributes: ObjectAttributes, bucket: Bucket): ObjectAttributes {
  const { algorithm, kmsKeyId, isBucketKeyEnabled: isDefault } = defaultEncryptionOf(bucket);
  const { serverSideEncryption = algorithm } = attributes;
  // Only a key in KMS can have a bucket key.
  const isBucketKeyEnabled =
    serverSideEncryption === 'aws:kms' ? (attributes.isBucketKeyEnabled ?? isDefault) : undefined;
  if (attributes.serverSideEncryption !== undefined) return { ...attributes, isBucketKeyEnabled };
  return { ...attributes, serverSideEncryption, kmsKeyId, isBucketKeyEnabled };
}

/** Returns how to store the bytes; uploads begun by an older version of Millrace may have no encryption. */
export function protectionOf({ serverSideEncryption }: ObjectAttributes): Protection {
  return serverSideEncryption === undefined ? 'plain' : 'encrypted';
}
