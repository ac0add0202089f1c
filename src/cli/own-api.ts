import { createHash } from 'node:crypto';
import { hashCanonicalRequest } from '../identity/signatures/canonical-request.ts';
import { computeSignature, deriveSigningKey } from '../identity/signatures/signing-key.ts';
import { DataFolderError, findRootKey, readServerFile } from '../installation/data-folder.ts';
import { requestServer, unreachableText } from './server-request.ts';

/** A refusal of the server, in its own words. */
export class OwnApiError extends Error {
  /** Such as `AccessDeniedException`. */
  readonly code: string;

  constructor(code: string, message: string) {
    super(message === '' ? code : `${code}: ${message}`);
    this.name = 'OwnApiError';
    this.code = code;
  }
}

/** Where a call goes and who makes it. */
export interface OwnApiPlace {
  url: string;
  region: string;
  keys: { accessKeyId: string; secretAccessKey: string; sessionToken?: string };
  /** PEM of the certificate that the server has to show. */
  certificate?: string;
}

/**
 * Calls an operation of our own API on the server last started in a data folder, with that folder's root key and in
 * the server's own region unless another is given.
 */
export async function callOwnApi<Answer>(
  dataFolder: string,
  operation: string,
  input: object,
  region?: string,
): Promise<Answer> {
  const server = await readServerFile(dataFolder);
  const keys = await findRootKey(dataFolder, process.env);
  const { url, certificate } = server;
  const place: OwnApiPlace = { url, region: region ?? server.region, keys, ...(certificate && { certificate }) };
  let answer: { isOk: boolean; document: Record<string, unknown> };
  try {
    answer = await sendOwnApi(place, operation, input);
  } catch (error) {
    throw new DataFolderError(unreachableText(url, error), { cause: error });
  }
  if (answer.isOk) return answer.document as Answer;
  throw refusal(answer.document);
}

/** The error that a refusing answer tells of. */
function refusal({ __type, message, Message }: Record<string, unknown>): OwnApiError {
  return new OwnApiError(String(__type), String(message ?? Message ?? ''));
}

/** Makes a signed call of our own API and answers what came back; rejects when nobody answers, or not in JSON. */
export async function sendOwnApi(
  { url, region, keys, certificate }: OwnApiPlace,
  operation: string,
  input: object,
  signal?: AbortSignal,
): Promise<{ isOk: boolean; status: number; document: Record<string, unknown> }> {
  const body = JSON.stringify(input);
  const date = new Date().toISOString().replaceAll(/[-:]|\.\d{3}/g, '');
  const headers = {
    'content-type': 'application/x-amz-json-1.1',
    host: new URL(url).host,
    'x-amz-date': date,
    ...(keys.sessionToken === undefined ? {} : { 'x-amz-security-token': keys.sessionToken }),
    'x-amz-target': `Millrace.${operation}`,
  };
  const names = Object.keys(headers);
  const scope = { date: date.slice(0, 8), region, service: 'millrace' } as const;
  const scopeText = `${scope.date}/${region}/millrace/aws4_request`;
  const payloadHash = createHash('sha256').update(body).digest('hex');
  const request = { service: scope.service, method: 'POST', path: '/', query: '', headers, payloadHash };
  const hash = hashCanonicalRequest(request, [], names, payloadHash);
  const key = deriveSigningKey(keys.secretAccessKey, scope);
  const signature = computeSignature(key, '', { date, scope: scopeText }, [hash]);
  const authorization = `AWS4-HMAC-SHA256 Credential=${keys.accessKeyId}/${scopeText}, SignedHeaders=${names.join(';')}, Signature=${signature}`;
  const { status, text } = await requestServer(new URL(url), {
    method: 'POST',
    headers: { ...headers, authorization },
    body,
    ...(signal && { signal }),
    ...(certificate !== undefined && { certificate }),
  });
  return { isOk: status === 200, status, document: JSON.parse(text) as Record<string, unknown> };
}
