import { projectOf, projectType } from './template-project.ts';
import { isUnresolved, resolveFunctions, type TemplateContext } from './template-values.ts';

/** A pipeline of a template. */
export interface TemplatePipeline {
  logicalId: string;
  /** As the API takes it. */
  declaration: unknown;
}

/** Members of the resource that are no part of the declaration. */
const resourceOnly = ['Tags', 'DisableInboundStageTransitions', 'RestartExecutionOnUpdate'];

const pipelineType = 'AWS::CodePipeline::Pipeline';

/** Reports whether a document is a template of CloudFormation or SAM. */
export function isTemplate(document: unknown): document is { Resources: Record<string, unknown> } {
  const { Resources } = (document ?? {}) as { Resources?: unknown };
  return typeof Resources === 'object' && Resources !== null;
}

/** Returns the pipelines and the projects of a template. `given` are values of its parameters. */
export function templatePipelines(
  template: { Resources: Record<string, unknown>; Parameters?: unknown; Mappings?: unknown },
  { given, region, account }: { given: Record<string, string>; region: string; account: string },
): { pipelines: TemplatePipeline[]; projects: Record<string, unknown>[] } {
  const parameters = parametersOf(template, given);
  const context = { parameters, mappings: template.Mappings, names: new Map(), region, account };
  const names = namesOf(template.Resources, context);
  const resolved = (type: string) =>
    Object.entries(template.Resources).flatMap(([logicalId, resource]) => {
      const { Type, Properties } = (resource ?? {}) as { Type?: unknown; Properties?: unknown };
      if (Type !== type || typeof Properties !== 'object' || Properties === null) return [];
      const properties = resolveFunctions(Properties, { ...context, names }) as Record<string, unknown>;
      return [{ logicalId, properties }];
    });
  return {
    pipelines: resolved(pipelineType).map(({ logicalId, properties }) => {
      return { logicalId, declaration: declarationOf(properties, logicalId) };
    }),
    projects: resolved(projectType).map(({ logicalId, properties }) => projectOf(properties, logicalId)),
  };
}

/** The members of resources that `Ref` means. */
const nameMembers: Record<string, string> = {
  [projectType]: 'Name',
  'AWS::CodeCommit::Repository': 'Name',
  'AWS::ECR::Repository': 'RepositoryName',
  'AWS::S3::Bucket': 'BucketName',
};

/** Returns the names of resources that have one; a project always has, since it may be made. */
function namesOf(resources: Record<string, unknown>, context: TemplateContext): Map<string, string> {
  const names = new Map<string, string>();
  for (const [logicalId, resource] of Object.entries(resources)) {
    const { Type, Properties } = (resource ?? {}) as { Type?: unknown; Properties?: Record<string, unknown> };
    const member = typeof Type === 'string' && Object.hasOwn(nameMembers, Type) ? nameMembers[Type] : undefined;
    if (member === undefined) continue;
    const name = resolveFunctions(Properties?.[member], context);
    if (typeof name === 'string') names.set(logicalId, name);
    else if (Type === projectType) names.set(logicalId, logicalId);
  }
  return names;
}

function parametersOf({ Parameters }: { Parameters?: unknown }, given: Record<string, string>): Map<string, string> {
  const declared = Object.entries((Parameters ?? {}) as Record<string, { Default?: unknown } | null>);
  const defaults = declared.flatMap(([name, parameter]): [string, string][] =>
    parameter?.Default === undefined ? [] : [[name, String(parameter.Default)]],
  );
  return new Map([...defaults, ...Object.entries(given)]);
}

function declarationOf(properties: Record<string, unknown>, logicalId: string): unknown {
  const own = Object.fromEntries(Object.entries(properties).filter(([name]) => !resourceOnly.includes(name)));
  const { artifactStores, name, ...declaration } = toApi(own, '') as Record<string, unknown>;
  return {
    name: typeof name === 'string' && !isUnresolved(name) ? name : logicalId,
    ...declaration,
    ...(Array.isArray(artifactStores) && { artifactStores: storesByRegion(artifactStores) }),
  };
}

function storesByRegion(stores: unknown[]): Record<string, unknown> {
  const entries = stores.map((store) => {
    const { region, artifactStore } = (store ?? {}) as { region?: unknown; artifactStore?: unknown };
    return [String(region), artifactStore] as const;
  });
  return Object.fromEntries(entries);
}

/** Members that are numbers in the API; templates may write them as texts. */
const numbers = new Set(['runOrder', 'timeoutInMinutes']);

/** Begins the names of members with a lower case letter; those of configurations stay, and their values are texts. */
function toApi(value: unknown, name: string): unknown {
  if (Array.isArray(value)) return value.map((item) => toApi(item, ''));
  if (typeof value !== 'object' || value === null) {
    if (numbers.has(name)) return Number(value);
    return typeof value === 'boolean' || typeof value === 'number' ? String(value) : value;
  }
  if (name === 'configuration') return configurationOf(value);
  const entries = Object.entries(value).map(([member, held]) => {
    const apiName = member.charAt(0).toLowerCase() + member.slice(1);
    return [apiName, toApi(withArn(held, apiName), apiName)] as const;
  });
  return Object.fromEntries(entries);
}

/** A role that only AWS knows must still look like one. */
function withArn(value: unknown, name: string): unknown {
  if (name !== 'roleArn' || !isUnresolved(value) || String(value).startsWith('arn:')) return value;
  return `arn:aws:iam::123456789012:role/${String(value)}`;
}

/** Values that are objects, such as EnvironmentVariables, are texts in the API. */
function configurationOf(configuration: object): Record<string, string> {
  const entries = Object.entries(configuration).map(([name, value]) => {
    const isText = typeof value !== 'object' || value === null;
    return [name, isText ? String(value ?? '') : JSON.stringify(value)] as const;
  });
  return Object.fromEntries(entries);
}
