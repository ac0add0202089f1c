// @ts-check
// The cost of a node that polls the sources of 1,000 pipelines: its share of a core with the git programs that it runs, its
// memory, and whether it finds every change once. One node polls branches of Git repositories, ten pipelines to each, one
// polls objects of its own store, and one does nothing; all three are measured at the same time.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { benchmark } from './support/benchmark.mjs';
import { Caller } from './support/caller.mjs';
import { valueRow } from './support/comparison.mjs';
import { serveRefs } from './support/git-refs.mjs';
import { startMillrace } from './support/millrace.mjs';
import { gitPipeline, objectPipeline, putObjects, repositoriesOf } from './support/polled-pipelines.mjs';
import { median } from './support/statistics.mjs';

/** @import { ServerProcess } from './support/server-process.mjs' */

const pipelines = Number(process.env.BENCH_POLLED_PIPELINES ?? 1000);
const repositories = Number(process.env.BENCH_POLLED_REPOSITORIES ?? Math.ceil(pipelines / 10));
/** A source is checked within a minute, so this is how long a round of checks takes. */
const seconds = Number(process.env.BENCH_POLL_MINUTES ?? 1) * 60;
const question = `${pipelines} polled pipelines on one node for ${seconds} s, against an idle one`;
/** Pipelines that are created at a time. */
const callers = 8;
/** Until the last change is found: a round of checks and some patience. */
const findMs = 75_000;

await benchmark('polled-sources', question, async (scratch) => {
  const refs = await serveRefs(scratch, repositories);
  const resources = join(scratch.folder('resources'), 'millrace.yaml');
  writeFileSync(resources, repositoriesOf(refs.url, repositories));
  const options = ['--quota-polling-pipelines', String(pipelines)];
  const idle = await startMillrace(scratch, scratch.folder('idle'));
  const git = await startMillrace(scratch, scratch.folder('git'), { options: [...options, '--resources', resources] });
  const objects = await startMillrace(scratch, scratch.folder('objects'), { options, profile: 'polling' });
  await putObjects(objects.url, pipelines);
  await create(git.url, (number) => gitPipeline(number, number % repositories));
  await create(objects.url, objectPipeline);
  const sides = [git, objects, idle];
  // The first checks find what is there; the measured ones find nothing, as most do.
  await Promise.all([git, objects].map(({ url }) => untilFound(url, 2 * pipelines)));
  const checksBefore = refs.requests();
  const samples = await measure(sides);
  const checks = refs.requests() - checksBefore;
  const pushedAt = Date.now();
  refs.pushToAll();
  await untilFound(git.url, 3 * pipelines);
  const delays = (await startsOf(git.url)).map((startedAt) => startedAt - pushedAt);
  const [ofGit, ofObjects, ofIdle] = /** @type {[Sample, Sample, Sample]} */ (samples);
  return [
    valueRow('git: checks per second', checks / seconds, { atLeast: (0.9 * repositories) / 60 }),
    valueRow('git: % of a core, its git programs included', ofGit.share, { theirs: ofIdle.share, atMost: 10 }),
    valueRow('git: ms of computing per check', (ofGit.share - ofIdle.share) / 100 / (checks / seconds / 1000)),
    valueRow('git: MiB resident at most', ofGit.mib, { theirs: ofIdle.mib }),
    valueRow('git: s from a push to the start, median', median(delays) / 1000, { atMost: 60 }),
    valueRow('git: changes found, of all', delays.length / pipelines, { atLeast: 1 }),
    valueRow('objects: % of a core', ofObjects.share, { theirs: ofIdle.share, atMost: 5 }),
    valueRow('objects: MiB resident at most', ofObjects.mib, { theirs: ofIdle.mib }),
  ];
});

/** @type {(url: string, pipelineOf: (number: number) => object) => Promise<unknown>} */
function create(url, pipelineOf) {
  let next = 0;
  const createSome = async (/** @type {Caller} */ caller) => {
    while (next < pipelines) {
      next += 1;
      await caller.call('CreatePipeline', { pipeline: pipelineOf(next - 1) });
    }
  };
  return Promise.all(Array.from({ length: callers }, () => Caller.use(url, createSome)));
}

/**
 * Waits until there are as many executions as there must be; more are an error.
 *
 * @param {string} url
 * @param {number} expected
 */
async function untilFound(url, expected) {
  const endsAt = performance.now() + findMs;
  let found = 0;
  while (performance.now() < endsAt) {
    found = (await executionsOf(url)).length;
    if (found >= expected) break;
    await sleep(2000);
  }
  if (found !== expected) throw new Error(`expected ${expected} executions, found ${found}`);
}

/** @type {(url: string) => Promise<{ startTime: number }[][]>} */
async function historiesOf(url) {
  return Caller.use(url, async (caller) => {
    const histories = [];
    for (let number = 0; number < pipelines; number += 1) {
      const input = { pipelineName: `Polled-${number}` };
      histories.push((await caller.call('ListPipelineExecutions', input)).pipelineExecutionSummaries);
    }
    return histories;
  });
}

/** @type {(url: string) => Promise<{ startTime: number }[]>} */
async function executionsOf(url) {
  return (await historiesOf(url)).flat();
}

/** Returns when the newest execution of each pipeline began, in ms. @type {(url: string) => Promise<number[]>} */
async function startsOf(url) {
  return (await historiesOf(url)).flatMap(([newest]) => (newest ? [newest.startTime * 1000] : []));
}

/** @typedef {{ share: number, mib: number }} Sample */

/**
 * Measures all servers at the same time: the share of a core in percent, and the most memory.
 *
 * @param {ServerProcess[]} servers
 * @returns {Promise<Sample[]>}
 */
async function measure(servers) {
  const startedAt = performance.now();
  const before = servers.map((server) => server.cpuMs());
  const mib = servers.map(() => 0);
  while (performance.now() - startedAt < seconds * 1000) {
    await sleep(500);
    for (const [index, server] of servers.entries()) mib[index] = Math.max(mib[index] ?? 0, server.residentMib());
  }
  const elapsedMs = performance.now() - startedAt;
  return servers.map((server, index) => ({
    share: ((server.cpuMs() - (before[index] ?? 0)) / elapsedMs) * 100,
    mib: mib[index] ?? 0,
  }));
}
