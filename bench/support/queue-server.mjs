// @ts-check
// A job-worker API as one would build it on a job queue: the queue's own fetch, touch and complete behind a bare signed
// HTTP server, without pipelines, permissions or records. `node queue-server.mjs <graphile-worker|pg-boss> <database URL>`.
import { serveSigned } from './signed-server.mjs';

/**
 * @typedef {object} Queue
 * @property {() => Promise<{ id: string } | undefined>} fetch
 * @property {(id: string) => Promise<unknown>} touch
 * @property {(id: string) => Promise<unknown>} completeAndAdd completes the job and adds the next one
 */

/** Twice as many jobs as workers, so that no worker has to wait for one. */
const waiting = 20;
const poolSize = 10;

/** @type {(name: string) => Promise<any>} */
const load = (name) => import(name);

const [name = '', connectionString = ''] = process.argv.slice(2);
const queue = await (name === 'pg-boss' ? openPgBoss() : openGraphileWorker());

serveSigned(async (operation, body) => {
  if (operation === 'PollForJobs') {
    const job = await queue.fetch();
    return JSON.stringify({ jobs: job ? [job] : [] });
  }
  const { jobId } = JSON.parse(body.toString());
  if (operation === 'AcknowledgeJob') await queue.touch(jobId);
  else await queue.completeAndAdd(jobId);
  return '{}';
});

/**
 * It has no public fetch, so this calls the statements of its runner.
 *
 * @returns {Promise<Queue>}
 */
async function openGraphileWorker() {
  const folder = '../node_modules/graphile-worker/dist';
  const { Logger, runMigrations } = await load('graphile-worker');
  const { getUtilsAndReleasersFromOptions } = await load(`${folder}/lib.js`);
  const { batchGetJobs } = await load(`${folder}/sql/getJobs.js`);
  const { batchCompleteJobs } = await load(`${folder}/sql/completeJobs.js`);
  const options = { connectionString, maxPoolSize: poolSize, logger: new Logger(() => () => undefined) };
  await runMigrations(options);
  const [utils] = await getUtilsAndReleasersFromOptions(options);
  const { addJob, withPgClient } = utils;
  const tasks = { job: async () => undefined };
  const worker = 'bench';
  for (let number = 0; number < waiting; number += 1) await addJob('job', { number });
  return {
    async fetch() {
      const [job] = await batchGetJobs(utils, withPgClient, tasks, worker, undefined, 1);
      return job;
    },
    touch: (id) =>
      withPgClient((/** @type {any} */ client) =>
        client.query({
          name: 'touch',
          text: 'update graphile_worker._private_jobs set locked_at = now() where id = $1',
          values: [id],
        }),
      ),
    async completeAndAdd(id) {
      await batchCompleteJobs(utils, withPgClient, worker, [{ id }]);
      await addJob('job', { number: 0 });
    },
  };
}

/** @returns {Promise<Queue>} */
async function openPgBoss() {
  const { PgBoss } = await load('pg-boss');
  const boss = new PgBoss({ connectionString, max: poolSize });
  boss.on('error', (/** @type {Error} */ error) => console.error(error));
  await boss.start();
  await boss.createQueue('job');
  for (let number = 0; number < waiting; number += 1) await boss.send('job', { number });
  return {
    async fetch() {
      const [job] = await boss.fetch('job');
      return job;
    },
    touch: (id) => boss.touch('job', id),
    async completeAndAdd(id) {
      await boss.complete('job', id);
      await boss.send('job', { number: 0 });
    },
  };
}
