import { account } from '../requests/client-config.ts';
import type { LoopCase } from './loop-case.ts';
import { expectS3 } from './send-s3.ts';

const bucket = 'hostile-xml';
const mib = 1024 * 1024;

/** Repeats `piece` up to the maximum size of a document. */
function fill(piece: (index: number) => string, bytes = 3 * mib - 1024): string {
  const pieces: string[] = [];
  for (let length = 0, index = 0; length < bytes; index += 1) {
    const next = piece(index);
    pieces.push(next);
    length += next.length;
  }
  return pieces.join('');
}

function deletion(input: string, content: () => string, status = 400): LoopCase {
  return {
    door: 'DeleteObjects',
    input,
    async attack({ url }) {
      const body = `<Delete>${content()}</Delete>`;
      await expectS3(url, status, { method: 'POST', path: `/${bucket}`, query: 'delete', body });
    },
  };
}

/** Documents that any caller can send, because they are read before the right to each key is checked. */
export const xmlCases: LoopCase[] = [
  {
    ...deletion(
      '900 keys of 600 references each',
      () => `<Object><Key>${'&amp;'.repeat(600)}</Key></Object>`.repeat(900),
      200,
    ),
    async prepare({ url }) {
      await expectS3(url, 200, { method: 'PUT', path: `/${bucket}` });
    },
  },
  deletion('3 MiB of <a/>', () => fill(() => '<a/>')),
  deletion('3 MiB of different elements', () => fill((index) => `<a${index}/>`)),
  deletion('3 MiB of elements just below their limit', () =>
    fill((index) => `<a${index}>${'x'.repeat(380)}</a${index}>`),
  ),
  deletion('3 MiB of processing instructions', () => fill(() => '<?a?>')),
  deletion('3 MiB of comments', () => fill(() => '<!---->')),
  deletion('3 MiB of references in one text', () => fill(() => '&amp;')),
  deletion('3 MiB of nested elements', () => fill(() => '<a>')),
  deletion('3 MiB of attributes', () => `<a ${fill((index) => `a${index}="" `)}/>`),
  deletion('3 MiB of white space', () => fill(() => ' ')),
  {
    door: 'PutBucketTagging',
    input: '256 KiB of <a/>',
    async attack({ url }) {
      const body = `<Tagging><TagSet>${fill(() => '<a/>', 255 * 1024)}</TagSet></Tagging>`;
      await expectS3(url, 400, { method: 'PUT', path: `/${bucket}`, query: 'tagging', body });
    },
  },
  {
    door: 'CompleteMultipartUpload',
    input: '10,000 parts, the last of them wrong',
    fill(database) {
      database.exec(`insert into object_uploads (account, bucket, object_key, upload_id, attributes, created_at)
        values ('${account}', '${bucket}', 'k', 'hostile', '{"userMetadata":{}}', 1767225600000)`);
      database.exec(`with recursive counted (n) as (select 1 union all select n + 1 from counted where n < 10000)
        insert into object_parts (upload_id, part_number, file_id, size_bytes, etag, modified_at)
        select 'hostile', n, 'part' || n, 5242880, '0123456789abcdef0123456789abcdef', 1767225600000
        from counted where true`);
    },
    async attack({ url }) {
      const part = (number: number, etag: string) =>
        `<Part><ChecksumSHA256>${'A'.repeat(43)}=</ChecksumSHA256><ETag>&quot;${etag}&quot;</ETag><PartNumber>${number}</PartNumber></Part>`;
      const parts = Array.from({ length: 10_000 }, (_, index) =>
        part(index + 1, index < 9999 ? '0123456789abcdef0123456789abcdef' : 'f'.repeat(32)),
      );
      const body = `<CompleteMultipartUpload>${parts.join('')}</CompleteMultipartUpload>`;
      await expectS3(url, 400, { method: 'POST', path: `/${bucket}/k`, query: 'uploadId=hostile', body });
    },
  },
];
