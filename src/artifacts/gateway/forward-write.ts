import { readPartList } from '../local/upload-parts.ts';
import { readChecksumType } from '../operations/multipart-upload.ts';
import type { Answer, ObjectCall } from '../protocol/call.ts';
import { checksumHeader, readAlgorithm, readChecksum } from '../protocol/checksum.ts';
import { readDeclaredPayload } from '../protocol/declared-payload.ts';
import { openPayload } from '../protocol/payload.ts';
import { buildXml } from '../protocol/xml.ts';
import type { Forward, Gateway } from './external-store.ts';
import { documentAnswer, documentOf, emptyAnswer, requestOf } from './forward.ts';
import { writeHeaders } from './forwarded-headers.ts';
import { requireGrant, whileGranted } from './granted-write.ts';

/** PutObject. */
export const forwardPutObject: Forward = async (call, gateway) =>
  forwardPayload(call, gateway, { ...writeHeaders(call, gateway), ...checksumRequest(call) });

/** UploadPart. */
export const forwardUploadPart: Forward = async (call, gateway) => forwardPayload(call, gateway, {});

/**
 * Forwards the unframed bytes and verifies what the client declared; the store gets the last of them only if all of it
 * is true. Checksums of parts are not forwarded: few stores accept them after the bytes, and an upload needs the same
 * algorithm for all its parts.
 */
async function forwardPayload(
  call: ObjectCall,
  { store }: Gateway,
  headers: Record<string, string | undefined>,
): Promise<Answer> {
  const { size = 0, md5, sha256Hex } = readDeclaredPayload(call);
  const payload = openPayload(call);
  const answer = await store.send({
    ...requestOf(call),
    headers: { ...headers, 'content-md5': md5?.toString('base64') },
    body: { chunks: whileGranted(payload.chunks, call.access.writeGrant), sizeBytes: size },
    payloadHash: sha256Hex,
  });
  const { clientAlgorithm, checksums } = payload.digests();
  const checksum = clientAlgorithm && { [checksumHeader(clientAlgorithm)]: checksums.get(clientAlgorithm) };
  const empty = await emptyAnswer(answer);
  return { ...empty, headers: { ...empty.headers, ...checksum } };
}

/** Returns the header with the checksum of the whole object, for stores that support it. */
function checksumRequest(call: ObjectCall): Record<string, string> {
  const checksum = readChecksum(call);
  return checksum ? { [checksumHeader(checksum.algorithm)]: checksum.value } : {};
}

/** CreateMultipartUpload. The response repeats the algorithm of the parts' checksums, because clients use it. */
export const forwardCreateUpload: Forward = async (call, gateway) => {
  const algorithm = readAlgorithm(call, 'x-amz-checksum-algorithm');
  readChecksumType(call, algorithm);
  const headers = writeHeaders(call, gateway);
  await requireGrant(call.access.writeGrant);
  const answer = await gateway.store.send({ ...requestOf(call), headers });
  const created = await documentAnswer(call, gateway, answer, ['InitiateMultipartUploadResult']);
  return { ...created, headers: { ...created.headers, 'x-amz-checksum-algorithm': algorithm } };
};

/** CompleteMultipartUpload: forwards the parts by number and ETag. */
export const forwardCompleteUpload: Forward = async (call, gateway) => {
  const parts = await readPartList(call);
  const document = documentOf(
    buildXml('CompleteMultipartUpload', {
      Part: parts.map(({ partNumber, etag }) => ({ PartNumber: partNumber, ETag: `"${etag}"` })),
    }),
  );
  await requireGrant(call.access.writeGrant);
  const conditions = { 'if-match': call.header('if-match'), 'if-none-match': call.header('if-none-match') };
  const answer = await gateway.store.send({
    ...requestOf(call),
    ...document,
    headers: { ...document.headers, ...conditions },
  });
  const completed = await documentAnswer(call, gateway, answer, ['CompleteMultipartUploadResult']);
  const { host, path } = call.request;
  // Clients cannot reach the store's own location.
  const xml = completed.xml?.replace(/<Location>[^<]*<\/Location>/, () => `<Location>http://${host}${path}</Location>`);
  return { ...completed, xml };
};
