import { ServiceError } from '../../../contract/errors.ts';
import type { GetJobLogOutput } from '../../../contract/generated.ts';
import { isPerformedHere } from '../../../model/queue-key.ts';
import { isOpenJob } from '../../../model/status.ts';
import { logWake } from '../../../store/logs/logs.ts';
import type { Dependencies } from '../../dependencies.ts';
import { findAccountJob } from '../job-summary.ts';
import { type OwnCall, ownOperation } from '../operation.ts';
import { typeOfJob } from '../resources.ts';
import { holdBackSecrets, releaseHeld } from './held-log-text.ts';

/** Interval at which a held call reads again even without a wake-up, which is only a hint. */
const recheckMs = 1000;

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
      log: { account, region, id: jobId, group: `/millrace/jobs/${record.pipeline.name}`, stream: jobId },
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
    const { store, now } = dependencies;
    const waitUntil = now() + waitSeconds * 1000;
    for (;;) {
      const wait = new AbortController();
      const endWait = () => wait.abort();
      call.signal.addEventListener('abort', endWait);
      // Waits before reading, so a write in between is not missed.
      const woken = store.notifications.wait(
        logWake(jobId),
        Math.min(recheckMs, Math.max(0, waitUntil - now())),
        wait.signal,
      );
      try {
        const page = await readPage({ jobId, offset }, call, dependencies);
        if (page.text !== '' || page.isComplete || call.signal.aborted || now() >= waitUntil) return page;
        await woken;
      } finally {
        endWait();
        call.signal.removeEventListener('abort', endWait);
      }
    }
  },
});

async function readPage(
  { jobId, offset }: { jobId: string; offset: number },
  call: OwnCall,
  dependencies: Dependencies,
): Promise<GetJobLogOutput> {
  const record = await findAccountJob(jobId, call, dependencies);
  const isEnded = !isOpenJob(record.job.status);
  const slice = await dependencies.logs.read(jobId, offset);
  const { held, isCut = false } = slice?.log ?? {};
  const read = { text: slice?.bytes.toString() ?? '', nextOffset: slice?.nextOffset ?? 0, isCut };
  const isReleased = isEnded && slice?.isEnd === true && held !== undefined;
  const { text, nextOffset } = isReleased ? releaseHeld(record, { ...read, held, offset }, dependencies) : read;
  return { text, nextOffset: Math.max(offset, nextOffset), isComplete: text === '' && (isCut || isEnded), isCut };
}

function notInProgress(jobId: string): ServiceError {
  return new ServiceError('InvalidJobStateException', `Job with id ${jobId} is not in progress`);
}
