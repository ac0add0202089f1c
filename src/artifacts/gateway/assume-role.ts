import { createHash } from 'node:crypto';
import { S3Error } from '../protocol/s3-error.ts';
import { childText, parseXml } from '../protocol/xml.ts';
import type { SignRequest } from './external-store.ts';
import type { StoreConnection } from './store-connection.ts';
import { elementsOf, textOf } from './store-document.ts';
import { isRoot, readText, StoreUnavailableError } from './store-refusal.ts';

/** Credentials issued by the store, limited by their session policy. */
export interface StoreCredentials {
  accessKeyId: string;
  secretAccessKey: string;
  sessionToken: string;
}

export interface RoleSession {
  /** The session policy as JSON text. */
  policy: string;
  sessionName: string;
  durationSeconds: number;
}

const maxAnswerBytes = 256 * 1024;

/** Creates a function that calls AssumeRole at `url`. It rejects with StoreUnavailableError or AccessDenied. */
export function createRoleSessions(
  { url, roleArn }: { url: URL; roleArn: string },
  { connection, sign }: { connection: StoreConnection; sign: SignRequest },
): (session: RoleSession) => Promise<StoreCredentials> {
  return async ({ policy, sessionName, durationSeconds }) => {
    const form = new URLSearchParams({
      Action: 'AssumeRole',
      Version: '2011-06-15',
      RoleArn: roleArn,
      RoleSessionName: sessionName,
      DurationSeconds: String(durationSeconds),
      Policy: policy,
    });
    const bytes = Buffer.from(form.toString());
    const headers = sign({
      method: 'POST',
      path: '/',
      query: '',
      headers: { host: url.host, 'content-type': 'application/x-www-form-urlencoded; charset=utf-8' },
      payloadHash: createHash('sha256').update(bytes).digest('hex'),
    });
    async function* chunks(): AsyncGenerator<Buffer> {
      yield bytes;
    }
    const body = { chunks: chunks(), sizeBytes: bytes.length };
    const answer = await connection.send({ method: 'POST', target: '/', headers, body });
    return readCredentials(answer.status, (await readText(answer.body, maxAnswerBytes)) ?? '');
  };
}

function readCredentials(status: number, text: string): StoreCredentials {
  if (!isRoot(text, 'AssumeRoleResponse')) throw refusalOf(status, text);
  const [result = {}] = elementsOf(parseXml(text, 'AssumeRoleResponse'), 'AssumeRoleResult');
  const [credentials = {}] = elementsOf(result, 'Credentials');
  const [accessKeyId = '', secretAccessKey = '', sessionToken = ''] = [
    'AccessKeyId',
    'SecretAccessKey',
    'SessionToken',
  ].map((name) => textOf(credentials, name).trim());
  if (accessKeyId === '' || secretAccessKey === '' || sessionToken === '') {
    throw new StoreUnavailableError('its AssumeRole returned no credentials');
  }
  return { accessKeyId, secretAccessKey, sessionToken };
}

function refusalOf(status: number, text: string): Error {
  // STS wraps errors in ErrorResponse, some stores don't.
  const root = isRoot(text, 'ErrorResponse') ? parseXml(text, 'ErrorResponse') : {};
  const [error = isRoot(text, 'Error') ? parseXml(text, 'Error') : {}] = elementsOf(root, 'Error');
  const code = childText(error, 'Code') ?? String(status);
  if (status >= 500) return new StoreUnavailableError(`its AssumeRole returned ${status} ${code}`);
  return new S3Error('AccessDenied', `The store rejected AssumeRole: ${code} ${childText(error, 'Message') ?? ''}`);
}
