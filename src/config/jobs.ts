import { numberBetween, type Setting } from './parsers.ts';

/** The settings of jobs: how they are handed out, and what is kept of their output. */
export interface JobConfig {
  leaseSeconds: number;
  continuationDelaySeconds: number;
  maxPollBatchSize: number;
  pollWaitSeconds: number;
  jobLogMib: number;
}

/** Their rows of the table of settings. */
export const jobSettings: { [Name in keyof JobConfig]: Setting<JobConfig[Name]> } = {
  leaseSeconds: {
    env: 'MILLRACE_LEASE_SECONDS',
    flag: '--lease-seconds',
    placeholder: 'seconds',
    default: '30',
    parse: numberBetween(0.1, 86400, 'seconds', 3),
    sentence: 'How long a polled job waits for its acknowledgement before it is offered again.',
  },
  continuationDelaySeconds: {
    env: 'MILLRACE_CONTINUATION_DELAY_SECONDS',
    flag: '--continuation-delay-seconds',
    placeholder: 'seconds',
    default: '1',
    parse: numberBetween(0, 86400, 'seconds', 3),
    sentence:
      'How long after a result with a continuation token the next job of the action can be polled (AWS: about 30).',
  },
  maxPollBatchSize: {
    env: 'MILLRACE_MAX_POLL_BATCH_SIZE',
    flag: '--max-poll-batch-size',
    placeholder: 'jobs',
    default: '100',
    parse: numberBetween(1, 1000, 'jobs'),
    sentence: 'Most jobs that one poll hands out, however many the worker asks for.',
  },
  pollWaitSeconds: {
    env: 'MILLRACE_POLL_WAIT_SECONDS',
    flag: '--poll-wait-seconds',
    placeholder: 'seconds',
    default: '0',
    parse: numberBetween(0, 20, 'seconds', 3),
    sentence: 'How long a poll of any worker is held when there is no job; 0 answers at once, as AWS does.',
  },
  jobLogMib: {
    env: 'MILLRACE_JOB_LOG_MIB',
    flag: '--job-log-mib',
    placeholder: 'MiB',
    default: '10',
    parse: numberBetween(1, 1024, 'MiB'),
    sentence: 'Most that is kept of the log of a job; the rest is dropped, and the job continues.',
  },
};
