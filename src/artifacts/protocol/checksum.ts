import { Crc32, Crc32c, Crc64Nvme } from '@aws-sdk/checksums/crc';
import { Sha1, Sha256 } from '@aws-sdk/checksums/sha';
import type { StoredChecksum } from '../../store/objects/object-index.ts';
import type { ObjectCall } from './call.ts';
import { S3Error } from './s3-error.ts';

/** The checksum algorithms of S3, as its headers spell them, and the length of their values in bytes. */
const lengths = { CRC32: 4, CRC32C: 4, CRC64NVME: 8, SHA1: 20, SHA256: 32 };
const implementations = { CRC32: Crc32, CRC32C: Crc32c, CRC64NVME: Crc64Nvme, SHA1: Sha1, SHA256: Sha256 };

export type ChecksumAlgorithm = keyof typeof lengths;

const algorithms = Object.keys(lengths) as ChecksumAlgorithm[];

/** Computes a checksum incrementally. */
export interface RunningChecksum {
  update(bytes: Buffer): void;
  digest(): Promise<Uint8Array>;
}

/** Starts a checksum of no bytes. */
export function createRunningChecksum(algorithm: ChecksumAlgorithm): RunningChecksum {
  return new implementations[algorithm]();
}

/** Returns the value of a checksum in base64, as headers and documents have it. */
export async function checksumText(running: RunningChecksum): Promise<string> {
  return Buffer.from(await running.digest()).toString('base64');
}

/** Returns the algorithm's header, such as `x-amz-checksum-crc32`. */
export function checksumHeader(algorithm: string): string {
  return `x-amz-checksum-${algorithm.toLowerCase()}`;
}

/** Returns the algorithm's XML element, such as `ChecksumCRC32`. */
export function checksumElement(algorithm: string): string {
  return `Checksum${algorithm}`;
}

/** Returns the algorithm that the header `name` asks for; throws InvalidRequest if it is unknown. */
export function readAlgorithm(call: ObjectCall, name: string): ChecksumAlgorithm | undefined {
  const value = call.header(name)?.toUpperCase();
  if (value === undefined) return undefined;
  const algorithm = algorithms.find((candidate) => candidate === value);
  if (algorithm) return algorithm;
  throw new S3Error(
    'InvalidRequest',
    'Checksum algorithm provided is unsupported. Please try again with any of the valid types: [CRC32, CRC32C, CRC64NVME, SHA1, SHA256]',
  );
}

/** Returns the algorithm whose header is `name`. */
export function algorithmOfHeader(name: string): ChecksumAlgorithm | undefined {
  return algorithms.find((algorithm) => checksumHeader(algorithm) === name.toLowerCase());
}

/** Returns the checksum in the request's headers, `value` in base64 as sent. Rejects more than one. */
export function readChecksum(call: ObjectCall): { algorithm: ChecksumAlgorithm; value: string } | undefined {
  const found = algorithms.flatMap((algorithm) => {
    const value = call.header(checksumHeader(algorithm));
    return value === undefined ? [] : [{ algorithm, value }];
  });
  if (found.length > 1) {
    throw new S3Error(
      'InvalidRequest',
      'Expecting a single x-amz-checksum- header. Multiple checksum Types are not allowed.',
    );
  }
  return found[0];
}

/** Rejects a checksum that is not base64 of the right length. */
export function checkChecksumForm(algorithm: ChecksumAlgorithm, value: string): void {
  if (decodeBase64(value, lengths[algorithm])) return;
  throw new S3Error('InvalidRequest', `Value for ${checksumHeader(algorithm)} header is invalid.`);
}

/** Decodes strict base64; returns undefined if it is invalid or not `length` bytes long. */
export function decodeBase64(text: string, length: number): Buffer | undefined {
  const bytes = Buffer.from(text, 'base64');
  return bytes.length === length && bytes.toString('base64') === text ? bytes : undefined;
}

export function wrongChecksum(algorithm: string): S3Error {
  return new S3Error('BadDigest', `The ${algorithm} you specified did not match the calculated checksum.`);
}

/** Returns the checksum of a multipart upload: the checksum of its parts' checksums, and the number of parts. */
export async function compositeChecksum(algorithm: ChecksumAlgorithm, partValues: string[]): Promise<StoredChecksum> {
  const running = createRunningChecksum(algorithm);
  for (const value of partValues) running.update(Buffer.from(value, 'base64'));
  return { algorithm, type: 'COMPOSITE', value: `${await checksumText(running)}-${partValues.length}` };
}

/** Returns the headers for a stored checksum. */
export function checksumHeaders(checksum: StoredChecksum | undefined): Record<string, string> {
  if (!checksum) return {};
  return { [checksumHeader(checksum.algorithm)]: checksum.value, 'x-amz-checksum-type': checksum.type };
}

/** Returns the XML elements for a stored checksum. */
export function checksumElements(checksum: StoredChecksum | undefined): Record<string, string> {
  return checksum ? { [checksumElement(checksum.algorithm)]: checksum.value, ChecksumType: checksum.type } : {};
}
