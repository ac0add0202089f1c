import type { ActionCategory } from '../contract/generated.ts';
import { openArtifactTransfer } from './artifact-transfer.ts';
import { createCommandRunner } from './command-runner.ts';
import { createHttpJobSource } from './http-job-source.ts';
import type { Log } from './log.ts';
import { createWorker } from './worker.ts';

/** Against AWS, which holds no polls, every 5 s; its own workers wait 30 s (behaviour A.2.6). */
const defaultPollIntervalMs = 5000;

/** What `millrace worker` was told; the action type's owner is always Custom (behaviour A.2.1). */
export interface WorkerCommandOptions {
  category: ActionCategory;
  provider: string;
  version: string;
  /** The queryable property and its value, if the type has one. */
  query?: Record<string, string>;
  concurrency: number;
  endpoint?: string;
  region?: string;
  pollIntervalMs?: number;
  /** Asks Millrace to hold empty polls, at most 20 s. */
  waitSeconds?: number;
  command: string[];
}

/** Starts a worker that runs a command for each job; resolves at once, `stop` resolves when its jobs have ended. */
export async function runWorkerCommand(options: WorkerCommandOptions, log: Log): Promise<{ stop(): Promise<void> }> {
  const { category, command, concurrency, endpoint, provider, query, region, version, waitSeconds } = options;
  const actionTypeId = { category, owner: 'Custom', provider, version } as const;
  const place = { ...(endpoint === undefined ? {} : { endpoint }), ...(region === undefined ? {} : { region }) };
  const source = createHttpJobSource({ actionTypeId, query, waitSeconds, ...place });
  const run = createCommandRunner({
    command,
    log,
    openTransfer: (job) => openArtifactTransfer({ job, refresh: source.refresh, ...place }),
  });
  const pollIntervalMs = options.pollIntervalMs ?? defaultPollIntervalMs;
  const worker = createWorker({ source, run, concurrency, pollIntervalMs, log });
  worker.start();
  log.info({ actionTypeId, concurrency, query }, 'worker started');
  return {
    async stop() {
      await worker.stop();
      source.close();
    },
  };
}
