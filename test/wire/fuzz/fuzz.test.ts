/**
 * Malformed requests of every kind, repeatable: a case depends only on the seed and its number. `FUZZ_SEED` and
 * `FUZZ_CASES` set seed and count, `FUZZ_FIRST` with `FUZZ_CASES=1` repeats one case (on a server that no other case has
 * changed), and `FUZZ_TELL=1` prints how often each answer occurred.
 */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { S3Client } from '@aws-sdk/client-s3';
import { expect, test } from 'vitest';
import { createChance } from '../../support/engine/random.ts';
import type { FuzzRequest } from '../../support/requests/request-signer.ts';
import { callRaw, type RawAnswer, sendRaw } from '../../support/requests/signed-request.ts';
import { clientConfig } from '../../support/servers/server.ts';
import { concurrently } from '../concurrently.ts';
import { createErrorHarness } from '../errors/error-harness.ts';
import { shareServer } from '../shared-server.ts';
import { answerProblem } from './answer-problems.ts';
import { brokenSignature, mutatedCall, oddEnvelope, randomCall } from './calls.ts';
import { type LiveInput, liveInputs } from './inputs.ts';
import { beginUploads, objectRequest, type Upload } from './objects.ts';
import { garbage, otherRequest, sendBytes } from './others.ts';

// The suite always runs the same cases; a long run uses new ones unless there is a seed.
const seed = Number(process.env.FUZZ_SEED ?? (process.env.FUZZ_CASES ? Date.now() % 1_000_000 : 2026));
const cases = Number(process.env.FUZZ_CASES ?? 3000);
const first = Number(process.env.FUZZ_FIRST ?? 0);
const answerWithinMs = 10_000;
const reportedFailures = 20;
const heapGrowthLimitBytes = 64 * 1024 * 1024;

const server = shareServer();

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

function usedHeapBytes(): number {
  collectGarbage();
  return process.memoryUsage().heapUsed;
}

function withinTime<Value>(answer: Promise<Value>): Promise<Value> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error('no answer')), answerWithinMs);
  });
  return Promise.race([answer, late]).finally(() => clearTimeout(timer));
}

/** What the requests refer to. */
interface Targets {
  live: readonly LiveInput[];
  uploads: readonly Upload[];
}

function makeRequest(index: number, { live, uploads }: Targets): FuzzRequest | Buffer {
  const chance = createChance(seed * 1_000_003 + index);
  const { host } = new URL(server.url);
  const kind = chance.below(100);
  if (kind < 45) return mutatedCall(chance, live, host);
  if (kind < 50) return randomCall(chance, host);
  if (kind < 58) return oddEnvelope(chance, live, host);
  if (kind < 66) return brokenSignature(chance, live, host);
  if (kind < 94) return objectRequest(chance, uploads, host);
  if (kind < 98) return otherRequest(chance, host);
  return garbage(chance);
}

async function send({ method, path, query, headers, body }: FuzzRequest): Promise<RawAnswer> {
  const hasBody = body.length > 0 || method === 'POST' || method === 'PUT';
  const length: Record<string, string> = hasBody ? { 'content-length': String(body.length) } : {};
  const target = query === '' ? path : `${path}?${query}`;
  return withinTime(sendRaw(server.url, { method, path: target, headers: { ...headers, ...length }, body }));
}

/** Sends one case. Returns what was wrong, and all that is needed to repeat it. */
async function tryCase(index: number, targets: Targets, seen: Map<string, number>): Promise<string | undefined> {
  const request = makeRequest(index, targets);
  const count = (what: string) => seen.set(what, (seen.get(what) ?? 0) + 1);
  if (Buffer.isBuffer(request)) {
    const answer = await withinTime(sendBytes(server.url, request)).catch(String);
    count(`bytes ${answer.slice(9, 12)}`);
    if (answer === '' || /^HTTP\/1\.1 [1-4]/.test(answer)) return undefined;
    return `case ${index}: ${answer.slice(0, 200)}\n${JSON.stringify(request.toString('latin1').slice(0, 1000))}`;
  }
  const answer = await send(request).catch((error: Error) => error);
  const wrong = answer instanceof Error ? answer.message : answerProblem(request, answer);
  if (!(answer instanceof Error)) {
    const code = /"__type":"(\w+)"|<Code>(\w+)/.exec(answer.body);
    count(`${answer.headers['content-type'] ?? 'no type'} ${answer.status} ${code?.[1] ?? code?.[2] ?? ''}`);
  }
  if (wrong === undefined) return undefined;
  const { body, ...head } = request;
  const received = answer instanceof Error ? '' : `${answer.status} ${answer.body.slice(0, 500)}`;
  return `case ${index}: ${wrong}\n${JSON.stringify(head)}\n${body.toString('latin1').slice(0, 2000)}\n${received}`;
}

test(
  `${cases} malformed requests, seed ${seed}: no 5xx, no crash, only errors that clients can parse`,
  async () => {
    const live = await liveInputs(await createErrorHarness(server.url));
    const targets = { live, uploads: await beginUploads(new S3Client(clientConfig(server.url))) };
    const failures: string[] = [];
    const seen = new Map<string, number>();
    const numbers = Array.from({ length: cases }, (_, index) => first + index);
    const run = (part: number[]) =>
      concurrently(part, async (index) => {
        const failure = failures.length < reportedFailures ? await tryCase(index, targets, seen) : undefined;
        if (failure !== undefined) failures.push(failure);
      });
    // The first tenth fills caches, compiled checks and connections.
    const warm = Math.ceil(cases / 10);
    await run(numbers.slice(0, warm));
    const heapBefore = usedHeapBytes();
    await run(numbers.slice(warm));
    if (process.env.FUZZ_TELL)
      console.log(seen, { heapBefore, heapAfter: usedHeapBytes(), rss: process.memoryUsage().rss });
    expect(failures.join('\n\n'), `seed ${seed}`).toBe('');
    expect(usedHeapBytes() - heapBefore, `heap after seed ${seed}`).toBeLessThan(heapGrowthLimitBytes);
    expect((await callRaw(server.url, 'ListPipelines', '{}')).status).toBe(200);
  },
  30_000 + cases * 20,
);
