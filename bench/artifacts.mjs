// @ts-check
// The cost of an artifact's upload and download through the object endpoint, with a job's own credentials: 1 GiB each
// way, as a ratio to a bare node:http server that streams to disk and computes the same SHA-256 and MD5
// (support/plain-endpoint.mjs). The product also verifies the signature, encrypts and writes rows. And how long polls take
// meanwhile.
import { createHash } from 'node:crypto';
import { request } from 'node:http';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { benchmark } from './support/benchmark.mjs';
import { ratioRow } from './support/comparison.mjs';
import { startMillrace } from './support/millrace.mjs';
import { pollsDuring } from './support/poller.mjs';
import { ServerProcess } from './support/server-process.mjs';
import { rootKey } from './support/signer.mjs';
import { median, quantile } from './support/statistics.mjs';
import { actionTypeId, openWorker } from './support/worker.mjs';

/** @import { Scratch } from './support/scratch.mjs' */

const mebibyte = 1024 * 1024;
const mebibytes = Number(process.env.BENCH_ARTIFACT_MIB ?? 1024);
const idleMs = 5000;
const rounds = Number(process.env.BENCH_ROUNDS ?? 5);
const question = `${mebibytes} MiB up and down with a job's credentials, against a bare node:http server with the same hashes`;

const chunk = Buffer.alloc(mebibyte, 'the bytes of an artifact ');
const chunks = Array.from({ length: mebibytes }, () => chunk);
const sha256 = chunks.reduce((hash, bytes) => hash.update(bytes), createHash('sha256')).digest('hex');
const emptySha256 = createHash('sha256').digest('hex');

/** @typedef {{ elapsedMs: number, cpuMs: number }} Sample */
/** @typedef {{ server: ServerProcess, up: () => Promise<void>, down: () => Promise<void>, rss: number[] }} Side */

await benchmark('artifacts', question, async (scratch) => {
  const [plain, product] = [await openPlain(scratch), await openProduct(scratch)];
  const samples = await measure(plain, product);
  return [
    ...transferRows('up', samples.product.up, samples.plain.up),
    ...transferRows('down', samples.product.down, samples.plain.down),
    memoryRow('memory, bare node:http', plain.rss),
    memoryRow('memory, the product', product.rss),
    await pollRow('a poll of the product, idle', product, () => sleep(idleMs)),
    await pollRow('a poll of the product, while up', product, product.up),
    await pollRow('a poll of the product, while down', product, product.down),
  ];
});

/** @type {(scratch: Scratch) => Promise<Side>} */
async function openPlain(scratch) {
  const program = fileURLToPath(new URL('support/plain-endpoint.mjs', import.meta.url));
  const server = await ServerProcess.start(scratch, [program, scratch.folder('plain')]);
  return {
    server,
    up: () => send(server.url, '/', {}),
    down: () => fetchAll(server.url, '/', {}),
    rss: [],
  };
}

/** Uploads the output and downloads the input: a job may access nothing else. @type {(scratch: Scratch) => Promise<Side>} */
async function openProduct(scratch) {
  const server = await startMillrace(scratch, scratch.folder('product'), { profile: 'transferring' });
  const { url } = server;
  const worker = await openWorker(url, rootKey, chunks);
  const [input, output] = [worker.pathOf('inputArtifacts'), worker.pathOf('outputArtifacts')];
  return {
    server,
    up: async () => send(url, output, await worker.sign('PUT', output, sha256)),
    down: async () => fetchAll(url, input, await worker.sign('GET', input, emptySha256)),
    rss: [],
  };
}

/**
 * @param {string} url
 * @param {string} path
 * @param {Record<string, string>} headers
 */
async function send(url, path, headers) {
  const sent = request(url + path, { method: 'PUT', headers: { ...headers, 'Content-Length': mebibytes * mebibyte } });
  const answered = responseTo(sent);
  await pipeline(Readable.from(chunks, { objectMode: false }), sent);
  const response = await answered;
  response.resume();
  await new Promise((resolve) => response.once('end', resolve));
}

