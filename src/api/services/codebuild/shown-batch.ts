import type { CodeBuild } from '../../../contract/generated.ts';
import { buildArn } from '../../../model/build.ts';
import { type BatchGroup, type BuildBatch, batchArn } from '../../../model/build-batch.ts';
import { toSeconds } from '../../seconds.ts';
import { showBuild } from './shown-build.ts';

const minuteMs = 60_000;

/** Returns a batch as callers see it: its sources, environment and limits as those of one of its builds. */
export function showBatch(batch: BuildBatch): CodeBuild.BuildBatch {
  const { id, scope, order, number, startedAt, endedAt, status, groups } = batch;
  const asBuild = showBuild({
    ...{ id, scope, number, order: order.build, status, startedAt },
    ...{ currentPhase: 'QUEUED', phases: [], exportedVariables: [], reports: [], artifacts: [], attempts: 0 },
  });
  const phases = phasesOf(batch);
  return {
    id,
    arn: batchArn(scope, id),
    buildBatchNumber: number,
    buildBatchStatus: status,
    complete: status !== 'IN_PROGRESS',
    startTime: toSeconds(startedAt),
    endTime: toSeconds(endedAt),
    currentPhase: phases.at(-1)?.phaseType,
    phases,
    projectName: asBuild.projectName,
    sourceVersion: asBuild.sourceVersion,
    resolvedSourceVersion: groups?.commit ?? asBuild.resolvedSourceVersion,
    source: asBuild.source,
    secondarySources: asBuild.secondarySources,
    artifacts: asBuild.artifacts,
    secondaryArtifacts: asBuild.secondaryArtifacts,
    cache: asBuild.cache,
    environment: asBuild.environment,
    serviceRole: asBuild.serviceRole,
    initiator: asBuild.initiator,
    encryptionKey: asBuild.encryptionKey,
    buildTimeoutInMinutes: asBuild.timeoutInMinutes,
    queuedTimeoutInMinutes: asBuild.queuedTimeoutInMinutes,
    buildBatchConfig: {
      timeoutInMins: order.timeoutMs / minuteMs,
      restrictions: { maximumBuildsAllowed: order.mostBuilds, computeTypesAllowed: order.computeTypes },
    },
    buildGroups: (groups?.groups ?? []).map((group) => showGroup(group, batch)),
  };
}

function showGroup(
  { identifier, dependsOn, ignoresFailure, build }: BatchGroup,
  { scope }: BuildBatch,
): CodeBuild.BuildGroup {
  return {
    identifier,
    dependsOn,
    ignoreFailure: ignoresFailure,
    currentBuildSummary: build && {
      arn: buildArn(scope, build.id),
      requestedOn: toSeconds(build.startedAt),
      buildStatus: build.status,
    },
    priorBuildSummaryList: [],
  };
}

/** The phases of a batch follow from its instants. */
function phasesOf(batch: BuildBatch): CodeBuild.BuildBatchPhase[] {
  const { startedAt, readAt, endedAt, status, failure } = batch;
  const contexts = failure && [{ statusCode: failure.code, message: failure.message }];
  const phase = (
    phaseType: CodeBuild.BuildBatchPhaseType,
    from: number,
    to: number | undefined,
    isLast: boolean,
  ): CodeBuild.BuildBatchPhase => ({
    phaseType,
    startTime: toSeconds(from),
    ...(to !== undefined && {
      endTime: toSeconds(to),
      durationInSeconds: Math.round((to - from) / 1000),
      phaseStatus: isLast ? status : 'SUCCEEDED',
      ...(isLast && { contexts }),
    }),
  });
  const end = endedAt === undefined ? [] : [phase(endPhases[status], endedAt, endedAt, false)];
  const reading = phase('DOWNLOAD_BATCHSPEC', startedAt, readAt ?? endedAt, readAt === undefined);
  const running = readAt === undefined ? [] : [phase('IN_PROGRESS', readAt, endedAt, true)];
  return [phase('SUBMITTED', startedAt, startedAt, false), reading, ...running, ...end];
}

const endPhases: Record<BuildBatch['status'], CodeBuild.BuildBatchPhaseType> = {
  IN_PROGRESS: 'IN_PROGRESS',
  SUCCEEDED: 'SUCCEEDED',
  STOPPED: 'STOPPED',
  FAILED: 'FAILED',
  FAULT: 'FAILED',
  TIMED_OUT: 'FAILED',
};
