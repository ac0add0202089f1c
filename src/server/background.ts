import type { Logger } from 'pino';
import type { Dependencies } from '../api/dependencies.ts';
import type { ObjectEndpoint } from '../artifacts/object-endpoint.ts';
import { archiveLimitsOf } from '../config/archives.ts';
import type { Config } from '../config/config.ts';
import { fanOutKind } from '../events/fan-out.ts';
import { createJobRights } from '../identity/roles/job-rights.ts';
import type { Role } from '../identity/roles/role-declaration.ts';
import { createServiceRights } from '../identity/roles/service-rights.ts';
import { fromFolders } from '../local-runs/folder-provider.ts';
import type { SourceFolder } from '../local-runs/source-folder.ts';
import { watchedRepositoriesKind } from '../model/sources/repository-refs.ts';
import { providers } from '../providers/index.ts';
import { createUnpolledWarning } from '../queue/waiting-jobs.ts';
import { endOverdueBuilds } from '../scheduler/build-deadlines.ts';
import { endOverdue } from '../scheduler/deadlines.ts';
import { createDueWork, type DueWorkHandler } from '../scheduler/due-work.ts';
import { idleLogWork } from '../scheduler/idle-logs.ts';
import { createLoop } from '../scheduler/loop.ts';
import { retentionKind, retentionWork } from '../scheduler/retention.ts';
import { createSchedules } from '../scheduler/schedules.ts';
import { createSourceChecks, restoreWatches } from '../scheduler/source-checks.ts';
import { createUnclaimedWarning } from '../scheduler/waiting-builds.ts';
import type { Store } from '../store/store.ts';
import { buildBatchesWork } from './build-batches/build-batches.ts';
import { buildSourcesWork } from './build-sources/build-sources.ts';
import { builtInWorkers } from './built-in-workers.ts';
import { eventWork } from './event-deliveries.ts';
import { repositoryWork } from './event-rules.ts';
import type { GitToolsOf } from './git-tools.ts';
import { bindRoleObjects } from './role-objects.ts';
import { createSourceReaders } from './source-readers.ts';
import { logUnsentNotifications, startUnobeyedWarnings } from './warnings.ts';

const minuteMs = 60 * 1000;
const dayMs = 24 * 60 * minuteMs;

/** Pause between two parts of a sweep over many files. */
const sweepPauseMs = 1000;

/** How long after its action an artifact's upload may still complete: credentials allowed it to begin. */
const lateUploadMs = dayMs;

/** What the work in the background shares. */
interface Background {
  parts: Dependencies;
  endpoint: ObjectEndpoint;
  gitOf: GitToolsOf;
  config: Config;
  declaredRoles: Role[];
  isClockSteady: () => boolean;
  /** Folders that source actions read; then nothing is checked for changes. */
  sourceFolders?: ReadonlyMap<string, SourceFolder>;
  longestSleepMs: number;
  log: Logger;
}

/** One row of the table of loops: see `createLoop`. */
interface Row {
  name: string;
  runOnce(at: number): Promise<number | undefined>;
  /** Only if it differs from that of the other loops. */
  longestSleepMs?: number;
}

