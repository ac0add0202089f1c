import type { Sealer } from '../identity/sealer.ts';
import type { Configuration, Scope } from '../model/pipeline.ts';

/** What every read but a job's shows in place of a secret (behaviour A.5). */
const mask = '****';

interface Owner extends Scope {
  /** Name of the pipeline the secret belongs to. */
  name: string;
}

/** The configuration as it is stored: values of `secret` properties sealed for this pipeline. */
export function sealSecrets(
  configuration: Record<string, string>,
  secret: Set<string>,
  owner: Owner,
  sealer: Sealer,
): Configuration {
  return mapValues(configuration, (value, key) =>
    secret.has(key) ? { sealed: sealer.seal(value, sealingContext(owner)) } : value,
  );
}

/** The configuration with secrets in clear, for the worker that does the job. */
export function openSecrets(configuration: Configuration, owner: Owner, sealer: Sealer): Record<string, string> {
  return mapValues(configuration, (value) =>
    typeof value === 'string' ? value : sealer.open(value.sealed, sealingContext(owner)),
  );
}

/** The configuration as everybody else may see it. */
export function maskSecrets(configuration: Configuration): Record<string, string> {
  return mapValues(configuration, (value) => (typeof value === 'string' ? value : mask));
}

function sealingContext({ account, region, name }: Owner): string {
  return `configuration of pipeline ${account}/${region}/${name}`;
}

function mapValues<From, To>(record: Record<string, From>, map: (value: From, key: string) => To): Record<string, To> {
  return Object.fromEntries(Object.entries(record).map(([key, value]) => [key, map(value, key)]));
}
