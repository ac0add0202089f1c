import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { GrowingMask } from '../../masking/growing-mask.ts';

/** Temporary credentials of a role; `expiresAt` in ms. */
export interface RoleCredentials {
  accessKeyId: string;
  secretAccessKey: string;
  sessionToken: string;
  expiresAt: number;
}

/** Where AWS clients in a build get the credentials of its role. */
export interface CredentialsEndpoint {
  /** The variables by which the clients find it. */
  variables: Record<string, string>;
  close(): Promise<void>;
}

/** More clients at once are not served; each asks once an hour. */
const maxConnections = 100;

const path = '/credentials';

/**
 * Opens an endpoint as that of Amazon ECS, on the loopback interface and with a token of its own. `read` returns valid
 * credentials; each one is masked in the log of the build from then on.
 */
export async function openCredentialsEndpoint(
  read: () => Promise<RoleCredentials>,
  mask: Pick<GrowingMask, 'add'>,
): Promise<CredentialsEndpoint> {
  const token = randomBytes(32).toString('base64url');
  mask.add([token]);
  const server = createServer({ requestTimeout: 10_000 }, (request, response) => {
    void respond(request, response, { token, read, mask });
  });
  server.maxConnections = maxConnections;
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    variables: {
      AWS_CONTAINER_CREDENTIALS_FULL_URI: `http://127.0.0.1:${port}${path}`,
      AWS_CONTAINER_AUTHORIZATION_TOKEN: token,
    },
    async close() {
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}

interface Answered {
  token: string;
  read(): Promise<RoleCredentials>;
  mask: Pick<GrowingMask, 'add'>;
}

async function respond(
  { method, url, headers }: IncomingMessage,
  response: ServerResponse,
  { token, read, mask }: Answered,
): Promise<void> {
  const answer = (status: number, document: object) => {
    response.writeHead(status, { 'content-type': 'application/json', 'cache-control': 'no-store' });
    response.end(JSON.stringify(document));
  };
  if (method !== 'GET' || url !== path) {
    return answer(404, { code: 'NotFound', message: `Only GET ${path} is served.` });
  }
  if (!isSame(headers.authorization ?? '', token)) {
    const message = 'Send the value of AWS_CONTAINER_AUTHORIZATION_TOKEN as the header Authorization.';
    return answer(403, { code: 'AccessDenied', message });
  }
  try {
    const { accessKeyId, secretAccessKey, sessionToken, expiresAt } = await read();
    mask.add([secretAccessKey, sessionToken]);
    answer(200, {
      AccessKeyId: accessKeyId,
      SecretAccessKey: secretAccessKey,
      Token: sessionToken,
      Expiration: new Date(expiresAt).toISOString().replace(/\.\d+Z$/, 'Z'),
    });
  } catch {
    // The reason is in the log of the runner; clients try again.
    answer(503, { code: 'Unavailable', message: 'The credentials of the role cannot be had now.' });
  }
}

/** Compares in constant time. */
function isSame(left: string, right: string): boolean {
  const digest = (text: string) => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(left), digest(right));
}
