// @ts-check
// The job queues we compare ours with. They are installed only in this folder, so the type checker doesn't know them.

/** @type {(name: string) => Promise<any>} */
const load = (name) => import(name);

export const { default: pg } = await load('pg');
const { makeWorkerUtils, run, Logger } = await load('graphile-worker');
const { PgBoss } = await load('pg-boss');

const silent = new Logger(() => () => undefined);
/** As many jobs at once as the callers that work on ours. */
const concurrency = 10;

/**
 * graphile-worker: each job adds the next one, as each of our results queues the next action's job; ten such chains run
 * concurrently. Returns the jobs added, claimed and completed per second.
 *
 * @param {string} connectionString
 */
export async function openGraphileWorker(connectionString) {
  const utils = await makeWorkerUtils({ connectionString, logger: silent });
  await utils.migrate();
  return {
    /**
     * A worker that waits for the jobs of `add` and reports when it has started one; ended by its `stop`.
     *
     * @param {(startedAt: number) => void} onStart
     */
    listen: (onStart) =>
      run({
        connectionString,
        concurrency: 1,
        logger: silent,
        noHandleSignals: true,
        taskList: { listened: async () => onStart(performance.now()) },
      }),
    add: () => utils.addJob('listened', {}),
    /** @type {(ms: number) => Promise<number>} */
    async rate(ms) {
      const startedAt = performance.now();
      let count = 0;
      const runner = await run({
        connectionString,
        concurrency,
        logger: silent,
        noHandleSignals: true,
        taskList: {
          async job(/** @type {any} */ _payload, /** @type {any} */ helpers) {
            count += 1;
            if (performance.now() - startedAt < ms) await helpers.addJob('job', { number: count });
          },
        },
      });
      await Promise.all(Array.from({ length: concurrency }, () => utils.addJob('job', {})));
      await new Promise((resolve) => setTimeout(resolve, ms));
      await runner.stop();
      return (count * 1000) / (performance.now() - startedAt);
    },
    close: () => utils.release(),
  };
}

/**
 * pg-boss: ten callers that each send a job, fetch one and complete it.
 *
 * @param {string} connectionString
 */
export async function openPgBoss(connectionString) {
  const boss = new PgBoss({ connectionString, max: concurrency });
  boss.on('error', (/** @type {Error} */ error) => console.error(error));
  await boss.start();
  await boss.createQueue('job');
  return {
    callers: Array.from({ length: concurrency }, (_, number) => number),
    /** @type {(number: number) => Promise<void>} */
    async cycle(number) {
      await boss.send('job', { number });
      // Sometimes a fetch finds nothing, because it skips the jobs that other callers have locked.
      let [job] = await boss.fetch('job');
      while (!job) [job] = await boss.fetch('job');
      await boss.complete('job', job.id);
    },
    close: () => boss.stop({ graceful: false }),
  };
}
