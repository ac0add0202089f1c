// @ts-check
/** @import { PolledJob, WaitingDesk } from './cycle.mjs' */

/** How long a poll is given to arrive and be held, and the server to be idle again; ms. */
const settleMs = 10;
const waitSeconds = 20;

/** @type {() => Promise<void>} */
export function settle() {
  return new Promise((resolve) => setTimeout(resolve, settleMs));
}

/**
 * The ms from the call that starts an execution, whose source action is ready at once, to the held poll's answer with its
 * job; and from the answer to that call. The job fails, so that the next execution finds the stage free.
 *
 * @param {{ desk: WaitingDesk, poller: WaitingDesk, pipelineName: string }} clients
 */
export async function fromStart({ desk, poller, pipelineName }) {
  const held = heldJob(poller, 'Source');
  await settle();
  const calledAt = performance.now();
  const answered = desk.start(pipelineName).then(() => performance.now());
  const { job, heldAt } = await held;
  const answeredAt = await answered;
  await desk.fail(job);
  return { sinceCall: heldAt - calledAt, sinceAnswer: heldAt - answeredAt };
}

/**
 * Answers a function that measures the ms from the report of a result to the held poll's answer with the job of the next
 * action, on executions that follow each other.
 *
 * @param {{ desk: WaitingDesk, poller: WaitingDesk, pipelineName: string }} clients
 */
export function createResults({ desk, poller, pipelineName }) {
  /** @type {PolledJob | undefined} */
  let job;
  return async () => {
    if (!job || job.isLast) {
      if (job) await desk.succeed(job);
      await desk.start(pipelineName);
      job = await desk.poll('Source');
    }
    if (!job) throw new Error('the source has no job, and nobody else asks for it');
    await desk.acknowledge(job);
    const held = heldJob(poller, 'Build');
    await settle();
    const calledAt = performance.now();
    const reported = desk.succeed(job);
    const next = await held;
    await reported;
    job = next.job;
    return next.heldAt - calledAt;
  };
}

/**
 * @param {WaitingDesk} poller
 * @param {import('./cycle.mjs').Category} category
 */
async function heldJob(poller, category) {
  const job = await poller.poll(category, waitSeconds);
  if (!job) throw new Error('a held poll came back without a job');
  return { job, heldAt: performance.now() };
}
