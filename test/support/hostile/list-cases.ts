import { account } from '../requests/client-config.ts';
import type { LoopCase } from './loop-case.ts';
import { expectS3 } from './send-s3.ts';

const bucket = 'hostile-list';

/** Lists with few entries in a bucket with many keys. */
export const listCases: LoopCase[] = [
  {
    door: 'ListObjectsV2 with a delimiter',
    input: '300 prefixes of 1,010 keys each',
    async prepare({ url }) {
      await expectS3(url, 200, { method: 'PUT', path: `/${bucket}` });
    },
    fill(database) {
      // Each prefix has more keys than a page, so a server that reads pages would read all of them.
      database.exec(`with recursive counted (n) as (select 0 union all select n + 1 from counted where n < 302999)
        insert into object_versions (account, bucket, object_key, version_id, is_latest, is_delete_marker, file_id,
          size_bytes, etag, attributes, modified_at)
        select '${account}', '${bucket}', format('p%03d/%04d', n / 1010, n % 1010), 'null', 1, 0, 'f' || n, 1,
          '0123456789abcdef0123456789abcdef', '{"userMetadata":{}}', 1767225600000 from counted where true`);
    },
    async attack({ url }) {
      const { body } = await expectS3(url, 200, {
        method: 'GET',
        path: `/${bucket}`,
        query: 'delimiter=%2F&list-type=2',
      });
      expectPrefixes(body);
    },
  },
  {
    door: 'ListObjectVersions with a delimiter',
    input: 'the same',
    async attack({ url }) {
      const { body } = await expectS3(url, 200, { method: 'GET', path: `/${bucket}`, query: 'delimiter=%2F&versions' });
      expectPrefixes(body);
    },
  },
  {
    door: 'ListObjectsV2',
    input: '300,000 delete markers',
    async prepare({ url }) {
      await expectS3(url, 200, { method: 'PUT', path: '/hostile-gone' });
    },
    fill(database) {
      database.exec(`with recursive counted (n) as (select 0 union all select n + 1 from counted where n < 299999)
        insert into object_versions (account, bucket, object_key, version_id, is_latest, is_delete_marker, size_bytes,
          etag, attributes, modified_at)
        select '${account}', 'hostile-gone', format('%06d', n), 'v' || n, 1, 1, 0, '', '{}', 1767225600000
        from counted where true`);
    },
    async attack({ url }) {
      await expectS3(url, 200, { method: 'GET', path: '/hostile-gone', query: 'list-type=2' });
    },
  },
];

function expectPrefixes(body: string): void {
  const count = body.split('<CommonPrefixes>').length - 1;
  if (count !== 300) throw new Error(`${count} common prefixes instead of 300`);
}
