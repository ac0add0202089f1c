import type { Exchange } from './exchange.ts';

/** Longest body of a JSON or STS request. A declaration of the largest legal size comes to about 1 MB. */
export const maxBodyBytes = 4 * 1024 * 1024;

/** The whole body; undefined when it is longer than `maxBodyBytes`, which is noticed before it is read to the end. */
export async function readBody(exchange: Exchange): Promise<Buffer | undefined> {
  const { request } = exchange;
  if (Number(request.headers['content-length'] ?? 0) > maxBodyBytes) return undefined;
  exchange.continueOnce();
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    length += chunk.length;
    if (length > maxBodyBytes) return undefined;
    chunks.push(chunk);
  }
  return chunks.length === 1 && chunks[0] ? chunks[0] : Buffer.concat(chunks);
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
