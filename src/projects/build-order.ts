import type { CodeBuild } from '../contract/generated.ts';
import type { BuildOrder, BuildVariable } from '../model/build.ts';
import { projectArtifacts } from './artifact-place.ts';
import { sourceOf, sourceUrl } from './order-source.ts';
import type { BuildProject } from './project.ts';
import { isInline, objectPlace } from './source-location.ts';

const minuteMs = 60_000;

/** The artifacts of a pipeline's action in place of what a project says: inputs, outputs and what they come from. */
type PipelineParts = Pick<
  BuildOrder,
  | 'source'
  | 'secondarySources'
  | 'sourceVersion'
  | 'resolvedSourceVersion'
  | 'artifact'
  | 'secondaryArtifacts'
  | 'batch'
  | 'job'
>;

/** What a start of a build adds to its project. */
interface OrderStart {
  /** The part of the build's id after the colon. */
  uuid: string;
  /** Such as `codepipeline/shop`, or the name of a user. */
  initiator: string;
  /** Variables that win over those of the project. */
  variables?: CodeBuild.EnvironmentVariable[];
  /** Absent: the project's own source and artifacts. */
  pipeline?: PipelineParts;
}

/**
 * Returns the order of a build of a project, to which overrides were applied before (`withOverrides`). Throws
 * InvalidInputException if a project of pipelines is to be built without one.
 */
export function createBuildOrder(
  project: BuildProject,
  { uuid, initiator, variables = [], pipeline }: OrderStart,
): BuildOrder {
  const { name, environment, source, timeoutInMinutes, queuedTimeoutInMinutes } = project;
  return {
    kind: 'CodeBuild',
    projectName: name,
    cage: project.cage,
    image: environment.image,
    computeType: environment.computeType,
    environmentType: environment.type,
    isPrivileged: environment.privilegedMode === true,
    hasNetwork: project.network !== 'none',
    buildspec: buildspecOf(source.buildspec),
    variables: {
      project: (environment.environmentVariables ?? []).map(toBuildVariable),
      start: variables.map(toBuildVariable),
    },
    ...(pipeline ?? ownParts(project, uuid)),
    cache: cacheOf(project),
    serviceRole: project.serviceRole,
    timeoutMs: timeoutInMinutes * minuteMs,
    queuedTimeoutMs: queuedTimeoutInMinutes * minuteMs,
    ...logOf(project, uuid),
    initiator,
    encryptionKey: project.encryptionKey,
  };
}

/** The sources and artifacts of a build without a pipeline. */
function ownParts(project: BuildProject, uuid: string) {
  const { source, sourceVersion, secondarySources = [], secondarySourceVersions = [] } = project;
  const versionOf = (identifier: string | undefined) =>
    secondarySourceVersions.find(({ sourceIdentifier }) => sourceIdentifier === identifier)?.sourceVersion;
  return {
    source: sourceOf(project.name, source, sourceVersion),
    secondarySources: secondarySources.map((secondary) => ({
      ...sourceOf(project.name, secondary, versionOf(secondary.sourceIdentifier)),
      identifier: secondary.sourceIdentifier ?? '',
    })),
    sourceVersion,
    sourceRepositoryUrl: sourceUrl(source),
    ...projectArtifacts(project, uuid),
  };
}

function buildspecOf(buildspec: string | undefined): BuildOrder['buildspec'] {
  if (buildspec === undefined || buildspec === '') return undefined;
  if (isInline(buildspec)) return { text: buildspec };
  return buildspec.startsWith('arn:') ? objectPlace(buildspec) : { path: buildspec };
}

function toBuildVariable({ name, value, type = 'PLAINTEXT' }: CodeBuild.EnvironmentVariable): BuildVariable {
  return { name, value, type };
}

function cacheOf({ cache }: BuildProject): BuildOrder['cache'] {
  if (cache?.type === 'LOCAL') return { type: 'LOCAL' };
  const place = cache?.type === 'S3' ? objectPlace(cache.location ?? '') : undefined;
  return place && { type: 'S3', bucket: place.bucket, prefix: place.key };
}

function logOf({ name, logsConfig }: BuildProject, uuid: string): Pick<BuildOrder, 'logGroup' | 'logStream'> {
  const { groupName = `/aws/codebuild/${name}`, streamName } = logsConfig?.cloudWatchLogs ?? {};
  return { logGroup: groupName, logStream: streamName === undefined ? uuid : `${streamName}/${uuid}` };
}
