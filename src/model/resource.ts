import type { Scope } from './pipeline.ts';

/** The kinds of things that AWS keeps in other services than CodePipeline. */
export type ResourceKind = 'Repository';

/** A value of a resource; a secret is stored sealed. */
type ResourceValue = string | string[] | boolean | { sealed: string };

/** A resource of an account in a Region, identified by its kind and name. */
export interface Resource {
  kind: ResourceKind;
  name: string;
  document: Record<string, ResourceValue>;
}

/** A resource as stored. */
export interface StoredResource extends Resource {
  /** Counts its changes. */
  version: number;
  updatedAt: number;
  /** The ARN of who changed it last. */
  updatedBy: string;
}

/** Returns what the secrets of a resource are sealed for. */
export function secretContext(
  { account, region }: Scope,
  { kind, name }: Pick<Resource, 'kind' | 'name'>,
  member: string,
) {
  return JSON.stringify(['resource', account, region, kind, name, member]);
}

/** Returns the ARN by which policies name a resource. */
export function resourceArn({ account, region }: Scope, { kind, name }: { kind: string; name: string }): string {
  return `arn:aws:millrace:${region}:${account}:resource/${kind}/${name}`;
}
