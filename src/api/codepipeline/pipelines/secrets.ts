import { ServiceError } from '../../../contract/errors.ts';
import { SealError, type Sealer } from '../../../identity/secrets/sealer.ts';
import type { Configuration, ConfigurationValue, Scope } from '../../../model/pipeline.ts';
import type { JobRecord } from '../../../store/store.ts';

/** What every read but a job's shows in place of a secret (behaviour A.5). */
const mask = '****';

/** The mask as clients send it back: reads print four asterisks, the API Reference speaks of five (behaviour A.5). */
const sentBack = new Set([mask, '*****']);

interface Owner extends Scope {
  /** Name of the pipeline the secret belongs to. */
  name: string;
}

/** The configuration as it is stored: values of `secret` properties sealed for this pipeline. */
export function sealSecrets(
  configuration: Configuration,
  secret: Set<string>,
  owner: Owner,
  sealer: Sealer,
): Configuration {
  return mapValues(configuration, (value, key) =>
    typeof value === 'string' && secret.has(key) ? { sealed: sealer.seal(value, sealingContext(owner)) } : value,
  );
}

/**
 * The configuration with each mask that was sent back replaced by the secret it stands for: the one `stored` has. A
 * mask that stands for nothing is refused, as it would become the secret itself.
 */
export function keepSecrets(
  configuration: Record<string, string>,
  secret: Set<string>,
  action: { name: string; stored?: Configuration },
): Configuration {
  return mapValues<string, ConfigurationValue>(configuration, (value, key) => {
    if (!sentBack.has(value)) return value;
    const stored = action.stored && Object.hasOwn(action.stored, key) ? action.stored[key] : undefined;
    if (typeof stored === 'object') return stored;
    if (!secret.has(key)) return value;
    throw new ServiceError(
      'InvalidActionDeclarationException',
      `Action configuration for the new action "${action.name}" contains an invalid configuration for the secret property "${key}".`,
    );
  });
}

/** The configuration with secrets in clear, for the worker that does the job. */
export function openSecrets(configuration: Configuration, owner: Owner, sealer: Sealer): Record<string, string> {
  return mapValues(configuration, (value) =>
    typeof value === 'string' ? value : openSealed(value.sealed, owner, sealer),
  );
}

/** One sealed value in clear. */
export function openSealed(sealed: string, owner: Owner, sealer: Sealer): string {
  return sealer.open(sealed, sealingContext(owner));
}

/** A sealer for comparing: a secret that cannot be opened any more equals only itself, so that sending it again mends it. */
export function comparingSealer(sealer: Sealer): Sealer {
  return {
    ...sealer,
    open(sealed, context) {
      try {
        return sealer.open(sealed, context);
      } catch (error) {
        if (error instanceof SealError) return sealed;
        throw error;
      }
    },
  };
}

/** The secrets of a job's action in clear, for whoever has to take them out of a text. */
export function clearSecrets({ action, pipeline }: JobRecord, sealer: Sealer): string[] {
  const { resolvedConfiguration } = action.start;
  const clear = openSecrets(resolvedConfiguration, pipeline, sealer);
  return Object.keys(clear).flatMap((key) =>
    typeof resolvedConfiguration[key] === 'string' ? [] : (clear[key] ?? []),
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