/** Starts everything that runs without a call; `closers` get what stops it. */
export function startBackground(background: Background, closers: (() => Promise<void> | void)[]): void {
  const { parts, endpoint, gitOf, config, declaredRoles, longestSleepMs, sourceFolders, log } = background;
  const { store, now } = parts;
  logUnsentNotifications(store, log);
  closers.push(startUnobeyedWarnings(store, log));
  const rights = { roles: declaredRoles, isStrict: config.strictRoles === 'on' };
  const judge = createJobRights(rights);
  const objectsOf = bindRoleObjects(endpoint.objects, judge, store.jobs);
  const loops = tableOfLoops(background).map((row) => createLoop({ now, longestSleepMs, log, ...row }));
  const performed = sourceFolders ? providers.map((provider) => fromFolders(provider, sourceFolders)) : providers;
  const workers = builtInWorkers(
    parts,
    { objectsOf, gitOf, requireRight: createServiceRights(rights), providers: performed },
    { archiveLimits: archiveLimitsOf(config), log },
  );
  const checks = createSourceChecks({
    store,
    ...createSourceReaders({ dependencies: parts, objectsOf, gitOf, now }),
    intervalMs: config.sourceCheckSeconds * 1000,
    maxFiles: config.triggerFiles,
    skipsMarkedCommits: config.skipCi === 'on',
    log,
  });
  const dueWork = [
    ...(sourceFolders ? [] : [checks]),
    retention(background),
    ...eventWork(parts, { longestSleepMs, log }),
    createSchedules({ store, log }),
    idleLogWork(store, parts.logs.seal),
    ...repositoryWork(parts, { gitOf, log }),
    buildSourcesWork({ parts, objects: endpoint.objects, gitOf, now, log }),
    buildBatchesWork({ parts, objectsOf, gitOf, now, log }),
  ].map((handler) => createDueWork(withLease(handler, parts.settings.leaseMs), { store, now, longestSleepMs, log }));
  for (const task of [...loops, ...dueWork, ...workers]) {
    task.start();
    closers.push(() => task.stop());
  }
}

/** Makes the setting of leases apply to work in the background too, where it is shorter. */
function withLease(handler: DueWorkHandler, leaseMs: number): DueWorkHandler {
  return { ...handler, leaseMs: Math.min(handler.leaseMs, leaseMs) };
}

function tableOfLoops(background: Background): Row[] {
  const { parts, endpoint, isClockSteady, log } = background;
  const { store, jobQueue, now } = parts;
  return [
    {
      name: 'bucket lifecycles',
      // If the clock was set ahead, every object would look expired.
      runOnce: async (at) => (isClockSteady() ? endpoint.expire(at) : undefined),
    },
    {
      name: 'object sweep',
      runOnce: async () => ((await endpoint.sweep()) ? now() + sweepPauseMs : undefined),
      // Only a killed process leaves files without a row, and it sweeps when it starts again.
      longestSleepMs: 10 * minuteMs,
    },
    { name: 'deadlines', runOnce: (at) => endOverdue(store, at) },
    { name: 'unclaimed builds', runOnce: createUnclaimedWarning(store, log), longestSleepMs: minuteMs },
    { name: 'deadlines of builds', runOnce: (at) => endOverdueBuilds(store, at) },
    { name: 'unpolled jobs', runOnce: createUnpolledWarning(jobQueue, log), longestSleepMs: minuteMs },
    { name: 'work from the start', runOnce: createFirstWork(store) },
  ];
}

function retention({ parts, endpoint, config, isClockSteady, log }: Background): DueWorkHandler {
  const { historyDays, eventDays } = config;
  return retentionWork({
    store: parts.store,
    keepMs: historyDays === 'forever' ? undefined : historyDays * dayMs,
    keepEventsMs: eventDays * dayMs,
    removeArtifact: ({ account, bucket, key, startedAt, endedAt }) =>
      endpoint.objects.removeVersions({
        account,
        bucket,
        key,
        writtenFrom: startedAt,
        writtenUntil: endedAt + lateUploadMs,
      }),
    removeLog: () => parts.logs.removeDeleted(),
    isClockSteady,
    log,
  });
}

/** Creates the round that requests what a start has to do; later rounds do nothing. */
function createFirstWork(store: Store): Row['runOnce'] {
  let isRequested = false;
  return async (at) => {
    if (isRequested) return undefined;
    await restoreWatches(store, at);
    await store.dueWork.request(retentionKind, 'history', at);
    await store.dueWork.request(fanOutKind, 'all', at);
    await store.dueWork.request(watchedRepositoriesKind, 'all', at);
    isRequested = true;
    return undefined;
  };
}
