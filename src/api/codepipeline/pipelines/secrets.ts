import { ServiceError } from '../../../contract/errors.ts';
import { SealError, type Sealer } from '../../../identity/secrets/sealer.ts';
import type { Configuration, ConfigurationValue, Scope } from '../../../model/pipeline.ts';
import type { JobRecord } from '../../../store/store.ts';

/** Shown in place of a secret in every response but a job's (behaviour A.5). */
const mask = '****';

/**
 * The masks that clients send back: responses have four asterisks, the API Reference documents five (behaviour A.5).
 */
const returnedMasks = new Set([mask, '*****']);

interface Owner extends Scope {
  /** Name of the pipeline the secret belongs to. */
  name: string;
}

/** Seals the values of `secret` properties for this pipeline. */
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
 * Replaces each mask that a client sent back with the stored secret. A mask without a stored secret is rejected, since it
 * would become the secret itself.
 */
export function keepSecrets(
  configuration: Record<string, string>,
  secret: Set<string>,
  action: { name: string; stored?: Configuration },
): Configuration {
  return mapValues<string, ConfigurationValue>(configuration, (value, key) => {
    if (!returnedMasks.has(value)) return value;
    const stored = action.stored && Object.hasOwn(action.stored, key) ? action.stored[key] : undefined;
    if (typeof stored === 'object') return stored;
    if (!secret.has(key)) return value;
    throw new ServiceError(
      'InvalidActionDeclarationException',
      `Action configuration for the new action "${action.name}" contains an invalid configuration for the secret property "${key}".`,
    );
  });
}

/** Returns the configuration with secrets in clear, for the job's worker. */
export function openSecrets(configuration: Configuration, owner: Owner, sealer: Sealer): Record<string, string> {
  return mapValues(configuration, (value) =>
    typeof value === 'string' ? value : openSealed(value.sealed, owner, sealer),
  );
}

/** Opens one sealed value. */
export function openSealed(sealed: string, owner: Owner, sealer: Sealer): string {
  return sealer.open(sealed, sealingContext(owner));
}

/**
 * Returns a sealer for comparisons: a secret that can't be opened equals only itself, so putting it again replaces it.
 */
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

/** Returns the secrets of a job's action in clear, to mask them in texts. */
export function clearSecrets({ action, pipeline }: JobRecord, sealer: Sealer): string[] {
  const { resolvedConfiguration } = action.start;
  const clear = openSecrets(resolvedConfiguration, pipeline, sealer);
  return Object.keys(clear).flatMap((key) =>
    typeof resolvedConfiguration[key] === 'string' ? [] : (clear[key] ?? []),
  );
}

/** Returns the configuration with masks in place of secrets. */
export function maskSecrets(configuration: Configuration): Record<string, string> {
  return mapValues(configuration, (value) => (typeof value === 'string' ? value : mask));
}

function sealingContext({ account, region, name }: Owner): string {
  return `configuration of pipeline ${account}/${region}/${name}`;
}

function mapValues<From, To>(record: Record<string, From>, map: (value: From, key: string) => To): Record<string, To> {
  return Object.fromEntries(Object.entries(record).map(([key, value]) => [key, map(value, key)]));
}
