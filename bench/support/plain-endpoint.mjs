// @ts-check
// A minimal object server: PUT streams the body to a file, computes SHA-256 and MD5 and makes it durable; GET streams
// the file back. No signatures, rows or encryption. `node plain-endpoint.mjs <folder>`.
import { createHash } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';

const file = join(process.argv[2] ?? '.', 'artifact');

/** @param {import('node:http').IncomingMessage} request */
async function store(request) {
  const [sha256, md5] = [createHash('sha256'), createHash('md5')];
  const hashed = async function* () {
    for await (const chunk of request) {
      sha256.update(chunk);
      md5.update(chunk);
      yield chunk;
    }
  };
  await pipeline(hashed, createWriteStream(file, { flush: true }));
  return { sha256: sha256.digest('hex'), md5: md5.digest('hex') };
}

const server = createServer(async (request, response) => {
  if (request.method === 'PUT') {
    response.end(JSON.stringify(await store(request)));
    return;
  }
  const { size } = await stat(file);
  response.writeHead(200, { 'Content-Length': size });
  await pipeline(createReadStream(file), response);
});
server.listen(0, '127.0.0.1', () => {
  const address = server.address();
  if (address && typeof address === 'object') console.log(`ready at http://127.0.0.1:${address.port}`);
});
