import { numberBetween } from './parsers.ts';
import { inGroup } from './setting.ts';

/** How jobs are handed out, and how much of their output is kept. */
export const jobSettings = inGroup('Jobs:', {
  leaseSeconds: {
    env: 'MILLRACE_LEASE_SECONDS',
    option: '--lease-seconds',
    placeholder: 'seconds',
    default: '30',
    parse: numberBetween(0.1, 86400, 'seconds', 3),
    description:
      'How long a polled job waits for its acknowledgement before it is offered again; also how soon, at the latest, another node goes on with what one that died was doing.',
  },
  continuationDelaySeconds: {
    env: 'MILLRACE_CONTINUATION_DELAY_SECONDS',
    option: '--continuation-delay-seconds',
    placeholder: 'seconds',
    default: '1',
    parse: numberBetween(0, 86400, 'seconds', 3),
    description:
      'How long after a result with a continuation token the next job of the action can be polled (AWS: about 30).',
  },
  maxPollBatchSize: {
    env: 'MILLRACE_MAX_POLL_BATCH_SIZE',
    option: '--max-poll-batch-size',
    placeholder: 'jobs',
    default: '100',
    parse: numberBetween(1, 1000, 'jobs'),
    description: 'Most jobs that one poll returns, however many the worker asks for.',
  },
  pollWaitSeconds: {
    env: 'MILLRACE_POLL_WAIT_SECONDS',
    option: '--poll-wait-seconds',
    placeholder: 'seconds',
    default: '0',
    parse: numberBetween(0, 20, 'seconds', 3),
    description: 'How long a poll of any worker is held when there is no job; 0 returns immediately, as AWS does.',
  },
  jobLogMib: {
    env: 'MILLRACE_JOB_LOG_MIB',
    option: '--job-log-mib',
    placeholder: 'MiB',
    default: '10',
    parse: numberBetween(1, 1024, 'MiB'),
    description: 'Most of a job log that is kept; the rest is dropped, and the job continues.',
  },
  buildLogMib: {
    env: 'MILLRACE_BUILD_LOG_MIB',
    option: '--build-log-mib',
    placeholder: 'MiB',
    default: '64',
    parse: numberBetween(1, 1024, 'MiB'),
    description: "Most of a build's log that is kept, besides its last lines; the build continues.",
  },
});
