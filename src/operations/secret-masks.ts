import type { Sealer } from '../identity/sealer.ts';
import { createSecretMask, type SecretMask } from '../masking/secret-mask.ts';
import type { Configuration, Scope, StoredDeclaration } from '../model/pipeline.ts';
import { openSealed } from './secrets.ts';

/** Characters of sealed values up to which the secrets of all actions are masked, so that a mask is built in milliseconds. */
const mostSealedCharacters = 32 * 1024;

/** Declarations are read once and kept by the store; so is what they hold. */
const sealedByDeclaration = new WeakMap<StoredDeclaration, string[]>();

const emptyMask = createSecretMask([]);

/**
 * The mask of what one action shows: its own secrets, and those of the pipeline's other actions, which may have come to
 * it in a variable. When the pipeline has very many of them, its own alone.
 */
export function maskOf(
  own: Configuration,
  declaration: StoredDeclaration | undefined,
  owner: Scope & { name: string },
  sealer: Sealer,
): SecretMask {
  const all = new Set([...sealedIn(own), ...(declaration ? sealedOf(declaration) : [])]);
  if (all.size === 0) return emptyMask;
  const characters = [...all].reduce((sum, { length }) => sum + length, 0);
  const masked = characters > mostSealedCharacters ? sealedIn(own) : [...all];
  return createSecretMask(masked.map((sealed) => openSealed(sealed, owner, sealer)));
}

function sealedOf(declaration: StoredDeclaration): string[] {
  const known = sealedByDeclaration.get(declaration);
  if (known) return known;
  const actions = declaration.stages.flatMap((stage) => stage.actions);
  const sealed = actions.flatMap(({ configuration }) => sealedIn(configuration));
  sealedByDeclaration.set(declaration, sealed);
  return sealed;
}

function sealedIn(configuration: Configuration): string[] {
  return Object.values(configuration).flatMap((value) => (typeof value === 'string' ? [] : [value.sealed]));
}