/**
 * @param {string} url
 * @param {string} path
 * @param {Record<string, string>} headers
 */
async function fetchAll(url, path, headers) {
  const sent = request(url + path, { headers });
  sent.end();
  let received = 0;
  for await (const bytes of await responseTo(sent)) received += bytes.length;
  if (received !== mebibytes * mebibyte) throw new Error(`downloaded ${received} bytes`);
}

/** @type {(sent: import('node:http').ClientRequest) => Promise<import('node:http').IncomingMessage>} */
function responseTo(sent) {
  return new Promise((resolve, reject) => {
    sent.once('error', reject);
    sent.once('response', (response) => {
      if (response.statusCode === 200) resolve(response);
      else reject(new Error(`status ${response.statusCode}`));
    });
  });
}

/**
 * Measures both sides alternately, reversing the order each round; the first round warms up and is not counted.
 *
 * @param {Side} plain
 * @param {Side} product
 */
async function measure(plain, product) {
  /** @type {Record<'plain' | 'product', Record<'up' | 'down', Sample[]>>} */
  const samples = { plain: { up: [], down: [] }, product: { up: [], down: [] } };
  /** @type {['plain' | 'product', Side][]} */
  const sides = [
    ['plain', plain],
    ['product', product],
  ];
  for (let round = 0; round <= rounds; round += 1) {
    for (const direction of /** @type {const} */ (['up', 'down'])) {
      for (const [name, side] of round % 2 === 0 ? sides : sides.toReversed()) {
        const sample = await sampleOf(side, side[direction]);
        if (round > 0) samples[name][direction].push(sample);
      }
    }
  }
  return samples;
}

/**
 * @param {Side} side
 * @param {() => Promise<void>} work
 * @returns {Promise<Sample>}
 */
async function sampleOf({ server, rss }, work) {
  const watch = setInterval(() => rss.push(server.residentMib()), 100);
  const cpuBefore = server.cpuMs();
  const startedAt = performance.now();
  await work();
  const elapsedMs = performance.now() - startedAt;
  clearInterval(watch);
  return { elapsedMs, cpuMs: server.cpuMs() - cpuBefore };
}

/**
 * Compares throughput and computing, in both of which more is better.
 *
 * @param {'up' | 'down'} direction
 * @param {Sample[]} own
 * @param {Sample[]} peer
 */
function transferRows(direction, own, peer) {
  const rates = (/** @type {Sample[]} */ samples) => samples.map(({ elapsedMs }) => (mebibytes * 1000) / elapsedMs);
  const perCpu = (/** @type {Sample[]} */ samples) => samples.map(({ cpuMs }) => (mebibytes * 1000) / cpuMs);
  return [
    ratioRow(`${direction}, MiB/s`, rates(own), rates(peer), { atLeast: 0.85 }),
    ratioRow(`${direction}, MiB for a second of the server's CPU time`, perCpu(own), perCpu(peer)),
  ];
}

/**
 * Compares the memory of the first and the last quarter of the run: if it is flat, they are equal.
 *
 * @param {string} what
 * @param {number[]} rss in MiB
 */
function memoryRow(what, rss) {
  const quarter = Math.ceil(rss.length / 4);
  return {
    what,
    'first quarter MiB': Math.round(median(rss.slice(0, quarter))),
    'last quarter MiB': Math.round(median(rss.slice(-quarter))),
    'most MiB': Math.round(Math.max(...rss)),
  };
}

/**
 * @param {string} what
 * @param {Side} side
 * @param {() => Promise<void>} work what the server does meanwhile
 */
async function pollRow(what, { server }, work) {
  const polls = await pollsDuring(server.url, actionTypeId, work);
  /** @type {(share: number) => number} */
  const ms = (share) => Number(quantile(polls, share).toFixed(1));
  return { what, polls: polls.length, 'p50 ms': ms(0.5), 'p99 ms': ms(0.99) };
}
