import { dirname } from 'node:path';
import type { BuildEnvironment } from '../buildspec/buildspec.ts';
import type { BuildFolders } from '../cages/cage.ts';
import type { BuildFacts, GivenValue, GivenVariables, ValueSource } from './build-request.ts';
import { BuildFailure } from './build-result.ts';

/** Returns the variables that CodeBuild gives to each build; folders are those inside the cage. */
export function codeBuildVariables(
  facts: BuildFacts,
  folders: BuildFolders,
  startedAt: number,
): Record<string, string> {
  const [project = '', uuid = facts.id] = facts.id.split(':');
  const parent = dirname(folders.source);
  const known: Record<string, string | undefined> = {
    CODEBUILD_BUILD_ARN: facts.arn,
    CODEBUILD_BUILD_ID: facts.id,
    CODEBUILD_BUILD_IMAGE: facts.image,
    CODEBUILD_BUILD_NUMBER: facts.number === undefined ? undefined : String(facts.number),
    CODEBUILD_BUILD_SUCCEEDING: '1',
    CODEBUILD_BUILD_URL: facts.url,
    CODEBUILD_BATCH_BUILD_IDENTIFIER: facts.batchIdentifier,
    CODEBUILD_CI: String(facts.isCi),
    CODEBUILD_CONTAINER_NAME: 'default',
    CODEBUILD_INITIATOR: facts.initiator,
    CODEBUILD_KMS_KEY_ID: facts.encryptionKey ?? '',
    CODEBUILD_LAST_EXIT: '0',
    CODEBUILD_LOG_PATH: uuid,
    CODEBUILD_PROJECT_ARN: facts.projectArn,
    CODEBUILD_PROJECT_UUID: project,
    CODEBUILD_RESOLVED_SOURCE_VERSION: facts.resolvedSourceVersion,
    CODEBUILD_SOURCE_REPO_URL: facts.sourceRepositoryUrl ?? '',
    CODEBUILD_SOURCE_VERSION: facts.sourceVersion,
    CODEBUILD_SRC_DIR: folders.source,
    CODEBUILD_START_TIME: String(startedAt),
    CODEBUILD_GOPATH: parent,
    GOPATH: `/go:${parent}`,
    HOME: folders.home,
    AWS_REGION: facts.region,
    AWS_DEFAULT_REGION: facts.region,
    AWS_EXECUTION_ENV: 'AWS_ECS_EC2',
  };
  for (const [name, folder] of Object.entries(folders.secondarySources)) {
    known[`CODEBUILD_SRC_DIR_${variableName(name)}`] = folder;
  }
  return Object.fromEntries(Object.entries(known).filter((entry): entry is [string, string] => entry[1] !== undefined));
}

/** The names of artifacts may have hyphens, which no shell takes. */
function variableName(name: string): string {
  return name.replaceAll(/[^A-Za-z0-9_]/g, '_');
}

/** Names of variables that shells take. */
export const shellName = /^[A-Za-z_][A-Za-z0-9_]*$/;

/** The variables of a buildspec and of its project, with the secrets among them. */
export interface ResolvedVariables {
  variables: Record<string, string>;
  secrets: string[];
}

/** Resolves parameters and secrets; of the same name the start's value wins, then the project's. */
export async function resolveVariables(
  { variables, parameterStore, secretsManager }: BuildEnvironment,
  given: GivenVariables,
  values: ValueSource,
): Promise<ResolvedVariables> {
  // A value that is replaced anyway need not exist.
  const wanted: Record<string, GivenValue> = {
    ...variables,
    ...mapValues(parameterStore, (parameter) => ({ parameter })),
    ...mapValues(secretsManager, (secret) => ({ secret })),
    ...given.project,
    ...given.start,
  };
  const resolved: ResolvedVariables = { variables: {}, secrets: [] };
  for (const [name, value] of Object.entries(wanted)) {
    const text = await resolve(name, value, values);
    resolved.variables[name] = text;
    if (typeof value !== 'string') resolved.secrets.push(text);
  }
  return resolved;
}

async function resolve(name: string, value: GivenValue, values: ValueSource): Promise<string> {
  if (typeof value === 'string') return value;
  try {
    return await ('parameter' in value ? values.parameter(value.parameter) : values.secret(value.secret));
  } catch (error) {
    throw new BuildFailure('CLIENT_ERROR', `${name}: ${error instanceof Error ? error.message : String(error)}`);
  }
}

function mapValues(values: Record<string, string>, map: (value: string) => GivenValue): Record<string, GivenValue> {
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [name, map(value)]));
}
