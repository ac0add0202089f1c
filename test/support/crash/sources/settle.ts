import { setTimeout as pause } from 'node:timers/promises';
import { type Ledger, touch } from '../ledger.ts';
import { readExecutions } from '../read-history.ts';
import type { Target } from '../target.ts';
import { type History, judgeEvents, judgeStarts } from './judge-sources.ts';
import type { WatchingPipeline } from './pipelines.ts';
import type { Push } from './pushed.ts';
import type { Receiver } from './receiver.ts';

/** How long everything that was pushed may take after the last kill. */
const patienceMs = 150_000;

interface Finished {
  target: Target;
  ledger: Ledger;
  pipelines: WatchingPipeline[];
  pushes: Push[];
  receiver: Receiver;
  /** How long nothing else may start afterwards. */
  quietMs: number;
}

/** Waits until nothing is missing, and then for anything that must not come. What is wrong goes to the ledger. */
export async function settle(finished: Finished): Promise<void> {
  const { ledger, target, receiver, quietMs } = finished;
  const endsAt = Date.now() + patienceMs;
  let judged = await judge(finished);
  while (judged.missing.length > 0 && judged.wrong.length === 0 && Date.now() < endsAt) {
    await pause(500);
    judged = await judge(finished);
  }
  if (judged.missing.length === 0) {
    await pause(quietMs);
    judged = await judge(finished);
  }
  // What is wrong ends the wait, so that much may be missing that was to come.
  ledger.violations.push(...(judged.wrong.length > 0 ? judged.wrong : judged.missing));
  ledger.violations.push(...receiver.violations, ...target.failures.splice(0));
}

async function judge({ target, ledger, pipelines, pushes, receiver }: Finished) {
  const missing: string[] = [];
  const wrong: string[] = [];
  for (const pipeline of pipelines) {
    const executions = (await readExecutions(target, pipeline.name))?.reverse();
    if (!executions) throw new Error(`${pipeline.name} cannot be read`);
    for (const { pipelineExecutionId = '' } of executions)
      touch(ledger, pipelineExecutionId, pipeline.name, target.life);
    const history: History = { pipeline, executions };
    for (const found of [judgeStarts(history, pushes), judgeEvents(history, receiver.events)]) {
      missing.push(...found.missing);
      wrong.push(...found.wrong);
    }
  }
  return { missing, wrong };
}
