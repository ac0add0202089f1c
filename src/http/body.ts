import type { Exchange } from './exchange.ts';

/** Longest body of a JSON or STS request. A declaration of the largest legal size comes to about 1 MB. */
export const maxBodyBytes = 4 * 1024 * 1024;

/**
 * The whole body; undefined when it is longer than `maxBodyBytes`, which is noticed before it is read to the end. Plain
 * events: an async iterator costs as much as the verification of the signature. Rejects when the body breaks off.
 */
export function readBody(exchange: Exchange): Promise<Buffer | undefined> {
  const { request } = exchange;
  if (Number(request.headers['content-length'] ?? 0) > maxBodyBytes) return Promise.resolve(undefined);
  exchange.continueOnce();
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let length = 0;
    const take = (chunk: Buffer): void => {
      length += chunk.length;
      chunks.push(chunk);
      if (length <= maxBodyBytes) return;
      request.off('data', take);
      resolve(undefined);
    };
    request.on('data', take);
    request.once('end', () => resolve(chunks.length === 1 && chunks[0] ? chunks[0] : Buffer.concat(chunks)));
    request.once('error', reject);
    request.once('close', () => reject(new Error('the request ended before its body')));
  });
}

/**
 * Ends the connection after the answer, for a client that is still sending a body nobody will read. A little of it is
 * taken in first: closing at once would reset the connection and lose the answer on its way.
 */
export function closeAfterAnswer({ request, response }: Exchange): void {
  response.setHeader('Connection', 'close');
  const drainLimitBytes = 16 * 1024 * 1024;
  let drained = 0;
  request.on('data', (chunk: Buffer) => {
    drained += chunk.length;
    if (drained > drainLimitBytes) request.destroy();
  });
  request.on('error', () => undefined);
}
