import type { Bucket } from '../../store/objects/object-index.ts';
import type { ObjectOperation } from '../operation.ts';
import type { Answer, ObjectCall } from '../protocol/call.ts';
import { ownerOf, readWholeNumber } from '../protocol/list-parameters.ts';
import { buildXml } from '../protocol/xml.ts';

/** AWS's limit for one page. */
const maxBuckets = 10_000;

/** ListBuckets: lists the account's buckets. If filtered by region, a page may contain fewer than its limit. */
export const listBuckets: ObjectOperation = async (call, { index }) =>
  bucketList(call, (page) => index.listBuckets(call.request.account, page));

/** A bucket in a list. */
type ListedBucket = Pick<Bucket, 'name' | 'region' | 'createdAt'>;

/** Returns the requested page; `list` returns the account's buckets by name. */
export async function bucketList(
  call: ObjectCall,
  list: (page: { prefix: string; after: string; limit: number }) => Promise<ListedBucket[]>,
): Promise<Answer> {
  const { account } = call.request;
  const limit = Math.min(readWholeNumber(call, 'max-buckets') || maxBuckets, maxBuckets);
  const prefix = call.query.get('prefix') ?? '';
  const after = call.query.get('continuation-token') ?? '';
  const found = await list({ prefix, after, limit: limit + 1 });
  const page = found.slice(0, limit);
  const home = call.query.get('bucket-region');
  const buckets = home ? page.filter(({ region }) => region === home) : page;
  const xml = buildXml('ListAllMyBucketsResult', {
    Owner: ownerOf(account),
    Buckets: {
      Bucket: buckets.map(({ name, region, createdAt }) => ({
        Name: name,
        CreationDate: new Date(createdAt).toISOString(),
        BucketRegion: region,
      })),
    },
    ContinuationToken: found.length > limit ? page.at(-1)?.name : undefined,
    Prefix: prefix || undefined,
  });
  return { status: 200, xml };
}
