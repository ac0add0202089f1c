import type { Scope } from './pipeline.ts';

/** The kinds of things that AWS keeps in other services than CodePipeline. */
export type ResourceKind =
  | 'Connection'
  | 'EventTarget'
  | 'Parameter'
  | 'Project'
  | 'Registry'
  | 'Repository'
  | 'Secret';

/** A value of a resource; a secret is stored sealed. */
type ResourceValue = string | string[] | boolean | number | { sealed: string };

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
  createdAt: number;
  updatedAt: number;
  /** The ARN of who changed it last. */
  updatedBy: string;
}

/** A member of a document. */
export interface Member {
  /** Of a `json` member the text is stored; a file may have the value itself. */
  type: 'text' | 'list' | 'flag' | 'number' | 'json';
  isRequired?: boolean;
  /** Sealed in the store, and never shown. */
  isSecret?: boolean;
  /** For the reference page and for mistakes: what the member says. */
  documentation: string;
  /** Says what is wrong with a text, as the end of a sentence. */
  mistakeIn?(text: string): string | undefined;
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
