import { S3Error } from './s3-error.ts';

const shape = /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/;
const ipv4 = /^(?:\d+\.){3}\d+$/;
const reservedStarts = ['xn--', 'sthree-', 'amzn-s3-demo-'];
const reservedEnds = ['-s3alias', '--ol-s3', '.mrap', '--x-s3', '--table-s3'];

/** Rejects names that AWS doesn't accept for a new general purpose bucket. */
export function checkBucketName(name: string): void {
  const isValid =
    shape.test(name) &&
    !name.includes('..') &&
    !ipv4.test(name) &&
    !reservedStarts.some((start) => name.startsWith(start)) &&
    !reservedEnds.some((end) => name.endsWith(end));
  if (!isValid) {
    throw new S3Error('InvalidBucketName', 'The specified bucket is not valid.', { elements: { BucketName: name } });
  }
}
