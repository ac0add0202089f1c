import { S3Error } from './s3-error.ts';

/** The first and last byte, both included. */
export interface ByteRange {
  first: number;
  last: number;
}

/**
 * Reads `Range: bytes=…`. Returns undefined if the whole object is to be sent: no range, several (S3 supports one), or
 * an invalid one. Throws InvalidRange if the object has no such bytes.
 */
export function readRange(header: string | undefined, size: number): ByteRange | undefined {
  const [, first = '', last = ''] = /^\s*bytes\s*=\s*(\d{0,15})\s*-\s*(\d{0,15})\s*$/i.exec(header ?? '') ?? [];
  if (header === undefined || (first === '' && last === '')) return undefined;
  if (first === '') {
    const length = Number(last);
    if (length === 0 || size === 0) throw invalidRange(header, size);
    return { first: Math.max(0, size - length), last: size - 1 };
  }
  if (last !== '' && Number(last) < Number(first)) return undefined;
  if (Number(first) >= size) throw invalidRange(header, size);
  return { first: Number(first), last: last === '' ? size - 1 : Math.min(Number(last), size - 1) };
}

/** Returns the range of one part of a multipart upload; an object uploaded in one piece has only part 1. */
export function readPartRange(partNumber: string, size: number, partSizes: number[] = [size]): ByteRange {
  const number = Number(partNumber);
  const length = partSizes[number - 1];
  if (length === undefined) {
    throw new S3Error('InvalidPartNumber', 'The requested partnumber is not satisfiable', {
      elements: { PartNumberRequested: partNumber, ActualPartCount: partSizes.length },
    });
  }
  const first = partSizes.slice(0, number - 1).reduce((sum, each) => sum + each, 0);
  return { first, last: first + length - 1 };
}

/** Returns the value of `Content-Range`. */
export function contentRange({ first, last }: ByteRange, size: number): string {
  return `bytes ${first}-${last}/${size}`;
}

function invalidRange(header: string, size: number): S3Error {
  return new S3Error('InvalidRange', 'The requested range is not satisfiable', {
    headers: { 'Content-Range': `bytes */${size}` },
    elements: { RangeRequested: header, ActualObjectSize: size },
  });
}

/** Reads `x-amz-copy-source-range`; both ends are required and must exist. */
export function readCopyRange(header: string | undefined, size: number): ByteRange | undefined {
  if (header === undefined) return undefined;
  const [, first, last] = /^bytes=(\d{1,15})-(\d{1,15})$/.exec(header) ?? [];
  if (first === undefined || Number(first) > Number(last) || Number(last) >= size) {
    throw new S3Error('InvalidArgument', `Range specified is not valid for source object of size: ${size}`);
  }
  return { first: Number(first), last: Number(last) };
}
