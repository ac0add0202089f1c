import type { BucketRows } from '../local/backing.ts';
import { readConfiguration, readOwnership } from '../operations/bucket.ts';
import { ownerships } from '../operations/bucket-access.ts';
import { aclDocument } from '../operations/bucket-settings.ts';
import { bucketList } from '../operations/list-buckets.ts';
import { requireOwnerAcl } from '../operations/put-acl.ts';
import { checkBucketName } from '../protocol/address.ts';
import { type Answer, bucketOf, type ObjectCall } from '../protocol/call.ts';
import { checkWriteHeaders } from '../protocol/object-headers.ts';
import { S3Error } from '../protocol/s3-error.ts';
import { tagSetOf } from '../protocol/tags.ts';
import { buildXml } from '../protocol/xml.ts';
import type { ExternalStore, Forward } from './external-store.ts';
import { documentOf, emptyAnswer, readDocument, requestOf } from './forward.ts';
import { elementsOf, parseDocument, textOf } from './store-document.ts';
import { StoreUnavailableError } from './store-refusal.ts';

/** ListBuckets: the account's buckets under the account's names. */
export const forwardListBuckets: Forward = async (call, { store }) => {
  const { account } = call.request;
  const answer = await store.send({ method: 'GET', account, bucket: '' });
  const root = parseDocument(await readDocument(answer, call, ['ListAllMyBucketsResult']), 'ListAllMyBucketsResult');
  const buckets = elementsOf(root, 'Buckets')
    .flatMap((list) => elementsOf(list, 'Bucket'))
    .flatMap((bucket) => {
      const name = store.accountNameOf(account, textOf(bucket, 'Name'));
      const createdAt = Date.parse(textOf(bucket, 'CreationDate')) || 0;
      return name === undefined ? [] : [{ name, region: store.region, createdAt }];
    })
    .sort((a, b) => Buffer.compare(Buffer.from(a.name), Buffer.from(b.name)));
  return bucketList(call, async ({ prefix, after, limit }) =>
    buckets.filter(({ name }) => name.startsWith(prefix) && name > after).slice(0, limit),
  );
};

/** CreateBucket, always in the region of the store. */
export const forwardCreateBucket: Forward = async (call, { store }) => {
  checkBucketName(call.bucket);
  checkBucketName(store.nameOf(call.request.account, call.bucket));
  checkWriteHeaders(call);
  if (call.header('x-amz-bucket-object-lock-enabled')?.toLowerCase() === 'true') {
    throw new S3Error('NotImplemented', 'Object lock is not implemented.');
  }
  const ownership = readOwnership(call);
  if (ownership !== undefined && ownership !== ownerships[0]) {
    throw new S3Error(
      'NotImplemented',
      `The object ownership ${ownership} of a bucket can only be set at the artifact store itself.`,
    );
  }
  const { tags = [] } = await readConfiguration(call);
  await createExternalBucket(store, bucketOf(call));
  if (tags.length > 0) {
    const document = documentOf(buildXml('Tagging', tagSetOf(tags)));
    await emptyAnswer(await store.send({ method: 'PUT', ...bucketOf(call), query: { tagging: '' }, ...document }));
  }
  return { status: 200, headers: { Location: `/${call.bucket}`, 'Content-Length': '0' } };
};

/** Reports whether the account has a bucket of that name at the store. */
export async function hasExternalBucket(
  store: ExternalStore,
  where: { account: string; bucket: string },
): Promise<boolean> {
  try {
    await emptyAnswer(await store.send({ method: 'HEAD', ...where }));
    return true;
  } catch (error) {
    if (error instanceof StoreUnavailableError) throw error;
    return false;
  }
}

/** Creates a bucket at the store. */
export async function createExternalBucket(
  store: ExternalStore,
  where: { account: string; bucket: string },
): Promise<void> {
  const { region } = store;
  // us-east-1 is not valid as a location constraint.
  const place =
    region === 'us-east-1' ? {} : documentOf(buildXml('CreateBucketConfiguration', { LocationConstraint: region }));
  await emptyAnswer(await store.send({ method: 'PUT', ...where, ...place }));
}

/** Forwards only a check for the bucket, for settings with one fixed value; `run` then responds as for local files. */
export function forwardFixed(run: (call: ObjectCall, buckets: BucketRows) => Promise<Answer>): Forward {
  return (call, { store }) =>
    run(call, {
      index: {
        async findBucket({ account, bucket }) {
          await emptyAnswer(await store.send({ method: 'HEAD', account, bucket }));
          return { account, name: bucket, region: store.region, settings: {}, createdAt: 0 };
        },
      },
    });
}

/** GetBucketAcl and GetObjectAcl: the account owns everything and shares nothing, whatever the store's own ACL. */
export const forwardAcl: Forward = async (call, { store }) => {
  const { acl: _acl, ...query } = requestOf(call).query ?? {};
  await emptyAnswer(await store.send({ ...requestOf(call), method: 'HEAD', query }));
  return aclDocument(call);
};

/** PutBucketAcl and PutObjectAcl: accepts only the owner's ACL, for an existing bucket or object. */
export const forwardPutAcl: Forward = async (call, { store }) => {
  await requireOwnerAcl(call);
  const { acl: _acl, ...query } = requestOf(call).query ?? {};
  await emptyAnswer(await store.send({ ...requestOf(call), method: 'HEAD', query }));
  return { status: 200, headers: { 'Content-Length': '0' } };
};

/** Rejects a setting that only the store's operator can change. */
export const refuseSetting: Forward = async (call) => {
  const [name = 'this'] = [...call.query.keys()];
  throw new S3Error(
    'NotImplemented',
    `The setting ${name} of a bucket can only be changed at the artifact store itself.`,
  );
};

/** S3 Control: 405 makes its clients ask for the tags of the bucket instead. */
export const refuseControl: Forward = async () => {
  throw new S3Error('MethodNotAllowed', 'The specified method is not allowed against this resource.');
};
