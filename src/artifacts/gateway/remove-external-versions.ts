import type { WrittenVersions } from '../local/remove-versions.ts';
import { removableVersions } from '../local/remove-versions.ts';
import { unlessMissing } from '../object-store.ts';
import type { ExternalStore } from './external-store.ts';
import { emptyAnswer, readDocument } from './forward.ts';
import { elementsOf, parseDocument, textOf } from './store-document.ts';

/** How far the store's clock may be off; beyond this it rejects our signatures. */
const clockSkewMs = 15 * 60 * 1000;

/** Page limit; the versions of a key beyond the first million are left for the next pass. */
const maxPages = 1000;

/** Does what `removeVersions` does, using the store's own lists of versions and uploads. */
export async function removeExternalVersions(store: ExternalStore, name: WrittenVersions): Promise<void> {
  const { account, bucket, key } = name;
  const isOurs = (at: number) => at >= name.writtenFrom - clockSkewMs && at <= name.writtenUntil + clockSkewMs;
  const remove = async (query: Record<string, string>) => {
    await unlessMissing(async () => emptyAnswer(await store.send({ method: 'DELETE', account, bucket, key, query })));
  };
  const versions = await listVersions(store, name);
  for (const { versionId } of removableVersions(versions, isOurs)) await remove({ versionId });
  for (const { uploadId, createdAt } of await listUploads(store, name))
    if (isOurs(createdAt)) await remove({ uploadId });
}

interface ListedVersion {
  versionId: string;
  isDeleteMarker: boolean;
  modifiedAt: number;
}

async function listVersions(store: ExternalStore, name: WrittenVersions): Promise<ListedVersion[]> {
  const list = { subresource: 'versions', root: 'ListVersionsResult', idMarker: 'VersionIdMarker' };
  const pages = await readPages(store, name, list);
  const read = (page: Page, element: string, isDeleteMarker: boolean): ListedVersion[] =>
    entriesOf(page, element, name.key).map((entry) => ({
      versionId: textOf(entry, 'VersionId') || 'null',
      isDeleteMarker,
      modifiedAt: instantOf(entry, 'LastModified'),
    }));
  return pages.flatMap((page) => [...read(page, 'Version', false), ...read(page, 'DeleteMarker', true)]);
}

async function listUploads(store: ExternalStore, name: WrittenVersions) {
  const list = { subresource: 'uploads', root: 'ListMultipartUploadsResult', idMarker: 'UploadIdMarker' };
  const pages = await readPages(store, name, list);
  return pages.flatMap((page) =>
    entriesOf(page, 'Upload', name.key).map((entry) => ({
      uploadId: textOf(entry, 'UploadId'),
      createdAt: instantOf(entry, 'Initiated'),
    })),
  );
}

type Page = Record<string, unknown>;

/** Reads the pages of a list that starts with the key, which sorts before all longer keys with this prefix. */
async function readPages(
  store: ExternalStore,
  { account, bucket, key }: WrittenVersions,
  { subresource, root, idMarker }: { subresource: string; root: string; idMarker: string },
): Promise<Page[]> {
  const pages: Page[] = [];
  let markers: Record<string, string> = {};
  const idParameter = idMarker === 'VersionIdMarker' ? 'version-id-marker' : 'upload-id-marker';
  while (pages.length < maxPages) {
    const query = { [subresource]: '', prefix: key, ...markers };
    const page = await unlessMissing(async () => {
      const answer = await store.send({ method: 'GET', account, bucket, query });
      return parseDocument(await readDocument(answer, { bucket, key: '' }, [root]), root);
    });
    if (!page) return pages;
    pages.push(page);
    const nextKey = textOf(page, 'NextKeyMarker');
    const nextId = textOf(page, `Next${idMarker}`);
    if (textOf(page, 'IsTruncated') !== 'true' || nextKey !== key) return pages;
    markers = { 'key-marker': nextKey, ...(nextId !== '' && { [idParameter]: nextId }) };
  }
  return pages;
}

function entriesOf(page: Page, element: string, key: string): Record<string, unknown>[] {
  return elementsOf(page, element).filter((entry) => textOf(entry, 'Key') === key);
}

/** Parses a date; an entry without one counts as older than everything, so it is not ours. */
function instantOf(entry: Record<string, unknown>, name: string): number {
  return Date.parse(textOf(entry, name)) || 0;
}
