import type { Logger } from 'pino';
import { type Batch, BuildspecError } from '../../buildspec/buildspec.ts';
import { readBuildspec } from '../../buildspec/read-buildspec.ts';
import { type BatchGroups, type BuildBatch, buildBatchesKind, readBatchArn } from '../../model/build-batch.ts';
import { batchMistake, groupOrder, groupUuid, planBatch } from '../../projects/plan-batch.ts';
import type { DueWorkHandler } from '../../scheduler/due-work.ts';
import { JobFailure } from '../../worker/job-failure.ts';
import { type ReadingParts, readBatchBuildspec } from './read-batch-source.ts';

const minuteMs = 60_000;

/** How often the builds of a batch are looked at. */
const pauseMs = 2000;

/** How often a source is read whose server can't be reached. */
const mostAttempts = 4;

interface Parts extends ReadingParts {
  now(): number;
  log: Logger;
}

/** Reads the buildspecs of batches, and starts and stops their builds. */
export function buildBatchesWork(parts: Parts): DueWorkHandler {
  const { now, log } = parts;
  const { store } = parts.parts;
  return {
    kind: buildBatchesKind,
    atOnce: 4,
    leaseMs: minuteMs,
    longestPauseMs: minuteMs,
    retryMs: (attempts) => Math.min(attempts * 5000, minuteMs),
    async run({ key: arn, attempts }, at, signal) {
      const named = readBatchArn(arn);
      const [batch] = named ? await store.buildBatches.findAll(named.scope, [named.id]) : [];
      if (!batch || batch.endedAt !== undefined) return {};
      const { id, scope } = batch;
      try {
        const groups =
          batch.groups ?? (batch.stopRequestedAt === undefined ? await readGroups(batch, parts, signal) : none);
        return { nextAt: (await advance(batch, groups, parts)) ? at + pauseMs : undefined };
      } catch (error) {
        if (signal.aborted || !(error instanceof JobFailure || error instanceof BuildspecError)) throw error;
        if (error instanceof JobFailure && error.type === 'SystemUnavailable' && attempts < mostAttempts) {
          log.warn({ batch: arn, reason: error.message }, 'the source of a batch cannot be read; it is tried again');
          return { nextAt: now() + attempts * 5000, isFailed: true };
        }
        const code = error instanceof BuildspecError ? 'YAML_FILE_ERROR' : 'CLIENT_ERROR';
        const failure = { code, message: error.message };
        await store.buildBatches.end(scope, id, { status: 'FAILED', failure, at: now() });
        return {};
      }
    },
  };
}

/** Of a batch that is stopped before its buildspec is read. */
const none: BatchGroups = { stopsAtFirstFailure: false, groups: [] };

/** Reads what the buildspec says. Throws `JobFailure` or `BuildspecError`. */
async function readGroups(batch: BuildBatch, parts: Parts, signal: AbortSignal): Promise<BatchGroups> {
  const { text, commit } = await readBatchBuildspec(batch, parts, signal);
  const spec = readBuildspec(text);
  if (!spec.batch) throw new BuildspecError('The buildspec has no batch.', 1);
  const groups = { ...groupsOf(spec.batch), ...(commit !== undefined && { commit }) };
  const mistake = batchMistake(groups, batch.order);
  if (mistake !== undefined) throw new JobFailure('ConfigurationError', mistake);
  return groups;
}

function groupsOf({ stopsAtFirstFailure, tasks }: Batch): BatchGroups {
  return {
    stopsAtFirstFailure,
    groups: tasks.map(({ identifier, dependsOn, ignoresFailure, ...changes }) => ({
      identifier,
      dependsOn,
      ignoresFailure,
      changes,
    })),
  };
}

/** Looks at the builds, and starts and stops what follows. Returns false once the batch has ended. */
async function advance(batch: BuildBatch, before: BatchGroups, { parts: { store }, now }: Parts): Promise<boolean> {
  const { id, scope, order } = batch;
  const groups = await withStatuses(before, batch, store.builds);
  const at = now();
  const isOverdue = at >= batch.startedAt + order.timeoutMs;
  const plan = planBatch(groups, { isStopping: batch.stopRequestedAt !== undefined, isOverdue });
  // Their ids are known before, so that builds of a server that died here are found again.
  for (const group of plan.start) {
    const build = await store.builds.create(scope, groupUuid(id, group), groupOrder(id, order, groups, group), at);
    group.build = { id: build.id, startedAt: build.startedAt, status: build.status };
  }
  for (const build of plan.stop) await store.builds.requestStop(scope, build, at);
  await store.buildBatches.putGroups(scope, id, { groups, at });
  if (!plan.end) return true;
  await store.buildBatches.end(scope, id, { ...plan.end, at });
  return false;
}

/** Returns the groups with the current statuses of their builds. */
async function withStatuses(
  { groups, ...others }: BatchGroups,
  { scope }: BuildBatch,
  builds: Parts['parts']['store']['builds'],
): Promise<BatchGroups> {
  const ids = groups.flatMap(({ build }) => (build?.status === 'IN_PROGRESS' ? [build.id] : []));
  const found = new Map((await builds.findAll(scope, ids)).map((build) => [build.id, build.status]));
  return {
    ...others,
    groups: groups.map((group) => {
      const { build } = group;
      // One that was deleted meanwhile had ended.
      const status = build && (ids.includes(build.id) ? (found.get(build.id) ?? 'STOPPED') : build.status);
      return build && status ? { ...group, build: { ...build, status } } : { ...group };
    }),
  };
}
