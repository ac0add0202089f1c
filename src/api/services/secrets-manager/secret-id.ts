import { createHash } from 'node:crypto';
import type { Scope } from '../../../model/pipeline.ts';
import type { StoredResource } from '../../../model/resource.ts';

const arnPattern = /^arn:aws(?:-[\w]+)*:secretsmanager:([^:]*):([^:]*):secret:([^:]+)$/;

/** The end of an ARN, which AWS makes at random. */
const suffixLength = 6;

/**
 * Returns the name of a secret that is named so, by its ARN, or by its ARN without the six characters at the end; undefined if
 * the ARN is of another account or Region.
 */
export function readSecretName(id: string, scope: Scope): string | undefined {
  const [arn, region, account, named = ''] = arnPattern.exec(id) ?? [];
  if (arn === undefined) return id.startsWith('arn:') ? undefined : id;
  if (region !== scope.region || account !== scope.account) return undefined;
  const withoutSuffix = named.slice(0, -(suffixLength + 1));
  return named === `${withoutSuffix}-${suffixOf(scope, withoutSuffix)}` ? withoutSuffix : named;
}

/** Returns `arn:aws:secretsmanager:<region>:<account>:secret:<name>-<suffix>`; the suffix depends on the rest. */
export function secretArn(scope: Scope, name: string): string {
  const { region, account } = scope;
  return `arn:aws:secretsmanager:${region}:${account}:secret:${name}-${suffixOf(scope, name)}`;
}

/** Returns the id of the current version, a UUID that changes with the secret. */
export function versionIdOf({ account, region }: Scope, { name, version, updatedAt }: StoredResource): string {
  const hex = digest(['version', account, region, name, version, updatedAt]).toString('hex');
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12}).*$/, '$1-$2-$3-$4-$5');
}

const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';

function suffixOf({ account, region }: Scope, name: string): string {
  return [...digest(['suffix', account, region, name]).subarray(0, suffixLength)]
    .map((byte) => letters[byte % letters.length])
    .join('');
}

function digest(parts: (string | number)[]): Buffer {
  return createHash('sha256').update(JSON.stringify(parts)).digest();
}
