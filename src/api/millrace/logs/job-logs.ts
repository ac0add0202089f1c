import { ServiceError } from '../../../contract/errors.ts';
import type { GetJobLogOutput } from '../../../contract/generated.ts';
import { isPerformedHere } from '../../../model/queue-key.ts';
import { logWake } from '../../../store/logs/logs.ts';
import { holdCall } from '../held-call.ts';
import { findAccountJob } from '../job-summary.ts';
import { ownOperation } from '../operation.ts';
import { typeOfJob } from '../resources.ts';
import { holdBackSecrets } from './held-log-text.ts';
import { jobLogGroup, requireLogOwner } from './log-owner.ts';
import { readLogPage } from './log-page.ts';

/** Appends a worker's output. Secrets of the action are masked before anything is stored, across calls as well. */
export const putJobLog = ownOperation('PutJobLog', {
  resource: typeOfJob,
  async run({ jobId, offset, text }, call, dependencies) {
    const { logs, now, settings } = dependencies;
    const { account, region } = call;
    const record = await findAccountJob(jobId, call, dependencies);
    // Built-in providers write their output to the server's log.
    if (isPerformedHere(record.action.start.actionTypeId)) throw notInProgress(jobId);
    const holdBack = holdBackSecrets(record, dependencies);
    const end = await logs.appendToJob({
      log: { account, region, id: jobId, group: jobLogGroup(record.pipeline.name), stream: jobId },
      limitBytes: settings.jobLogBytes,
      hasLastLines: false,
      at: now(),
      text,
      ...(offset === undefined ? {} : { offset }),
      ...(holdBack ? { holdBack } : {}),
    });
    if (!end) throw notInProgress(jobId);
    return end;
  },
});

/** Reads a worker's output, and may wait for more. */
export const getJobLog = ownOperation('GetJobLog', {
  resource: typeOfJob,
  async run({ jobId, offset = 0, waitSeconds = 0 }, call, dependencies) {
    const hold = { wakeName: logWake(jobId), waitSeconds, signal: call.signal };
    return holdCall<GetJobLogOutput>(hold, dependencies, async () => {
      await findAccountJob(jobId, call, dependencies);
      const owner = await requireLogOwner(jobId, call, dependencies);
      const { text, nextOffset, isCut } = await readLogPage(owner, offset, dependencies);
      const isComplete = text === '' && (isCut || owner.isEnded);
      const answer = { text, nextOffset: Math.max(offset, nextOffset), isComplete, isCut };
      return { answer, isOver: text !== '' || isComplete };
    });
  },
});

function notInProgress(jobId: string): ServiceError {
  return new ServiceError('InvalidJobStateException', `Job with id ${jobId} is not in progress`);
}
