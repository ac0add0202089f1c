import { readCopySource } from '../protocol/address.ts';
import { authorize, isAllowed, type ObjectCall } from '../protocol/call.ts';
import { quoteEtag, readEtags } from '../protocol/etag.ts';
import { requireRecorded } from '../protocol/recorded-content.ts';
import { refusals } from '../protocol/s3-error.ts';
import { copySource, type Forward, type Gateway } from './external-store.ts';
import { documentAnswer, requestOf } from './forward.ts';
import { copyHeaders, writeHeaders } from './forwarded-headers.ts';
import { requireGrant } from './granted-write.ts';

/** CopyObject within the account. */
export const forwardCopyObject: Forward = async (call, gateway) => {
  const { source, headers } = readSource(call, gateway);
  const tagging = taggingDirective(call, source);
  const all = {
    ...writeHeaders(call, gateway),
    ...headers,
    'x-amz-metadata-directive': readDirective(call, 'metadata'),
    'x-amz-tagging-directive': tagging,
  };
  await requireGrant(call.access.writeGrant);
  const answer = await gateway.store.send({ ...requestOf(call), headers: all });
  return documentAnswer(call, gateway, answer, ['CopyObjectResult']);
};

/** UploadPartCopy. */
export const forwardUploadPartCopy: Forward = async (call, gateway) => {
  const { headers } = readSource(call, gateway);
  await requireGrant(call.access.writeGrant);
  const answer = await gateway.store.send({ ...requestOf(call), headers });
  return documentAnswer(call, gateway, answer, ['CopyPartResult']);
};

type Source = ReturnType<typeof readCopySource>;

/** Reads the source of a copy and checks the caller's right to it, since the store checks only this server's. */
function readSource(call: ObjectCall, { store }: Gateway) {
  const source = readCopySource(call.header('x-amz-copy-source') ?? '');
  authorize(call, source.versionId === undefined ? 's3:GetObject' : 's3:GetObjectVersion', source);
  const { account } = call.request;
  const content = recordedSource(call, source);
  if (!content) {
    return { source, headers: { ...copyHeaders(call), 'x-amz-copy-source': copySource(store, account, source) } };
  }
  const name = copySource(store, account, { ...source, versionId: content.versionId });
  const headers = { ...copyHeaders(call), ...ifMatch(content.etag), 'x-amz-copy-source': name };
  return { source, headers };
}

/** Returns the recorded version that the caller gets instead of the latest; its ETag is sent as a condition. */
function recordedSource(call: ObjectCall, { bucket, key, versionId }: Source) {
  const recorded = call.access.contentOf?.(bucket, key);
  if (recorded === undefined) return undefined;
  const content = requireRecorded(key, recorded, versionId);
  const wanted = call.header(ifMatchName);
  if (wanted !== undefined && !readEtags(wanted).some((etag) => etag === '*' || etag === content.etag)) {
    throw refusals.preconditionFailed(ifMatchName);
  }
  return content;
}

const ifMatchName = 'x-amz-copy-source-if-match';
const ifMatch = (etag: string) => ({ [ifMatchName]: quoteEtag(etag) });

/** Drops the source's tags if the caller may not read and set tags, since the source may have some. */
function taggingDirective(call: ObjectCall, source: Source): string | undefined {
  const directive = readDirective(call, 'tagging');
  if (directive === 'REPLACE') return directive;
  const readAction = source.versionId === undefined ? 's3:GetObjectTagging' : 's3:GetObjectVersionTagging';
  const mayCopy = isAllowed(call, readAction, source) && isAllowed(call, 's3:PutObjectTagging', call);
  return mayCopy ? directive : 'REPLACE';
}

function readDirective(call: ObjectCall, what: 'metadata' | 'tagging'): string | undefined {
  const name = `x-amz-${what}-directive`;
  const directive = call.header(name);
  if (directive === undefined || directive === 'COPY' || directive === 'REPLACE') return directive;
  throw refusals.invalidArgument(name, directive, `Unknown ${what} directive.`);
}
