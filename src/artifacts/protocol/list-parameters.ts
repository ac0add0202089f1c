import type { ObjectCall } from './call.ts';
import { refusals } from './s3-error.ts';

/** Maximum entries per page. */
const maxPageSize = 1000;

/** The parameters shared by all list operations. */
export interface ListParameters {
  prefix: string;
  delimiter: string;
  limit: number;
  /** Encodes a key for the response: unchanged, or percent-encoded if the client asked for that. */
  encode(text: string): string;
  /** `url` if keys are encoded. */
  encodingType?: string;
}

/** Reads prefix, delimiter, page size (`limitName`, at most 1,000) and encoding type. */
export function readListParameters(call: ObjectCall, limitName: string): ListParameters {
  const encodingType = call.query.get('encoding-type');
  if (encodingType !== undefined && encodingType !== 'url') {
    throw refusals.invalidArgument('encoding-type', encodingType, 'Invalid Encoding Method specified in Request');
  }
  return {
    prefix: call.query.get('prefix') ?? '',
    delimiter: call.query.get('delimiter') ?? '',
    limit: readPageSize(call, limitName),
    // Not form-encoded: some clients would not decode a plus to a space.
    encode: encodingType === 'url' ? (text) => encodeURIComponent(text).replaceAll('%2F', '/') : (text) => text,
    encodingType,
  };
}

/** Reads a page size from the query; 1,000 is the default and the maximum. */
export function readPageSize(call: ObjectCall, name: string): number {
  return Math.min(readWholeNumber(call, name) ?? maxPageSize, maxPageSize);
}

/**
 * Reads the page of parts that GetObjectAttributes asks for in its headers: `x-amz-max-parts` after
 * `x-amz-part-number-marker`.
 */
export function readPartPage(call: ObjectCall): { limit: number; marker: number } {
  const read = (name: string, absent: number) => {
    const text = call.header(name) ?? String(absent);
    if (/^\d{1,9}$/.test(text)) return Number(text);
    throw refusals.invalidArgument(name, text, `Provided ${name} not an integer or within integer range`);
  };
  const limit = Math.min(read('x-amz-max-parts', maxPageSize), maxPageSize);
  return { limit, marker: read('x-amz-part-number-marker', 0) };
}

/** Reads a number between 0 and 2³¹−1 from the query. */
export function readWholeNumber(call: ObjectCall, name: string): number | undefined {
  const text = call.query.get(name);
  if (text === undefined || text === '') return undefined;
  const number = /^\d{1,10}$/.test(text) ? Number(text) : Number.NaN;
  if (number <= 2 ** 31 - 1) return number;
  throw refusals.invalidArgument(name, text, `Provided ${name} not an integer or within integer range`);
}

/** Returns the owner of everything in an account. */
export function ownerOf(account: string): { ID: string; DisplayName: string } {
  return { ID: account, DisplayName: account };
}
