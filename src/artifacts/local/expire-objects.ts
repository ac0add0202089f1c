import type {
  Bucket,
  BucketAddress,
  Deletion,
  LifecycleRule,
  ObjectVersion,
} from '../../store/objects/object-index.ts';
import type { Backing } from './backing.ts';
import { dueAction, isDaysOld, type PlacedVersion } from './lifecycle-due.ts';
import { newVersionId } from './write-object.ts';

/** How often the rules are applied. S3 applies them once a day, and objects expire at midnight. */
const passIntervalMs = 60 * 60 * 1000;

/** Pauses between the rounds of a pass leave time for other work. */
const roundPauseMs = 100;
const stepsPerRound = 10;
const pageSize = 500;

/**
 * Creates the function that applies the lifecycles of all buckets in bounded rounds. Each round returns the time of the
 * next one. An error in one bucket does not stop the others.
 */
export function createExpiry(backing: Backing): (at: number) => Promise<number> {
  let pass: AsyncGenerator<void> | undefined;
  let nextPassAt = Number.NEGATIVE_INFINITY;
  return async (at) => {
    // A clock that was set back must not delay the next pass.
    if (!pass && at < nextPassAt && nextPassAt - at <= passIntervalMs) return nextPassAt;
    pass ??= passOver(backing, at);
    try {
      for (let step = 0; step < stepsPerRound; step += 1) {
        if (!(await pass.next()).done) continue;
        pass = undefined;
        nextPassAt = at + passIntervalMs;
        return nextPassAt;
      }
    } catch (error) {
      pass = undefined;
      nextPassAt = at + passIntervalMs;
      throw error;
    }
    return at + roundPauseMs;
  };
}

async function* passOver(backing: Backing, at: number): AsyncGenerator<void> {
  const errors: unknown[] = [];
  let after = { account: '', name: '' };
  for (;;) {
    const buckets = await backing.index.allBuckets({ after, limit: pageSize });
    for (const bucket of buckets) {
      const { lifecycle } = bucket.settings;
      if (!lifecycle?.rules.length) continue;
      try {
        yield* expireVersions(backing, bucket, lifecycle.rules, at);
        yield* abortUploads(backing, bucket, lifecycle.rules, at);
      } catch (error) {
        errors.push(error);
      }
    }
    const last = buckets.at(-1);
    if (!last || buckets.length < pageSize) break;
    after = last;
    yield;
  }
  if (errors.length > 0) throw new AggregateError(errors, 'the lifecycles of some buckets could not be applied');
}

async function* expireVersions(
  backing: Backing,
  bucket: Bucket,
  rules: LifecycleRule[],
  at: number,
): AsyncGenerator<void> {
  const where = { account: bucket.account, bucket: bucket.name };
  let previous: PlacedVersion | undefined;
  let page = await versionsAfter(backing, where, undefined);
  while (page.length > 0) {
    const following = page.length < pageSize ? [] : await versionsAfter(backing, where, page.at(-1));
    const due: Deletion[] = [];
    for (const [index, version] of page.entries()) {
      const next = page[index + 1] ?? following[0];
      previous = placeOf(version, previous, next);
      const action = dueAction(rules, previous, at);
      if (action) due.push(...deletionOf(version, action));
    }
    await remove(backing, where, due, at);
    page = following;
    yield;
  }
}

function versionsAfter({ index }: Backing, where: BucketAddress, last: ObjectVersion | undefined) {
  const after = last ? { afterKey: last.key, afterVersionId: last.versionId } : { afterKey: '' };
  return index.listVersions(where, { prefix: '', ...after, limit: pageSize });
}

function placeOf(
  version: ObjectVersion,
  previous: PlacedVersion | undefined,
  next: ObjectVersion | undefined,
): PlacedVersion {
  // If the version a page starts after has been deleted, its key is listed again from its first version.
  const isOlder = !version.isLatest && previous?.version.key === version.key;
  return {
    version,
    position: isOlder ? previous.position + 1 : 0,
    supersededAt: isOlder ? previous.version.modifiedAt : undefined,
    isOnly: !isOlder && next?.key !== version.key,
  };
}

/** Deletes exactly this version, so anything written meanwhile stays. */
function deletionOf(version: ObjectVersion, action: 'expire' | 'remove'): Deletion[] {
  const { key, versionId, isDeleteMarker, etag, size, modifiedAt } = version;
  // A marker with version id `null` may have been replaced by another version.
  if (isDeleteMarker) return versionId === 'null' ? [] : [{ key, versionId, newVersionId: newVersionId() }];
  const condition = { ifEtag: etag, ifSize: size, ifModifiedSecond: Math.floor(modifiedAt / 1000) };
  return [{ key, ...(action === 'remove' && { versionId }), ...condition, newVersionId: newVersionId() }];
}

async function remove({ index, files }: Backing, where: BucketAddress, due: Deletion[], at: number): Promise<void> {
  if (due.length === 0) return;
  const outcome = await index.deleteObjects(where, due, at);
  // The bucket was deleted meanwhile.
  if (outcome.refused) return;
  await files.remove(outcome.outcomes.flatMap((each) => (each.refused ? [] : each.freedFileIds)));
}

async function* abortUploads(
  { index, files }: Backing,
  bucket: Bucket,
  rules: LifecycleRule[],
  at: number,
): AsyncGenerator<void> {
  const aborting = rules.filter(({ abortUploadDays }) => abortUploadDays !== undefined);
  if (aborting.length === 0) return;
  const where = { account: bucket.account, bucket: bucket.name };
  let after: { afterKey: string; afterUploadId?: string } = { afterKey: '' };
  for (;;) {
    const uploads = await index.listUploads(where, { prefix: '', ...after, limit: pageSize });
    for (const { key, uploadId, createdAt } of uploads) {
      const isDue = aborting.some(
        ({ prefix, abortUploadDays }) => key.startsWith(prefix) && isDaysOld(createdAt, abortUploadDays, at),
      );
      if (!isDue) continue;
      const aborted = await index.abortUpload(where, key, uploadId);
      if (!aborted.refused) await files.remove(aborted.freedFileIds);
    }
    const last = uploads.at(-1);
    if (!last || uploads.length < pageSize) return;
    after = { afterKey: last.key, afterUploadId: last.uploadId };
    yield;
  }
}
