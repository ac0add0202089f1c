import { allowedDeletions, deletionAction, readDeleteDocument, readDeletions } from '../operations/delete-objects.ts';
import { denialOf } from '../protocol/call.ts';
import { S3Error } from '../protocol/s3-error.ts';
import { buildXml, childText, type XmlNode } from '../protocol/xml.ts';
import type { Forward } from './external-store.ts';
import { documentOf, forwardBare, readDocument, requestOf } from './forward.ts';
import { elementsOf, parseDocument } from './store-document.ts';

/** DeleteObjects: checks the right to each object; the store gets a new document with the allowed ones. */
export const forwardDeletions: Forward = async (call, { store }) => {
  const root = await readDeleteDocument(call);
  const deletions = readDeletions(root);
  rejectConditions(deletions.some(({ ifSize, ifModifiedSecond }) => (ifSize ?? ifModifiedSecond) !== undefined));
  const allowed = await allowedDeletions(call, deletions);
  const isAllowed = new Set(allowed);
  const refused: XmlNode[] = deletions
    .filter((deletion) => !isAllowed.has(deletion))
    .map(({ key, versionId }) => ({
      Key: key,
      VersionId: versionId,
      Code: 'AccessDenied',
      Message: denialOf(call, deletionAction({ versionId }), { bucket: call.bucket, key }),
    }));
  const isQuiet = childText(root, 'Quiet')?.toLowerCase() === 'true';
  // Don't reveal to a caller without permissions whether the bucket exists.
  if (allowed.length === 0) return { status: 200, xml: buildXml('DeleteResult', { Error: refused }) };
  const document = buildXml('Delete', {
    Quiet: isQuiet,
    Object: allowed.map(({ key, versionId, ifEtag }) => ({
      Key: key,
      VersionId: versionId,
      ETag: ifEtag === undefined ? undefined : `"${ifEtag}"`,
    })),
  });
  const request = { ...requestOf(call), query: { delete: '' }, ...documentOf(document) };
  const answer = await readDocument(await store.send(request), call, ['DeleteResult']);
  const result = parseDocument(answer, 'DeleteResult');
  const children = (name: string): XmlNode[] => elementsOf(result, name).map((element) => element as XmlNode);
  const xml = buildXml('DeleteResult', {
    Deleted: children('Deleted'),
    Error: [...children('Error'), ...refused],
  });
  return { status: 200, xml };
};

/** DeleteObject. */
export const forwardDeletion: Forward = async (call, gateway) => {
  const names = ['x-amz-if-match-size', 'x-amz-if-match-last-modified-time'];
  rejectConditions(names.some((name) => call.header(name) !== undefined));
  return forwardBare(call, gateway);
};

/** Rejects conditions on size and time: a store that doesn't know them would ignore them and delete the object. */
function rejectConditions(hasCondition: boolean): void {
  if (!hasCondition) return;
  throw new S3Error(
    'NotImplemented',
    'With an external artifact store a deletion can depend on the ETag, but not on the size or the last change.',
  );
}
