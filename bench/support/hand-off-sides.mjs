// @ts-check
/** @import { WaitingClient } from './cycle.mjs' */

/** How long to wait, in ms, until a poll is held and the server is idle again. */
const settleMs = 10;
const waitSeconds = 20;

/** @type {() => Promise<void>} */
export function settle() {
  return new Promise((resolve) => setTimeout(resolve, settleMs));
}

/**
 * Measures the ms from the call that starts an execution, whose source action is ready at once, to the held poll's
 * response with its job; and from the response to that call. Fails the job, so that the stage is free again.
 *
 * @param {{ client: WaitingClient, poller: WaitingClient, pipelineName: string }} clients
 */
export async function fromStart({ client, poller, pipelineName }) {
  const held = heldJob(poller, 'Source');
  await settle();
  const calledAt = performance.now();
  const answered = client.start(pipelineName).then(() => performance.now());
  const { job, heldAt } = await held;
  const answeredAt = await answered;
  await client.fail(job);
  return { sinceCall: heldAt - calledAt, sinceAnswer: heldAt - answeredAt };
}

/**
 * Plays an execution and measures, for each of its results but the last, the ms from its report to the held poll's response
 * with the next action's job.
 *
 * @param {{ client: WaitingClient, poller: WaitingClient, pipelineName: string }} clients
 */
export async function fromResults({ client, poller, pipelineName }) {
  await client.start(pipelineName);
  let job = await client.poll('Source');
  if (!job) throw new Error('the source action has no job');
  const samples = [];
  for (;;) {
    await client.acknowledge(job);
    if (job.isLast) break;
    const held = heldJob(poller, 'Build');
    await settle();
    const calledAt = performance.now();
    const reported = client.succeed(job);
    const next = await held;
    await reported;
    samples.push(next.heldAt - calledAt);
    job = next.job;
  }
  await client.succeed(job);
  return samples;
}

/**
 * @param {WaitingClient} poller
 * @param {import('./cycle.mjs').Category} category
 */
async function heldJob(poller, category) {
  const job = await poller.poll(category, waitSeconds);
  if (!job) throw new Error('a held poll returned no job');
  return { job, heldAt: performance.now() };
}
