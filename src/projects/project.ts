import type { CodeBuild } from '../contract/generated.ts';
import type { CageName } from '../model/build.ts';
import type { Scope } from '../model/pipeline.ts';
import type { Resource } from '../model/resource.ts';

/** A project with everything that its declaration left out. */
export interface BuildProject
  extends Omit<CodeBuild.CreateProjectInput, 'timeoutInMinutes' | 'queuedTimeoutInMinutes'> {
  timeoutInMinutes: number;
  queuedTimeoutInMinutes: number;
  /** What confines its builds; by default what the runner does. */
  cage?: CageName;
  /** `none` for builds without a network. */
  network?: 'none';
}

/** The kinds of cages, as projects name them. */
export const cageNames = ['container', 'bubblewrap', 'namespaces', 'process'] as const satisfies readonly CageName[];

const jsonMembers = [
  'source',
  'secondarySources',
  'secondarySourceVersions',
  'artifacts',
  'secondaryArtifacts',
  'cache',
  'environment',
  'tags',
  'vpcConfig',
  'logsConfig',
  'buildBatchConfig',
  'fileSystemLocations',
] as const satisfies readonly (keyof CodeBuild.CreateProjectInput)[];

/** Reports whether a member is stored as the JSON text of its value. */
export function isJsonMember(member: string): boolean {
  return (jsonMembers as readonly string[]).includes(member);
}

/** What an environment in a file may leave out. */
export const defaultEnvironment = {
  type: 'LINUX_CONTAINER',
  image: 'aws/codebuild/standard:7.0',
  computeType: 'BUILD_GENERAL1_SMALL',
} as const satisfies CodeBuild.ProjectEnvironment;

/** Returns the value of a document as a caller of CodeBuild's API would give it. Throws SyntaxError for a text that is no JSON. */
export function readDocument(document: Resource['document']): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(document).map(([member, value]) => [
      member,
      isJsonMember(member) && typeof value === 'string' ? JSON.parse(value) : value,
    ]),
  );
}

/** Returns the project that a stored resource of the kind Project describes. */
export function readProject({ name, document }: Pick<Resource, 'name' | 'document'>, { account }: Scope): BuildProject {
  return withDefaults(name, readDocument(document), account);
}

/** Returns the document that a project is stored as. */
export function toDocument(project: Partial<CodeBuild.CreateProjectInput>): Resource['document'] {
  const { name: _, ...members } = project;
  return Object.fromEntries(
    Object.entries(members).flatMap(([member, value]) =>
      value === undefined ? [] : [[member, isJsonMember(member) ? JSON.stringify(value) : value]],
    ),
  ) as Resource['document'];
}

/**
 * Fills in what a declaration may leave out. A file may leave out more than a caller: a project is then one for pipelines,
 * with the role that CodeBuild's console would create for it.
 */
export function withDefaults(name: string, declared: Record<string, unknown>, account: string): BuildProject {
  const source =
    declared.source === undefined ? pipelineSource : (sourceWithType(declared.source) as typeof pipelineSource);
  const {
    source: _,
    artifacts = { type: source.type === 'CODEPIPELINE' ? 'CODEPIPELINE' : 'NO_ARTIFACTS' },
    environment = {},
    serviceRole = `codebuild-${name}-service-role`,
    timeoutInMinutes = 60,
    queuedTimeoutInMinutes = 480,
    ...others
  } = declared as Partial<BuildProject>;
  return {
    ...others,
    name,
    source,
    artifacts,
    environment: { ...defaultEnvironment, ...environment },
    serviceRole: serviceRole.startsWith('arn:') ? serviceRole : `arn:aws:iam::${account}:role/${serviceRole}`,
    timeoutInMinutes,
    queuedTimeoutInMinutes,
  };
}

const pipelineSource: CodeBuild.ProjectSource = { type: 'CODEPIPELINE' };

/** A source that a file gives neither type nor place is that of a pipeline; anything else is left to the checks. */
export function sourceWithType(source: unknown): unknown {
  const isOpen = typeof source === 'object' && source !== null && !Array.isArray(source) && !('location' in source);
  return isOpen ? { ...pipelineSource, ...source } : source;
}

/** Returns `arn:aws:codebuild:<region>:<account>:project/<name>`. */
export function projectArn({ account, region }: Scope, name: string): string {
  return `arn:aws:codebuild:${region}:${account}:project/${name}`;
}

/** Returns the name of a project that a caller names by name or ARN; undefined for the ARN of another account or Region. */
export function projectName(scope: Scope, nameOrArn: string): string | undefined {
  if (!nameOrArn.startsWith('arn:')) return nameOrArn;
  const prefix = projectArn(scope, '');
  return nameOrArn.startsWith(prefix) ? nameOrArn.slice(prefix.length) : undefined;
}

/** Returns the tags of a project by key. */
export function projectTags({ tags = [] }: BuildProject): Record<string, string> {
  return Object.fromEntries(tags.map(({ key = '', value = '' }) => [key, value]));
}
