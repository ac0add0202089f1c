import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Deleted, Deletion, Refusable } from '../../store/objects/object-index.ts';
import { refusalError } from '../local/backing.ts';
import { newVersionId } from '../local/write-object.ts';
import type { ObjectOperation } from '../operation.ts';
import { bucketOf, denialOf, isAllowed, type ObjectCall } from '../protocol/call.ts';
import { readDeletionCondition } from '../protocol/conditions.ts';
import { maxListBytes, readSmallPayload } from '../protocol/payload.ts';
import { refusals } from '../protocol/s3-error.ts';
import { buildXml, childElements, childText, parseLongXml, type XmlNode } from '../protocol/xml.ts';

const maxDeletions = 1000;

/** `Object` itself, key, version and conditions. */
const elementsOfObject = 8;

/** DeleteObjects: deletes up to 1,000 objects in one commit; each needs its own permission. */
export const deleteObjects: ObjectOperation = async (call, { index, files, now }) => {
  const root = await readDeleteDocument(call);
  const deletions = readDeletions(root);
  const allowed = await allowedDeletions(call, deletions);
  // Don't reveal to a caller without permissions whether the bucket exists.
  const outcome = allowed.length === 0 ? { outcomes: [] } : await index.deleteObjects(bucketOf(call), allowed, now());
  if (outcome.refused) throw refusalError(outcome.refused, call);
  await files.remove(outcome.outcomes.flatMap((each) => (each.refused ? [] : each.freedFileIds)));
  const results = new Map(allowed.map((deletion, position) => [deletion, outcome.outcomes[position]]));
  const pairs = deletions.map((deletion) => ({ deletion, result: results.get(deletion) }));
  const isQuiet = childText(root, 'Quiet')?.toLowerCase() === 'true';
  const xml = buildXml('DeleteResult', {
    Deleted: isQuiet ? [] : pairs.flatMap(({ deletion, result }) => deletedElement(deletion, result)),
    Error: pairs.flatMap(({ deletion, result }) => errorElement(call, deletion, result)),
  });
  return { status: 200, xml };
};

/** Reads the children of the `Delete` document in the body. */
export async function readDeleteDocument(call: ObjectCall): Promise<Record<string, unknown>> {
  const text = await readSmallPayload(call, 'of the body', maxListBytes);
  return parseLongXml(text, 'Delete', maxDeletions * elementsOfObject);
}

/** Reads the objects of a `Delete` document. */
export function readDeletions(root: Record<string, unknown>): Deletion[] {
  const objects = childElements(root, 'Object');
  if (objects.length === 0 || objects.length > maxDeletions) throw refusals.malformedXml('between 1 and 1000 objects');
  return objects.map((object) => {
    const key = childText(object, 'Key');
    if (key === undefined || key === '') throw refusals.malformedXml('an object has no key');
    return {
      key,
      versionId: childText(object, 'VersionId') || undefined,
      ...readDeletionCondition({
        etag: childText(object, 'ETag'),
        size: childText(object, 'Size'),
        modified: childText(object, 'LastModifiedTime'),
      }),
      newVersionId: newVersionId(),
    };
  });
}

/** Returns the action needed to delete an object or one of its versions. */
export function deletionAction({ versionId }: Pick<Deletion, 'versionId'>): string {
  return versionId === undefined ? 's3:DeleteObject' : 's3:DeleteObjectVersion';
}

/** How long policies may be evaluated before yielding to the event loop. */
const longestTurnMs = 5;

/** Returns the deletions the caller is allowed. Yields to the event loop in between, since policies can be slow. */
export async function allowedDeletions(call: ObjectCall, deletions: Deletion[]): Promise<Deletion[]> {
  const allowed: Deletion[] = [];
  let turnEndsAt = performance.now() + longestTurnMs;
  for (const deletion of deletions) {
    if (isAllowed(call, deletionAction(deletion), { bucket: call.bucket, key: deletion.key })) allowed.push(deletion);
    if (performance.now() < turnEndsAt) continue;
    await nextTurn();
    turnEndsAt = performance.now() + longestTurnMs;
  }
  return allowed;
}

function deletedElement({ key, versionId }: Deletion, result: Refusable<Deleted> | undefined): XmlNode[] {
  if (!result || result.refused) return [];
  const isMarker = result.isDeleteMarker;
  return [
    {
      Key: key,
      VersionId: versionId,
      DeleteMarker: isMarker || undefined,
      DeleteMarkerVersionId: isMarker ? result.versionId : undefined,
    },
  ];
}

function errorElement(call: ObjectCall, deletion: Deletion, result: Refusable<Deleted> | undefined): XmlNode[] {
  const { key, versionId } = deletion;
  if (!result) {
    const message = denialOf(call, deletionAction(deletion), { bucket: call.bucket, key });
    return [{ Key: key, VersionId: versionId, Code: 'AccessDenied', Message: message }];
  }
  if (!result.refused) return [];
  const { code, message } = refusalError(result.refused, { bucket: call.bucket, key });
  return [{ Key: key, VersionId: versionId, Code: code, Message: message }];
}
