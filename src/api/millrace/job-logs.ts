import { ServiceError } from '../../contract/errors.ts';
import { isOpenJob } from '../../model/status.ts';
import { logWake } from '../../store/jobs/job-history.ts';
import { findJob, jobId } from './find-job.ts';
import { holdBackSecrets, releaseHeld } from './held-log-text.ts';
import type { AdminOperation } from './operation.ts';
import { typeOfJob } from './touched-resource.ts';

const maxChunkBytes = 64 * 1024;
const longestWaitSeconds = 20;

/** How long a held call sleeps at most before it looks again: a wake-up is only a hint. */
const lookAgainMs = 1000;

/** Appends what a worker prints. The secrets of the action are masked before anything is kept, also across calls. */
export const putJobLog: AdminOperation = {
  sentence:
    'Appends to the log of a custom job in progress. Values of secret configuration properties are replaced with `***`; the end of a text that may be the beginning of one is shown after more text or the end of the job.',
  resource: typeOfJob,
  input: {
    jobId,
    text: {
      type: 'string',
      isRequired: true,
      maxBytes: maxChunkBytes,
      sentence: `At most ${maxChunkBytes} bytes of UTF-8, whole lines if possible; may be empty to ask where the log ends.`,
    },
    offset: {
      type: 'number',
      isRequired: false,
      sentence:
        'The expected end of the log: the nextOffset of the previous response, or 0. If the log ends elsewhere, nothing is written, so a call whose response was lost can be repeated. Without it the text is always appended.',
    },
  },
  output: {
    nextOffset: 'Where the log ends now, in bytes: the offset of the next call.',
    isCut: 'Whether the log has become too long (`--job-log-mib`) and takes no more.',
  },
  async run(input, _account, parts, call) {
    const { store, jobLogBytes } = parts;
    const id = String(input.jobId);
    const record = await findJob(id, call, { store });
    // What runs inside the server has its log there.
    if (record.action.start.actionTypeId.owner === 'AWS') throw notInProgress(id);
    const offset = input.offset === undefined ? undefined : Number(input.offset);
    const holdBack = holdBackSecrets(record, parts);
    const end = await store.jobLogs.append(id, {
      offset,
      text: String(input.text),
      limitBytes: jobLogBytes,
      ...(holdBack ? { holdBack } : {}),
    });
    if (!end) throw notInProgress(id);
    return end;
  },
};

/** What a job's worker has told so far. */
export const getJobLog: AdminOperation = {
  sentence: 'Reads the log of a job.',
  resource: typeOfJob,
  input: {
    jobId,
    offset: { type: 'number', isRequired: false, sentence: 'The nextOffset of the previous response; default 0.' },
    waitSeconds: {
      type: 'number',
      isRequired: false,
      range: [0, longestWaitSeconds],
      sentence: 'How long to hold the call until there is more; default 0.',
    },
  },
  output: {
    text: 'From the offset on, at most about a megabyte.',
    nextOffset: 'Where the text ends, in bytes: the offset of the next call.',
    isComplete: 'Whether the job has ended and nothing comes after this text.',
    isCut: 'Whether the log has become too long and ends with this text.',
  },
  async run(input, _account, parts, call) {
    const { store, now } = parts;
    const id = String(input.jobId);
    const offset = Number(input.offset ?? 0);
    const waitUntil = now() + Number(input.waitSeconds ?? 0) * 1000;
    for (;;) {
      const look = new AbortController();
      const end = () => look.abort();
      call.signal.addEventListener('abort', end);
      // Listens before it looks, so that what is written in between wakes it all the same.
      const woken = store.wakes.wait(logWake(id), Math.min(lookAgainMs, Math.max(0, waitUntil - now())), look.signal);
      try {
        const record = await findJob(id, call, { store });
        const isEnded = !isOpenJob(record.job.status);
        const { held, ...read } = await store.jobLogs.read(id, offset);
        const { text, nextOffset, isCut } =
          isEnded && held ? releaseHeld(record, { ...read, held, offset }, parts) : read;
        const isComplete = text === '' && (isCut || isEnded);
        if (text !== '' || isComplete || call.signal.aborted || now() >= waitUntil) {
          return { text, nextOffset: Math.max(offset, nextOffset), isComplete, isCut };
        }
        await woken;
      } finally {
        end();
        call.signal.removeEventListener('abort', end);
      }
    }
  },
};

function notInProgress(id: string): ServiceError {
  return new ServiceError('InvalidJobStateException', `Job with id ${id} is not in progress`);
}
