// @ts-check
// A Git server that only says which commit the branch of each repository has: the least that a check costs it.
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';

/** @import { Scratch } from './scratch.mjs' */

/** @type {(text: string) => string} */
const packetOf = (text) => (text.length + 4).toString(16).padStart(4, '0') + text;

/**
 * Serves `/repository-<number>.git` with one branch, `main`.
 *
 * @param {Scratch} scratch closes it
 * @param {number} repositories
 */
export async function serveRefs(scratch, repositories) {
  let pushes = 0;
  let requests = 0;
  const server = createServer(({ url = '' }, response) => {
    const [, number] = /^\/repository-(\d+)\.git\/info\/refs\?service=git-upload-pack$/.exec(url) ?? [];
    if (number === undefined || Number(number) >= repositories) {
      response.writeHead(404).end();
      return;
    }
    requests += 1;
    const commit = createHash('sha1').update(`${number} ${pushes}`).digest('hex');
    const announced = packetOf('# service=git-upload-pack\n');
    response.writeHead(200, { 'content-type': 'application/x-git-upload-pack-advertisement' });
    response.end(`${announced}0000${packetOf(`${commit} refs/heads/main\0agent=bench\n`)}0000`);
  });
  scratch.own(
    () => server.listen(0, '127.0.0.1'),
    () => {
      server.closeAllConnections();
      server.close();
    },
  );
  await once(server, 'listening');
  const address = /** @type {import('node:net').AddressInfo} */ (server.address());
  return {
    url: `http://127.0.0.1:${address.port}`,
    /** How often a repository was read so far. */
    requests: () => requests,
    /** Gives every branch another commit. */
    pushToAll() {
      pushes += 1;
    },
  };
}
