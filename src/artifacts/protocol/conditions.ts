import type { DeletionCondition, ObjectVersion, WriteCondition } from '../../store/objects/object-index.ts';
import type { ObjectCall } from './call.ts';
import { quoteEtag, readEtag, readEtags } from './etag.ts';
import { refusals, S3Error } from './s3-error.ts';

type Validators = Pick<ObjectVersion, 'etag' | 'modifiedAt'>;

/**
 * Evaluates the conditions of a read, whose header names begin with `prefix` (`x-amz-copy-source-` for a copy). Throws
 * PreconditionFailed, or returns whether the caller already has this version. A tag overrides a date (RFC 9110 13.2.2).
 */
export function isNotModified(call: ObjectCall, object: Validators, prefix = ''): boolean {
  const ifMatch = call.header(`${prefix}if-match`);
  const ifUnmodifiedSince = readDate(call.header(`${prefix}if-unmodified-since`));
  if (ifMatch !== undefined) {
    if (!matches(ifMatch, object)) throw refusals.preconditionFailed('If-Match');
  } else if (ifUnmodifiedSince !== undefined && seconds(object.modifiedAt) > seconds(ifUnmodifiedSince)) {
    throw refusals.preconditionFailed('If-Unmodified-Since');
  }
  const ifNoneMatch = call.header(`${prefix}if-none-match`);
  const ifModifiedSince = readDate(call.header(`${prefix}if-modified-since`));
  if (ifNoneMatch !== undefined) return matches(ifNoneMatch, object);
  return ifModifiedSince !== undefined && seconds(object.modifiedAt) <= seconds(ifModifiedSince);
}

/** Reads the conditions of a write, which the index checks in the writing transaction. */
export function readWriteCondition(call: ObjectCall): WriteCondition {
  const ifNoneMatch = call.header('if-none-match');
  const ifMatch = call.header('if-match');
  if (ifNoneMatch !== undefined && ifNoneMatch !== '*') {
    throw new S3Error('NotImplemented', 'If-None-Match with a value other than * is not implemented for writes.');
  }
  return {
    ifAbsent: ifNoneMatch === '*',
    ifEtag: ifMatch === undefined ? undefined : readEtag(ifMatch),
    grant: call.access.writeGrant?.id,
  };
}

/** Reads the conditions of a deletion: entity tag, size and time of the last change. */
export function readDeletionCondition(given: { etag?: string; size?: string; modified?: string }): DeletionCondition {
  const { etag, size, modified } = given;
  if (size !== undefined && !/^\d{1,15}$/.test(size)) {
    throw refusals.invalidArgument('x-amz-if-match-size', size, 'The size must be a number of bytes.');
  }
  const modifiedAt = modified === undefined ? undefined : Date.parse(modified);
  if (Number.isNaN(modifiedAt)) {
    const message = 'The time of the last change must be a date of HTTP or ISO 8601.';
    throw refusals.invalidArgument('x-amz-if-match-last-modified-time', modified ?? '', message);
  }
  return {
    ...(etag !== undefined && { ifEtag: readEtag(etag) }),
    ...(size !== undefined && { ifSize: Number(size) }),
    ...(modifiedAt !== undefined && { ifModifiedSecond: seconds(modifiedAt) }),
  };
}

/** Evaluates a write's conditions early, to avoid receiving bytes that cannot be stored. */
export function checkWriteCondition(
  { ifAbsent, ifEtag }: WriteCondition,
  key: string,
  latest: ObjectVersion | undefined,
): void {
  const current = latest && !latest.isDeleteMarker ? latest : undefined;
  if (ifAbsent && current) throw refusals.preconditionFailed('If-None-Match');
  if (ifEtag === undefined) return;
  if (!current) throw refusals.noSuchKey(key);
  if (!matches(quoteEtag(ifEtag), current)) throw refusals.preconditionFailed('If-Match');
}

function matches(header: string, { etag }: Validators): boolean {
  return readEtags(header).some((candidate) => candidate === '*' || candidate === etag);
}

/** Parses a date; RFC 9110 requires invalid dates to be ignored. */
function readDate(header: string | undefined): number | undefined {
  const at = header === undefined ? Number.NaN : Date.parse(header);
  return Number.isNaN(at) ? undefined : at;
}

/** Returns whole seconds, the resolution of HTTP dates. */
function seconds(at: number): number {
  return Math.floor(at / 1000);
}
