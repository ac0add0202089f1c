import { isUnresolved } from './template-values.ts';

/** The type of projects in templates. */
export const projectType = 'AWS::CodeBuild::Project';

/** Members of the resource that have nothing to do with a run of its builds, or need services of AWS. */
const left = [
  'AutoRetryLimit',
  'BadgeEnabled',
  'FileSystemLocations',
  'LogsConfig',
  'ResourceAccessRole',
  'Tags',
  'Triggers',
  'Visibility',
  'VpcConfig',
];

/** Members whose names differ from those of the API in more than their first letter. */
const renamed: Record<string, string> = { BuildSpec: 'buildspec' };

const numbers = new Set(['timeoutInMinutes', 'queuedTimeoutInMinutes', 'concurrentBuildLimit', 'gitCloneDepth']);

/** Turns the resolved properties of a project into what CreateProject takes. */
export function projectOf(properties: Record<string, unknown>, logicalId: string): Record<string, unknown> {
  const own = Object.fromEntries(Object.entries(properties).filter(([name]) => !left.includes(name)));
  const { name = logicalId, serviceRole, ...project } = toApi(own, '') as Record<string, unknown>;
  const {
    certificate: _,
    registryCredential: __,
    ...environment
  } = (project.environment ?? {}) as Record<string, unknown>;
  return { ...project, name, serviceRole: roleOf(serviceRole), environment };
}

function toApi(value: unknown, name: string): unknown {
  if (Array.isArray(value)) return value.map((item) => toApi(item, ''));
  if (typeof value !== 'object' || value === null) return scalarOf(value, name);
  const entries = Object.entries(value).map(([member, held]) => {
    const apiName = renamed[member] ?? member.charAt(0).toLowerCase() + member.slice(1);
    return [apiName, toApi(held, apiName)] as const;
  });
  return Object.fromEntries(entries);
}

/** Templates may write numbers and truth values as texts, and the values of variables as anything. */
function scalarOf(value: unknown, name: string): unknown {
  if (numbers.has(name)) return Number(value);
  if (name === 'value') return String(value ?? '');
  return value === 'true' || value === 'false' ? value === 'true' : value;
}

/** A role that only AWS knows must still look like one. */
function roleOf(role: unknown): string {
  if (typeof role === 'string' && (role.startsWith('arn:') || !isUnresolved(role))) return role;
  return `arn:aws:iam::123456789012:role/${typeof role === 'string' ? role : 'project'}`;
}
