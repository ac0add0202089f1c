import { type IncomingHttpHeaders, type IncomingMessage, request as requestPlain } from 'node:http';
import { request as requestSecure } from 'node:https';
import { DeliveryFailure } from '../destination.ts';

/** How long a receiver may take for its whole response. */
const timeoutMs = 15_000;

/** No receiver needs more to say what was wrong; the rest is not read. */
const maxResponseBytes = 64 * 1024;

/** Characters of a response that a failure repeats. */
const maxQuoted = 200;

interface Response {
  status: number;
  headers: IncomingHttpHeaders;
  /** Its body, cut at 64 KiB. */
  text: string;
}

interface PostOptions {
  headers: Record<string, string>;
  body: string;
  /** PEM of the certificates to trust instead of those of Node.js. */
  certificate?: string;
}

/**
 * Posts a body and returns the response, whatever its status. Redirects are not followed. Rejects with DeliveryFailure if
 * there is no response in time. Failures name the origin of the URL only, because the rest may be secret.
 */
export async function post(url: string, { headers, body, certificate }: PostOptions, signal: AbortSignal) {
  const { origin, protocol } = new URL(url);
  const timeout = AbortSignal.timeout(timeoutMs);
  const options = {
    method: 'POST',
    headers: { 'content-length': String(Buffer.byteLength(body)), ...headers },
    signal: AbortSignal.any([signal, timeout]),
    ...(certificate !== undefined && { ca: certificate }),
  };
  try {
    const response = await new Promise<IncomingMessage>((resolve, reject) => {
      const send = protocol === 'https:' ? requestSecure : requestPlain;
      send(url, options).on('response', resolve).on('error', reject).end(body);
    });
    const { statusCode: status = 0, headers: responseHeaders } = response;
    return { status, headers: responseHeaders, text: await readText(response) } satisfies Response;
  } catch (error) {
    signal.throwIfAborted();
    if (timeout.aborted) throw new DeliveryFailure(`${origin} did not respond within ${timeoutMs / 1000} s.`);
    const reason = error instanceof Error && error.message !== '' ? error.message : codeOf(error);
    throw new DeliveryFailure(`${origin} cannot be reached: ${reason}.`, { cause: error });
  }
}

/** Rejects with DeliveryFailure unless the status is 200 to 299. */
export function requireSuccess(url: string, { status, headers, text }: Response, at: number): void {
  if (status >= 200 && status < 300) return;
  const { origin } = new URL(url);
  if (status >= 300 && status < 400) {
    const { location = '' } = headers;
    const to = URL.canParse(location, url) ? ` to ${new URL(location, url).origin}` : '';
    throw new DeliveryFailure(
      `${origin} responded with ${status}, a redirect${to}. Redirects are not followed: give the final URL.`,
    );
  }
  const quoted = text
    .replace(/[\p{Cc}\p{Cf}\s]+/gu, ' ')
    .trim()
    .slice(0, maxQuoted);
  throw new DeliveryFailure(`${origin} responded with ${status}${quoted === '' ? '.' : `: ${quoted}`}`, {
    // The receiver says that it will never come back.
    isFinal: status === 410,
    retryAfterMs: readRetryAfter(headers['retry-after'], at),
  });
}

/** Reads a body until its limit; what breaks off after the head was received is cut there. */
async function readText(response: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  try {
    for await (const chunk of response as AsyncIterable<Buffer>) {
      chunks.push(chunk);
      bytes += chunk.length;
      if (bytes >= maxResponseBytes) break;
    }
  } catch {
    // The status has decided already.
  }
  return Buffer.concat(chunks).subarray(0, maxResponseBytes).toString('utf8');
}

function readRetryAfter(text: string | undefined, at: number): number | undefined {
  if (text === undefined) return undefined;
  const ms = /^\d{1,9}$/.test(text) ? Number(text) * 1000 : Date.parse(text) - at;
  return Number.isFinite(ms) && ms > 0 ? ms : undefined;
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : String(error);
}
