// @ts-check
import { createServer } from 'node:http';
import { isSigned } from './signature-check.mjs';

/**
 * Serves a signed JSON API on bare node:http and prints `ready at <url>`: one buffer in, one write out, no routing.
 *
 * @param {(operation: string, body: Buffer) => string | Promise<string>} perform returns the JSON of the response
 */
export function serveSigned(perform) {
  const server = createServer((request, response) => {
    /** @type {Buffer[]} */
    const chunks = [];
    request.on('data', (chunk) => chunks.push(chunk));
    request.on('end', async () => {
      const body = Buffer.concat(chunks);
      /** @param {number} status @param {string} answer */
      const respond = (status, answer) => {
        response.writeHead(status, {
          'Content-Type': 'application/x-amz-json-1.1',
          'Content-Length': Buffer.byteLength(answer),
        });
        response.end(answer);
      };
      if (!isSigned(request, body)) return respond(403, '{}');
      try {
        respond(200, await perform(String(request.headers['x-amz-target']).split('.')[1] ?? '', body));
      } catch (error) {
        respond(500, JSON.stringify({ message: String(error) }));
      }
    });
  });
  // As long as the product's, so that connections survive while the other sides are measured.
  server.keepAliveTimeout = 65_000;
  server.listen(0, '127.0.0.1', () => {
    const address = server.address();
    if (address && typeof address === 'object') console.log(`ready at http://127.0.0.1:${address.port}`);
  });
}
