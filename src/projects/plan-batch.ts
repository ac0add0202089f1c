import { createHash } from 'node:crypto';
import type { BuildArtifact, BuildOrder } from '../model/build.ts';
import type { BatchEnd, BatchGroup, BatchGroups, BatchOrder } from '../model/build-batch.ts';
import { isInline } from './source-location.ts';

/** What follows in a batch: builds to start, builds to stop, or its end. */
export interface BatchPlan {
  start: BatchGroup[];
  stop: string[];
  end?: BatchEnd;
}

/** Decides what follows in a batch. One that stops, or whose first failure stops it, starts nothing more. */
export function planBatch(
  { stopsAtFirstFailure, groups }: BatchGroups,
  { isStopping, isOverdue }: { isStopping: boolean; isOverdue: boolean },
): BatchPlan {
  const byName = new Map(groups.map((group) => [group.identifier, group]));
  const running = groups.filter(({ build }) => build?.status === 'IN_PROGRESS');
  const hasFailed = groups.some(isFailed);
  const isEnding = isStopping || isOverdue || (stopsAtFirstFailure && hasFailed);
  const isReady = ({ build, dependsOn }: BatchGroup) =>
    build === undefined && dependsOn.every((name) => isDone(byName.get(name)));
  const start = isEnding ? [] : groups.filter(isReady);
  const stop = isEnding ? running.flatMap(({ build }) => build?.id ?? []) : [];
  if (running.length > 0 || start.length > 0) return { start, stop };
  if (isStopping) return { start, stop, end: { status: 'STOPPED' } };
  if (isOverdue) {
    const message = 'The batch has not ended before its time-out.';
    return { start, stop, end: { status: 'TIMED_OUT', failure: { code: 'BUILD_TIMED_OUT', message } } };
  }
  if (!hasFailed) return { start, stop, end: { status: 'SUCCEEDED' } };
  const failed = groups.filter(isFailed).map(({ identifier }) => identifier);
  const failure = { code: 'CLIENT_ERROR', message: `These builds did not succeed: ${failed.join(', ')}` };
  return { start, stop, end: { status: 'FAILED', failure } };
}

/** An ignored failure blocks nothing. */
function isDone(group: BatchGroup | undefined): boolean {
  return group?.build !== undefined && group.build.status !== 'IN_PROGRESS' && !isFailed(group);
}

function isFailed({ build, ignoresFailure }: BatchGroup): boolean {
  const hasEnded = build !== undefined && build.status !== 'IN_PROGRESS';
  return hasEnded && build.status !== 'SUCCEEDED' && !ignoresFailure;
}

/** Says what a batch has that its project does not allow; undefined if it may run. */
export function batchMistake(
  { groups }: BatchGroups,
  { mostBuilds, computeTypes, build }: BatchOrder,
): string | undefined {
  if (groups.length > mostBuilds) {
    return `The batch has ${groups.length} builds; the restrictions of the project allow ${mostBuilds}.`;
  }
  const refused = groups
    .map(({ changes }) => changes.computeType ?? build.computeType ?? '')
    .find((type) => computeTypes !== undefined && !computeTypes.includes(type));
  return refused === undefined
    ? undefined
    : `The restrictions of the project do not allow the compute type ${refused}.`;
}

/** Returns the UUID of a build of a batch, the same whenever it is asked for. */
export function groupUuid(batchId: string, { identifier }: BatchGroup): string {
  const hash = createHash('sha256')
    .update(JSON.stringify(['batch', batchId, identifier]))
    .digest('hex');
  return hash.slice(0, 32).replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}

/** Returns the order of a build of a batch. Its artifacts are in a folder of its identifier, beside those of the others. */
export function groupOrder(
  batchId: string,
  { build }: BatchOrder,
  { commit }: BatchGroups,
  group: BatchGroup,
): BuildOrder {
  const { identifier, changes } = group;
  const { buildspec, computeType, image, variables } = changes;
  const own = Object.entries(variables).map(([name, value]) => ({ name, value, type: 'PLAINTEXT' as const }));
  const placed = (artifact: BuildArtifact): BuildArtifact => {
    const at = artifact.key.lastIndexOf('/') + 1;
    return { ...artifact, key: `${artifact.key.slice(0, at)}${identifier}/${artifact.key.slice(at)}` };
  };
  return {
    ...build,
    ...(build.source.type === 'GIT' && commit !== undefined && { source: { ...build.source, ref: commit } }),
    ...(buildspec !== undefined && { buildspec: isInline(buildspec) ? { text: buildspec } : { path: buildspec } }),
    ...(computeType !== undefined && { computeType }),
    ...(image !== undefined && { image }),
    variables: { project: build.variables.project, start: [...build.variables.start, ...own] },
    ...(build.artifact && { artifact: placed(build.artifact) }),
    secondaryArtifacts: build.secondaryArtifacts.map(placed),
    logStream: build.logStream.replace(/[^/]*$/, groupUuid(batchId, group)),
    batch: { id: batchId, identifier },
  };
}
