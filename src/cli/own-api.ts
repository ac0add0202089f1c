import { createHash } from 'node:crypto';
import { hashCanonicalRequest } from '../identity/canonical-request.ts';
import { computeSignature, deriveSigningKey } from '../identity/signing-key.ts';
import { DataFolderError, readProfile, readServerFile } from './data-folder.ts';

/** A refusal of the server, in its own words. */
export class OwnApiError extends Error {
  constructor(code: string, message: string) {
    super(message === '' ? code : `${code}: ${message}`);
    this.name = 'OwnApiError';
  }
}

/** Calls an operation of our own API on the server last started in a data folder, with that folder's root key. */
export async function callOwnApi<Answer>(dataFolder: string, operation: string, input: object): Promise<Answer> {
  const { url, region } = await readServerFile(dataFolder);
  const keys = await readProfile(dataFolder);
  const body = JSON.stringify(input);
  const date = new Date().toISOString().replaceAll(/[-:]|\.\d{3}/g, '');
  const headers = {
    'content-type': 'application/x-amz-json-1.1',
    host: new URL(url).host,
    'x-amz-date': date,
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
  const response = await send(url, { ...headers, authorization }, body);
  const answer = (await response.json()) as Record<string, unknown>;
  if (response.ok) return answer as Answer;
  throw new OwnApiError(String(answer.__type), String(answer.message ?? answer.Message ?? ''));
}

async function send(url: string, headers: Record<string, string>, body: string): Promise<Response> {
  try {
    return await fetch(url, { method: 'POST', headers, body });
  } catch (error) {
    throw new DataFolderError(`The server at ${url} does not answer: start it with 'millrace start'.`, {
      cause: error,
    });
  }
}
