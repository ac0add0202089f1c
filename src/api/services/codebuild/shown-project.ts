import type { CodeBuild } from '../../../contract/generated.ts';
import type { Scope } from '../../../model/pipeline.ts';
import type { StoredResource } from '../../../model/resource.ts';
import { type BuildProject, projectArn, readProject } from '../../../projects/project.ts';
import { toSeconds } from '../../seconds.ts';

/** Returns a project as callers see it. */
export function showProject(stored: StoredResource, scope: Scope): CodeBuild.Project {
  const {
    cage: _,
    network: __,
    badgeEnabled: ___,
    vpcConfig,
    buildBatchConfig,
    ...project
  } = readProject(stored, scope);
  return {
    ...project,
    // Empty ones remove what was there before.
    vpcConfig: vpcConfig?.vpcId ? vpcConfig : undefined,
    buildBatchConfig: buildBatchConfig?.serviceRole ? buildBatchConfig : undefined,
    arn: projectArn(scope, stored.name),
    source: showSource(project.source),
    secondarySources: project.secondarySources ?? [],
    artifacts: showArtifacts(project.artifacts, stored.name),
    secondaryArtifacts: (project.secondaryArtifacts ?? []).map((artifacts) => showArtifacts(artifacts)),
    cache: project.cache ?? { type: 'NO_CACHE' },
    environment: showEnvironment(project.environment),
    encryptionKey: project.encryptionKey ?? storeKey(scope),
    tags: project.tags ?? [],
    badge: { badgeEnabled: false },
    projectVisibility: 'PRIVATE',
    created: toSeconds(stored.createdAt),
    lastModified: toSeconds(stored.updatedAt),
  };
}

/** Returns the key of projects that name none: that of the artifact store. */
export function storeKey({ account, region }: Scope): string {
  return `arn:aws:kms:${region}:${account}:alias/aws/s3`;
}

function showSource(source: CodeBuild.ProjectSource): CodeBuild.ProjectSource {
  return source.type === 'CODEPIPELINE' || source.type === 'NO_SOURCE' ? source : { insecureSsl: false, ...source };
}

/** CodeBuild fills in what a caller has left out of an artifact, but for an identifier as the name. */
function showArtifacts(artifacts: CodeBuild.ProjectArtifacts, name?: string): CodeBuild.ProjectArtifacts {
  switch (artifacts.type) {
    case 'NO_ARTIFACTS':
      return artifacts;
    case 'CODEPIPELINE':
      return { encryptionDisabled: false, name, packaging: 'NONE', ...artifacts };
    default:
      return { encryptionDisabled: false, namespaceType: 'NONE', name, packaging: 'NONE', ...artifacts };
  }
}

/** Returns an environment with what CodeBuild fills in. */
function showEnvironment(environment: BuildProject['environment']): CodeBuild.ProjectEnvironment {
  const { environmentVariables = [] } = environment;
  return {
    privilegedMode: false,
    imagePullCredentialsType: 'CODEBUILD',
    ...environment,
    environmentVariables: environmentVariables.map((variable) => ({ type: 'PLAINTEXT', ...variable })),
  };
}
