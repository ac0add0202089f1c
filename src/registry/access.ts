import { JobFailure } from '../worker/job-failure.ts';
import { type Challenge, readChallenges } from './challenge.ts';
import { type RegistryRequest, sendToRegistry } from './request.ts';

/** Where a registry is and how the server proves who it is. */
export interface RegistryAddress {
  /** The name of its resource, for messages. */
  name: string;
  /** The address of its API, without a path. */
  url: URL;
  credential?: { username: string; password: string };
  /** The only token service that gets the credentials, if it is declared. */
  tokenService?: string;
}

/** The answer of a token service has a few KiB. */
const maxTokenBytes = 64 * 1024;

/** A token has no line breaks and no spaces. */
const tokenPattern = /^[\x21-\x7e]{1,16384}$/;

/** Returns what to send as `Authorization` after a 401 with a challenge. Throws `JobFailure`. */
export async function authorize(
  registry: RegistryAddress,
  { header, scope, signal }: { header: string | null; scope: string; signal: AbortSignal },
): Promise<string> {
  const challenges = readChallenges(header);
  const bearer = challenges.find(({ scheme }) => scheme === 'bearer');
  if (bearer) return `Bearer ${await fetchToken(registry, { challenge: bearer, scope, signal })}`;
  const { credential, name, url } = registry;
  if (!challenges.some(({ scheme }) => scheme === 'basic')) {
    const message = `The registry ${url.host} asks for credentials in a way that is neither Basic nor Bearer.`;
    throw new JobFailure('ConfigurationError', message);
  }
  if (credential) return basicOf(credential);
  throw new JobFailure(
    'PermissionError',
    `The registry ${url.host} asks for a user name and a password. Store them with the Registry '${name}'.`,
  );
}

async function fetchToken(
  registry: RegistryAddress,
  { challenge, scope, signal }: { challenge: Challenge; scope: string; signal: AbortSignal },
): Promise<string> {
  const { credential, name } = registry;
  const url = tokenUrl(registry, challenge, scope);
  const request: RegistryRequest = { url, maxBytes: maxTokenBytes, signal };
  const answer = await sendToRegistry(credential ? { ...request, authorization: basicOf(credential) } : request);
  if (answer.status === 401 || answer.status === 403) {
    const why = credential
      ? 'denies access: check user name and password of'
      : 'denies anonymous access: store them with';
    throw new JobFailure('PermissionError', `The token service ${url.host} ${why} the Registry '${name}'.`);
  }
  const token = answer.status === 200 ? tokenOf(answer.body) : undefined;
  if (token !== undefined) return token;
  const type = answer.status >= 500 || answer.status === 429 ? 'SystemUnavailable' : 'ConfigurationError';
  throw new JobFailure(type, `The token service ${url.host} answered ${answer.status} without a token.`);
}

/** Returns the URL of the token service that a challenge names, if it may get the credentials. */
function tokenUrl({ url, name, tokenService }: RegistryAddress, { parameters }: Challenge, scope: string): URL {
  const { realm = '', service, scope: asked = '' } = parameters;
  const target = URL.canParse(realm) ? new URL(realm) : undefined;
  const isOwnHost = target?.hostname === url.hostname && target.protocol === url.protocol;
  const isTrusted =
    tokenService === undefined
      ? target?.protocol === 'https:' || isOwnHost
      : target?.origin === new URL(tokenService).origin;
  if (!target || !isTrusted || !/^https?:$/.test(target.protocol)) {
    throw new JobFailure(
      'ConfigurationError',
      `The registry ${url.host} names ${target?.origin ?? 'what is not a URL'} as its token service, ${
        tokenService === undefined
          ? 'which is neither https nor its own host. If it is right, give it as the tokenService of'
          : `not the one declared: correct the tokenService of`
      } the Registry '${name}'.`,
    );
  }
  if (service !== undefined) target.searchParams.set('service', service);
  // A proxy may know the repository by another name; no more than reading is asked for.
  target.searchParams.set('scope', /^repository:[^\s:]+:pull$/.test(asked) ? asked : scope);
  return target;
}

function tokenOf(body: Buffer): string | undefined {
  try {
    const { token, access_token: accessToken } = JSON.parse(body.toString('utf8')) as Record<string, unknown>;
    const found = token ?? accessToken;
    return typeof found === 'string' && tokenPattern.test(found) ? found : undefined;
  } catch {
    return undefined;
  }
}

function basicOf({ username, password }: { username: string; password: string }): string {
  return `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;
}
