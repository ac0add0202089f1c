import { setTimeout as pause } from 'node:timers/promises';
import { PutJobFailureResultCommand, PutJobSuccessResultCommand } from '@aws-sdk/client-codepipeline';
import type { Chance } from '../engine/random.ts';
import { type JobAccount, note, type Report, recordReport } from './ledger.ts';
import type { RunContext } from './run-context.ts';
import type { Call } from './target.ts';

const afterLossMs = 15;

/**
 * Reports until the server responds. After a lost response the next report may differ, as from another worker
 * that took over; after a response it may be repeated.
 */
export async function report(context: RunContext & { chance: Chance }, job: JobAccount, first: Report): Promise<void> {
  const { target, ledger, chance } = context;
  let result = first;
  while (!target.isOver) {
    job.sent.set(result.marker, result);
    const answer = await target.ask(send(job.id, result));
    if (answer.kind === 'ok') {
      recordReport(ledger, job, result);
      if (chance.oneIn(10)) await repeat(context, job, result);
      return;
    }
    if (answer.kind === 'refused') {
      judgeRefusal(context, job, { result, ...answer });
      return;
    }
    note(ledger, 'the answer to a report was lost');
    // It never claims more than before: the outputs exist only if it was to succeed.
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

/** An accepted report is accepted again, without effect. */
async function repeat({ target, ledger }: RunContext, job: JobAccount, result: Report): Promise<void> {
  note(ledger, 'reported again');
  const answer = await target.persist(send(job.id, result));
  if (answer.kind === 'refused') {
    ledger.violations.push(`${job.id} refused the result it had taken: ${answer.code} ${answer.message}`);
  }
}

/** A report is rejected only after a different one. */
function judgeRefusal(
  { ledger }: RunContext,
  job: JobAccount,
  refusal: { result: Report; code: string; message: string },
) {
  const { result, code, message } = refusal;
  const isExplained = code === 'InvalidJobStateException' && job.sent.size > 1 && !job.accepted.has(result.marker);
  if (!isExplained) ledger.violations.push(`${job.id} refused ${result.marker}: ${code} ${message}`);
  note(ledger, 'another result came first');
}
