import type { CodeBuild } from '../contract/generated.ts';
import type { BuildProject } from './project.ts';

/** What a start may change of its project, as StartBuild names it; variables are added by `createBuildOrder`. */
export interface BuildOverrides {
  artifactsOverride?: CodeBuild.ProjectArtifacts;
  secondaryArtifactsOverride?: CodeBuild.ProjectArtifacts[];
  sourceTypeOverride?: CodeBuild.SourceType;
  sourceLocationOverride?: string;
  sourceAuthOverride?: CodeBuild.SourceAuth;
  sourceVersion?: string;
  secondarySourcesOverride?: CodeBuild.ProjectSource[];
  secondarySourcesVersionOverride?: CodeBuild.ProjectSourceVersion[];
  gitCloneDepthOverride?: number;
  gitSubmodulesConfigOverride?: CodeBuild.GitSubmodulesConfig;
  buildspecOverride?: string;
  insecureSslOverride?: boolean;
  reportBuildStatusOverride?: boolean;
  buildStatusConfigOverride?: CodeBuild.BuildStatusConfig;
  environmentTypeOverride?: CodeBuild.EnvironmentType;
  imageOverride?: string;
  computeTypeOverride?: CodeBuild.ComputeType;
  certificateOverride?: string;
  privilegedModeOverride?: boolean;
  registryCredentialOverride?: CodeBuild.RegistryCredential;
  imagePullCredentialsTypeOverride?: CodeBuild.ImagePullCredentialsType;
  fleetOverride?: CodeBuild.ProjectFleet;
  cacheOverride?: CodeBuild.ProjectCache;
  logsConfigOverride?: CodeBuild.LogsConfig;
  serviceRoleOverride?: string;
  encryptionKeyOverride?: string;
  timeoutInMinutesOverride?: number;
  queuedTimeoutInMinutesOverride?: number;
  autoRetryLimitOverride?: number;
}

/** Returns the project as one start wants it. What it gets is checked again by `findProjectMistakes`. */
export function withOverrides(project: BuildProject, overrides: BuildOverrides): BuildProject {
  const { sourceTypeOverride: sourceType } = overrides;
  // The members of a source belong to its type, but for the buildspec.
  const source =
    sourceType === undefined || sourceType === project.source.type
      ? project.source
      : { type: sourceType, buildspec: project.source.buildspec };
  return {
    ...project,
    ...given<Partial<BuildProject>>({
      artifacts: overrides.artifactsOverride,
      secondaryArtifacts: overrides.secondaryArtifactsOverride,
      secondarySources: overrides.secondarySourcesOverride,
      secondarySourceVersions: overrides.secondarySourcesVersionOverride,
      sourceVersion: overrides.sourceVersion,
      cache: overrides.cacheOverride,
      logsConfig: overrides.logsConfigOverride,
      serviceRole: overrides.serviceRoleOverride,
      encryptionKey: overrides.encryptionKeyOverride,
      timeoutInMinutes: overrides.timeoutInMinutesOverride,
      queuedTimeoutInMinutes: overrides.queuedTimeoutInMinutesOverride,
      autoRetryLimit: overrides.autoRetryLimitOverride,
    }),
    source: {
      ...source,
      ...given<Partial<CodeBuild.ProjectSource>>({
        location: overrides.sourceLocationOverride,
        auth: overrides.sourceAuthOverride,
        buildspec: overrides.buildspecOverride,
        gitCloneDepth: overrides.gitCloneDepthOverride,
        gitSubmodulesConfig: overrides.gitSubmodulesConfigOverride,
        insecureSsl: overrides.insecureSslOverride,
        reportBuildStatus: overrides.reportBuildStatusOverride,
        buildStatusConfig: overrides.buildStatusConfigOverride,
      }),
    },
    environment: {
      ...project.environment,
      ...given<Partial<CodeBuild.ProjectEnvironment>>({
        type: overrides.environmentTypeOverride,
        image: overrides.imageOverride,
        computeType: overrides.computeTypeOverride,
        certificate: overrides.certificateOverride,
        privilegedMode: overrides.privilegedModeOverride,
        registryCredential: overrides.registryCredentialOverride,
        imagePullCredentialsType: overrides.imagePullCredentialsTypeOverride,
        fleet: overrides.fleetOverride,
      }),
    },
  };
}

/** Leaves out members without a value, which would hide those of the project. */
function given<Members extends object>(members: Members): Members {
  return Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined)) as Members;
}
