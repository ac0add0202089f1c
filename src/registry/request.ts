import { JobFailure } from '../worker/job-failure.ts';

/** How long a registry may take to answer, its body included. */
const timeoutMs = 30_000;

const maxRedirects = 5;

/** An answer of a registry with its whole body. */
export interface RegistryAnswer {
  status: number;
  headers: Headers;
  body: Buffer;
  /** Whether it came from the server that was asked, not from one that a redirect named. */
  isOwn: boolean;
}

/** A request to a registry. */
export interface RegistryRequest {
  url: URL;
  method?: 'GET' | 'HEAD';
  accept?: string;
  /** Sent to the origin of `url` only. */
  authorization?: string;
  /** A larger body is an error. */
  maxBytes: number;
  signal: AbortSignal;
  timeoutMs?: number;
}

/**
 * Sends a request and follows redirects, without credentials to other origins, and to these only with https. Throws
 * `JobFailure` with what went wrong.
 */
export async function sendToRegistry(request: RegistryRequest): Promise<RegistryAnswer> {
  const { url, signal } = request;
  const timeout = AbortSignal.timeout(request.timeoutMs ?? timeoutMs);
  try {
    return await follow(request, AbortSignal.any([signal, timeout]));
  } catch (error) {
    if (error instanceof JobFailure || signal.aborted) throw error;
    const what = timeout.aborted
      ? `did not answer within ${(request.timeoutMs ?? timeoutMs) / 1000} s`
      : `cannot be reached: ${reasonOf(error)}`;
    throw new JobFailure('SystemUnavailable', `The server ${url.host} ${what}.`, error);
  }
}

async function follow(request: RegistryRequest, signal: AbortSignal): Promise<RegistryAnswer> {
  const { url, method = 'GET', accept = '*/*', authorization, maxBytes } = request;
  let target = url;
  for (let redirects = 0; redirects <= maxRedirects; redirects += 1) {
    const isOwn = target.origin === url.origin;
    const headers = {
      accept,
      'accept-encoding': 'identity',
      ...(isOwn && authorization !== undefined && { authorization }),
    };
    const response = await fetch(target, { method, headers, redirect: 'manual', signal });
    const location = response.headers.get('location');
    if (response.status < 300 || response.status >= 400 || location === null) {
      return {
        status: response.status,
        headers: response.headers,
        body: await readBody(response, url, maxBytes),
        isOwn,
      };
    }
    await response.body?.cancel();
    target = redirectTarget(location, target, url);
  }
  throw new JobFailure('ConfigurationError', `The server ${url.host} redirects more than ${maxRedirects} times.`);
}

function redirectTarget(location: string, from: URL, url: URL): URL {
  const target = URL.canParse(location, from.href) ? new URL(location, from) : undefined;
  if (target?.protocol === 'https:' || target?.origin === url.origin) return target as URL;
  throw new JobFailure(
    'ConfigurationError',
    `The server ${url.host} redirects to ${target?.origin ?? 'what is not a URL'}, which is neither itself nor https.`,
  );
}

async function readBody(response: Response, { host }: URL, maxBytes: number): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of response.body ?? []) {
    bytes += chunk.length;
    // Leaving the loop ends the connection.
    if (bytes > maxBytes) {
      const message = `The server ${host} sent more than ${maxBytes / 1024} KiB where a short document was expected.`;
      throw new JobFailure('ConfigurationError', message);
    }
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

/** Returns the reason of a failed fetch: the code of its cause, such as ECONNREFUSED. */
function reasonOf(error: unknown): string {
  const cause = error instanceof Error ? error.cause : undefined;
  if (cause instanceof Error) return 'code' in cause ? String(cause.code) : cause.message;
  return error instanceof Error ? error.message : String(error);
}
