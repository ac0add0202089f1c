import { setTimeout as pause } from 'node:timers/promises';
import { PutJobFailureResultCommand, PutJobSuccessResultCommand } from '@aws-sdk/client-codepipeline';
import type { Chance } from '../engine/random.ts';
import { bookReport, type JobAccount, note, type Report } from './ledger.ts';
import type { Scene } from './scene.ts';
import type { Call } from './target.ts';

const afterLossMs = 15;

/**
 * Reports until the server answers. Who has lost an answer may well say something else the next time, as another worker
 * would that took over; and who had one may repeat itself.
 */
export async function report(scene: Scene & { chance: Chance }, job: JobAccount, first: Report): Promise<void> {
  const { target, ledger, chance } = scene;
  let result = first;
  while (!target.isOver) {
    job.asked.set(result.marker, result);
    const answer = await target.ask(send(job.id, result));
    if (answer.kind === 'ok') {
      bookReport(ledger, job, result);
      if (chance.oneIn(10)) await repeat(scene, job, result);
      return;
    }
    if (answer.kind === 'refused') {
      judgeRefusal(scene, job, { result, ...answer });
      return;
    }
    note(ledger, 'the answer to a report was lost');
    // It never claims more than before: only who was to succeed has written the outputs.
    const { marker, outcome } = result;
    if (chance.oneIn(4)) result = { marker: `${marker}'`, outcome: chance.oneIn(3) ? 'Failed' : outcome };
    await pause(afterLossMs);
  }
}

function send(jobId: string, { marker, outcome }: Report): Call<unknown> {
  if (outcome === 'Failed') {
    const failureDetails = { type: 'JobFailed', message: marker, externalExecutionId: marker } as const;
    const command = new PutJobFailureResultCommand({ jobId, failureDetails });
    return ({ codePipeline }, options) => codePipeline.send(command, options);
  }
  const executionDetails = { externalExecutionId: marker, summary: marker };
  const continuationToken = outcome === 'Continued' ? marker : undefined;
  const command = new PutJobSuccessResultCommand({ jobId, executionDetails, continuationToken });
  return ({ codePipeline }, options) => codePipeline.send(command, options);
}

/** What was taken once is taken again, and changes nothing. */
async function repeat({ target, ledger }: Scene, job: JobAccount, result: Report): Promise<void> {
  note(ledger, 'reported again');
  const answer = await target.persist(send(job.id, result));
  if (answer.kind === 'refused') {
    ledger.violations.push(`${job.id} refused the result it had taken: ${answer.code} ${answer.message}`);
  }
}

/** A report is refused only when there is another one that came before. */
function judgeRefusal({ ledger }: Scene, job: JobAccount, refusal: { result: Report; code: string; message: string }) {
  const { result, code, message } = refusal;
  const isExplained = code === 'InvalidJobStateException' && job.asked.size > 1 && !job.told.has(result.marker);
  if (!isExplained) ledger.violations.push(`${job.id} refused ${result.marker}: ${code} ${message}`);
  note(ledger, 'another result came first');
}
