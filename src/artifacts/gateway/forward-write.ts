import { readPartList } from '../local/upload-parts.ts';
import { readChecksumType } from '../operations/create-multipart-upload.ts';
import type { Answer } from '../protocol/answer.ts';
import type { Call } from '../protocol/call.ts';
import { checksumHeader, readAlgorithm, readChecksum } from '../protocol/checksum.ts';
import { readDeclaredPayload } from '../protocol/declared-payload.ts';
import { openPayload } from '../protocol/payload.ts';
import { buildXml } from '../protocol/xml.ts';
import { documentAnswer, documentOf, emptyAnswer, requestOf } from './forward.ts';
import { writeHeaders } from './forwarded-headers.ts';
import type { Forward, Gateway } from './gateway.ts';
import { requireGrant, whileGranted } from './granted-write.ts';

/** PutObject. */
export const forwardPutObject: Forward = async (call, gateway) =>
  forwardPayload(call, gateway, { ...writeHeaders(call, gateway), ...checksumRequest(call) });

/** UploadPart. */
export const forwardUploadPart: Forward = async (call, gateway) => forwardPayload(call, gateway, {});

/**
 * Sends the bytes on, unframed, and holds them to everything their client promised; the store gets the last of them
 * only when it all holds. Checksums of parts are not for the store to know: those that come behind the bytes could be
 * passed on to few stores only, and an upload must have the same on all its parts.
 */
async function forwardPayload(
  call: Call,
  { store }: Gateway,
  headers: Record<string, string | undefined>,
): Promise<Answer> {
  const { size = 0, md5, sha256Hex } = readDeclaredPayload(call);
  const payload = openPayload(call);
  const answer = await store.send({
    ...requestOf(call),
    headers: { ...headers, 'content-md5': md5?.toString('base64') },
    body: { chunks: whileGranted(payload.chunks, call.request.writeGrant), sizeBytes: size },
    payloadHash: sha256Hex,
  });
  const { clientAlgorithm, checksums } = payload.digests();
  const checksum = clientAlgorithm && { [checksumHeader(clientAlgorithm)]: checksums.get(clientAlgorithm) };
  const empty = await emptyAnswer(answer);
  return { ...empty, headers: { ...empty.headers, ...checksum } };
}

/** The checksum of the whole object, for stores that keep it. */
function checksumRequest(call: Call): Record<string, string> {
  const checksum = readChecksum(call);
  return checksum ? { [checksumHeader(checksum.algorithm)]: checksum.value } : {};
}

/** CreateMultipartUpload. The algorithm of its parts' checksums is told again, because clients go by it. */
export const forwardCreateUpload: Forward = async (call, gateway) => {
  const algorithm = readAlgorithm(call, 'x-amz-checksum-algorithm');
  readChecksumType(call, algorithm);
  const headers = writeHeaders(call, gateway);
  await requireGrant(call.request.writeGrant);
  const answer = await gateway.store.send({ ...requestOf(call), headers });
  const told = await documentAnswer(call, gateway, answer, ['InitiateMultipartUploadResult']);
  return { ...told, headers: { ...told.headers, 'x-amz-checksum-algorithm': algorithm } };
};

/** CompleteMultipartUpload: the parts by number and ETag. Answers when the object is whole. */
export const forwardCompleteUpload: Forward = async (call, gateway) => {
  const parts = await readPartList(call);
  const document = documentOf(
    buildXml('CompleteMultipartUpload', {
      Part: parts.map(({ partNumber, etag }) => ({ PartNumber: partNumber, ETag: `"${etag}"` })),
    }),
  );
  await requireGrant(call.request.writeGrant);
  const conditions = { 'if-match': call.header('if-match'), 'if-none-match': call.header('if-none-match') };
  const answer = await gateway.store.send({
    ...requestOf(call),
    ...document,
    headers: { ...document.headers, ...conditions },
  });
  const told = await documentAnswer(call, gateway, answer, ['CompleteMultipartUploadResult']);
  const { host, path } = call.request;
  // Where the store has it is nothing a client could reach.
  const xml = told.xml?.replace(/<Location>[^<]*<\/Location>/, () => `<Location>http://${host}${path}</Location>`);
  return { ...told, xml };
};
