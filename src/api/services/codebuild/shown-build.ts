import type { CodeBuild } from '../../../contract/generated.ts';
import {
  type Build,
  type BuildArtifact,
  type BuildPhase,
  type BuildSource,
  buildArn,
  type StoredBuildArtifact,
} from '../../../model/build.ts';
import { toSeconds } from '../../seconds.ts';
import { reportArn } from './report-arn.ts';
import { storeKey } from './shown-project.ts';

const minuteMs = 60_000;

/** Returns a build as callers see it. */
export function showBuild(build: Build): CodeBuild.Build {
  const { id, scope, order, startedAt, endedAt, status } = build;
  return {
    id,
    arn: buildArn(scope, id),
    buildNumber: build.number,
    startTime: toSeconds(startedAt),
    endTime: toSeconds(endedAt),
    currentPhase: build.currentPhase,
    buildStatus: status,
    buildComplete: status !== 'IN_PROGRESS',
    sourceVersion: order.sourceVersion,
    resolvedSourceVersion: build.fetched?.resolvedSourceVersion ?? order.resolvedSourceVersion,
    projectName: order.projectName,
    phases: build.phases.map(showPhase),
    ...showSources(build),
    ...showArtifacts(build),
    cache: showCache(build),
    environment: showEnvironment(build),
    logs: showLogs(build),
    timeoutInMinutes: order.timeoutMs / minuteMs,
    queuedTimeoutInMinutes: order.queuedTimeoutMs / minuteMs,
    serviceRole: order.serviceRole,
    initiator: order.initiator,
    encryptionKey: order.encryptionKey ?? storeKey(scope),
    exportedEnvironmentVariables: build.exportedVariables,
    reportArns: build.reports.map((report) => reportArn(build, report)),
    ...(order.batch && { buildBatchArn: buildArn(scope, order.batch.id).replace(':build/', ':build-batch/') }),
  };
}

function showPhase({ type, startedAt, endedAt, status, failure }: BuildPhase): CodeBuild.BuildPhase {
  return {
    phaseType: type,
    phaseStatus: status,
    startTime: toSeconds(startedAt),
    endTime: toSeconds(endedAt),
    durationInSeconds: endedAt === undefined ? undefined : Math.round((endedAt - startedAt) / 1000),
    contexts: failure && [{ statusCode: failure.code, message: failure.message }],
  };
}

function showSources({ order }: Build): Pick<CodeBuild.Build, 'source' | 'secondarySources'> {
  const { buildspec } = order;
  const text =
    buildspec === undefined
      ? undefined
      : 'text' in buildspec
        ? buildspec.text
        : 'path' in buildspec
          ? buildspec.path
          : `arn:aws:s3:::${buildspec.bucket}/${buildspec.key}`;
  return {
    source: {
      ...(order.job ? { type: 'CODEPIPELINE' } : showSource(order.source)),
      ...(text !== undefined && { buildspec: text }),
    },
    secondarySources: order.job
      ? []
      : order.secondarySources.map((source) => ({ ...showSource(source), sourceIdentifier: source.identifier })),
  };
}

function showSource(source: BuildSource): CodeBuild.ProjectSource {
  if ('bucket' in source) return { type: source.type, location: `${source.bucket}/${source.key}` };
  if (source.type === 'NO_SOURCE') return { type: 'NO_SOURCE' };
  return { type: forgeOf(source.url, source.repository), location: source.url };
}

/** An order has the URL of a repository and not what kind of forge it is at. */
function forgeOf(url = '', codeCommitName: string | undefined): CodeBuild.SourceType {
  if (codeCommitName !== undefined) return 'CODECOMMIT';
  if (/[/@]github\.com[/:]/.test(url)) return 'GITHUB';
  if (/[/@]bitbucket\.org[/:]/.test(url)) return 'BITBUCKET';
  if (/[/@]gitlab\.com[/:]/.test(url)) return 'GITLAB';
  return /gitlab/.test(url) ? 'GITLAB_SELF_MANAGED' : 'GITHUB_ENTERPRISE';
}

function showArtifacts({ order, artifacts }: Build): Pick<CodeBuild.Build, 'artifacts' | 'secondaryArtifacts'> {
  const showOne = (wanted: BuildArtifact): CodeBuild.BuildArtifacts => {
    const stored = artifacts.find(({ identifier }) => identifier === wanted.identifier);
    return showArtifact(wanted, stored);
  };
  return {
    artifacts: order.artifact ? showOne(order.artifact) : { location: '' },
    secondaryArtifacts: order.secondaryArtifacts.map(showOne),
  };
}

function showArtifact(
  { identifier, bucket, key, name }: BuildArtifact,
  stored: StoredBuildArtifact | undefined,
): CodeBuild.BuildArtifacts {
  return {
    artifactIdentifier: identifier,
    location: `arn:aws:s3:::${stored?.location ?? `${bucket}/${key}`}`,
    sha256sum: stored?.sha256,
    md5sum: stored?.md5,
    overrideArtifactName: name !== undefined,
    encryptionDisabled: false,
  };
}

function showCache({ order: { cache } }: Build): CodeBuild.ProjectCache {
  if (!cache) return { type: 'NO_CACHE' };
  return cache.type === 'LOCAL' ? cache : { type: 'S3', location: `${cache.bucket}/${cache.prefix}` };
}

function showEnvironment({ order }: Build): CodeBuild.ProjectEnvironment {
  const variables = [...order.variables.project, ...order.variables.start];
  return {
    type: (order.environmentType ?? 'LINUX_CONTAINER') as CodeBuild.EnvironmentType,
    image: order.image ?? '',
    computeType: (order.computeType ?? 'BUILD_GENERAL1_SMALL') as CodeBuild.ComputeType,
    privilegedMode: order.isPrivileged,
    // A variable of the start replaces that of the project.
    environmentVariables: [...new Map(variables.map((variable) => [variable.name, variable])).values()],
  };
}

function showLogs({ scope: { account, region }, order: { logGroup, logStream } }: Build): CodeBuild.LogsLocation {
  return {
    groupName: logGroup,
    streamName: logStream,
    cloudWatchLogsArn: `arn:aws:logs:${region}:${account}:log-group:${logGroup}:log-stream:${logStream}`,
    cloudWatchLogs: { status: 'ENABLED' },
    s3Logs: { status: 'DISABLED' },
  };
}
