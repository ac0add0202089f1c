// @ts-check
/** @import { Scratch } from './scratch.mjs' */
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
 * @param {Scratch} scratch
 * @param {string} connectionString
 */
export async function openGraphileWorker(scratch, connectionString) {
  const open = () => makeWorkerUtils({ connectionString, logger: silent });
  const utils = await scratch.ownOpened(open, (opened) => opened.release());
  await utils.migrate();
  return {
    /**
     * Starts a worker that waits for the jobs of `add` and reports when it has started one.
     *
     * @param {(startedAt: number) => void} onStart
     */
    listen(onStart) {
      const taskList = { listened: async () => onStart(performance.now()) };
      const settings = { connectionString, concurrency: 1, logger: silent, noHandleSignals: true, taskList };
      return scratch.ownOpened(
        () => run(settings),
        (runner) => runner.stop(),
      );
    },
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
  };
}

/**
 * pg-boss: ten callers that each send a job, fetch one and complete it.
 *
 * @param {Scratch} scratch
 * @param {string} connectionString
 */
export async function openPgBoss(scratch, connectionString) {
  const create = () => new PgBoss({ connectionString, max: concurrency });
  const boss = scratch.own(create, (created) => created.stop({ graceful: false }));
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
  };
}
