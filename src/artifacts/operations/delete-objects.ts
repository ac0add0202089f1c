import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Deleted, Deletion, Refusable } from '../../store/objects/object-index.ts';
import { refusalError } from '../local/backing.ts';
import { newVersionId } from '../local/write-object.ts';
import type { Operation } from '../operation.ts';
import { bucketOf, type Call, denialOf, isAllowed } from '../protocol/call.ts';
import { readDeletionCondition } from '../protocol/conditions.ts';
import { maxListBytes, readSmallPayload } from '../protocol/payload.ts';
import { refusals } from '../protocol/s3-error.ts';
import { buildXml, childElements, childText, parseLongXml, type XmlNode } from '../protocol/xml.ts';

const maxDeletions = 1000;

/** `Object` itself, its key and version, and its conditions. */
const elementsOfObject = 8;

/** DeleteObjects: up to 1,000 at once, each allowed or refused by itself, all in one commit. */
export const deleteObjects: Operation = async (call, { index, files, now }) => {
  const root = await readDeleteDocument(call);
  const deletions = readDeletions(root);
  const allowed = await allowedDeletions(call, deletions);
  // Who may delete nothing is not told whether the bucket is there.
  const outcome = allowed.length === 0 ? { outcomes: [] } : await index.deleteObjects(bucketOf(call), allowed, now());
  if (outcome.refused) throw refusalError(outcome.refused, call);
  await files.remove(outcome.outcomes.flatMap((each) => (each.refused ? [] : each.freedFileIds)));
  const results = new Map(allowed.map((deletion, position) => [deletion, outcome.outcomes[position]]));
  const told = deletions.map((deletion) => ({ deletion, result: results.get(deletion) }));
  const isQuiet = childText(root, 'Quiet')?.toLowerCase() === 'true';
  const xml = buildXml('DeleteResult', {
    Deleted: isQuiet ? [] : told.flatMap(({ deletion, result }) => toldDeletion(deletion, result)),
    Error: told.flatMap(({ deletion, result }) => toldError(call, deletion, result)),
  });
  return { status: 200, xml };
};

/** The children of the `Delete` document in the body. */
export async function readDeleteDocument(call: Call): Promise<Record<string, unknown>> {
  const text = await readSmallPayload(call, 'of the body', maxListBytes);
  return parseLongXml(text, 'Delete', maxDeletions * elementsOfObject);
}

/** The objects of a `Delete` document. */
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

/** The right that removing an object, or one version of it, takes. */
export function deletionAction({ versionId }: Pick<Deletion, 'versionId'>): string {
  return versionId === undefined ? 's3:DeleteObject' : 's3:DeleteObjectVersion';
}

/** As long as policies may be asked without a break for others; in ms. */
const longestTurnMs = 5;

/** Those of the deletions that the caller has the right to. Policies can be slow, so others get a turn in between. */
export async function allowedDeletions(call: Call, deletions: Deletion[]): Promise<Deletion[]> {
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

function toldDeletion({ key, versionId }: Deletion, result: Refusable<Deleted> | undefined): XmlNode[] {
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

function toldError(call: Call, deletion: Deletion, result: Refusable<Deleted> | undefined): XmlNode[] {
  const { key, versionId } = deletion;
  if (!result) {
    const message = denialOf(call, deletionAction(deletion), { bucket: call.bucket, key });
    return [{ Key: key, VersionId: versionId, Code: 'AccessDenied', Message: message }];
  }
  if (!result.refused) return [];
  const { code, message } = refusalError(result.refused, { bucket: call.bucket, key });
  return [{ Key: key, VersionId: versionId, Code: code, Message: message }];
}
