import type { ObjectAttributes } from '../../store/objects/object-index.ts';
import type { ObjectCall } from './call.ts';
import { refusals, S3Error } from './s3-error.ts';

const prefix = 'x-amz-server-side-encryption';

/** The values of `x-amz-server-side-encryption`. */
export const encryptionAlgorithms = ['AES256', 'aws:kms', 'aws:kms:dsse'];

type Encryption = Pick<
  ObjectAttributes,
  'serverSideEncryption' | 'kmsKeyId' | 'isBucketKeyEnabled' | 'encryptionContext'
>;

/**
 * Reads the requested encryption. The server always encrypts with its own keys; what the request says about a KMS key
 * is stored and returned (clients 41).
 */
export function readEncryption(call: ObjectCall): Encryption {
  const serverSideEncryption = call.header(prefix);
  const kmsKeyId = call.header(`${prefix}-aws-kms-key-id`);
  if (serverSideEncryption !== undefined && !encryptionAlgorithms.includes(serverSideEncryption)) {
    throw refusals.invalidArgument(prefix, serverSideEncryption, 'The encryption method specified is not supported');
  }
  const isKms = serverSideEncryption?.startsWith('aws:kms') ?? false;
  if (kmsKeyId !== undefined && !isKms) {
    const message = 'A KMS key id needs server-side encryption aws:kms';
    throw refusals.invalidArgument(`${prefix}-aws-kms-key-id`, kmsKeyId, message);
  }
  const isBucketKeyEnabled = readBucketKey(call, serverSideEncryption);
  return { serverSideEncryption, kmsKeyId, isBucketKeyEnabled, encryptionContext: readContext(call, isKms) };
}

function readBucketKey(call: ObjectCall, algorithm: string | undefined): boolean | undefined {
  const name = `${prefix}-bucket-key-enabled`;
  const text = call.header(name)?.toLowerCase();
  if (text === undefined) return undefined;
  if (text !== 'true' && text !== 'false')
    throw refusals.invalidArgument(name, text, 'The value must be true or false.');
  if (text === 'true' && algorithm !== undefined && algorithm !== 'aws:kms') {
    throw refusals.invalidArgument(name, text, 'A bucket key needs server-side encryption aws:kms.');
  }
  return text === 'true';
}

function readContext(call: ObjectCall, isKms: boolean): string | undefined {
  const name = `${prefix}-context`;
  const text = call.header(name);
  if (text === undefined) return undefined;
  if (isKms && isTextMap(text)) return text;
  const message = `The header '${name}' shall be Base64-encoded UTF-8 string holding JSON which represents a string-string map, and needs server-side encryption aws:kms.`;
  throw refusals.invalidArgument(name, text, message);
}

function isTextMap(base64: string): boolean {
  try {
    const map: unknown = JSON.parse(Buffer.from(base64, 'base64').toString());
    const isMap = typeof map === 'object' && map !== null && !Array.isArray(map);
    return isMap && Object.values(map).every((value) => typeof value === 'string');
  } catch {
    return false;
  }
}

/** Rejects a read that names an encryption, which only a write can choose. */
export function refuseEncryption(call: ObjectCall): void {
  for (const name of [prefix, `${prefix}-aws-kms-key-id`, `${prefix}-context`, `${prefix}-bucket-key-enabled`]) {
    const value = call.header(name);
    if (value === undefined) continue;
    throw refusals.invalidArgument(name, value, `${name} header is not supported for this operation.`);
  }
  if (call.header(`${prefix}-customer-algorithm`) !== undefined) {
    throw new S3Error('InvalidRequest', 'The encryption parameters are not applicable to this object.');
  }
}

/** Returns the headers that describe an object's encryption. */
export function encryptionHeaders(attributes: ObjectAttributes): Record<string, string | undefined> {
  return {
    [prefix]: attributes.serverSideEncryption,
    [`${prefix}-aws-kms-key-id`]: attributes.kmsKeyId,
    [`${prefix}-bucket-key-enabled`]: attributes.isBucketKeyEnabled ? 'true' : undefined,
  };
}

/** Returns the same for the response to a write, the only one that includes the encryption context. */
export function writtenEncryptionHeaders(attributes: ObjectAttributes): Record<string, string | undefined> {
  return { ...encryptionHeaders(attributes), [`${prefix}-context`]: attributes.encryptionContext };
}
