import type { Sealer } from '../../../identity/secrets/sealer.ts';
import { createSecretMask, type SecretMask } from '../../../masking/secret-mask.ts';
import type { Configuration, Scope, StoredDeclaration } from '../../../model/pipeline.ts';
import { openSealed } from './secrets.ts';

/** Upper bound on the sealed characters in one mask: more would block the event loop for too long. */
const mostSealedCharacters = 16 * 1024;

/** The store caches declarations, so their secrets are collected once. */
const sealedByDeclaration = new WeakMap<StoredDeclaration, string[]>();

const emptyMask = createSecretMask([]);

/**
 * Returns the mask for what an action shows: first its own secrets, then those of the pipeline's other actions, which may
 * reach it through a variable, as many as a mask may have.
 */
export function maskOf(
  own: Configuration,
  declaration: StoredDeclaration | undefined,
  owner: Scope & { name: string },
  sealer: Sealer,
): SecretMask {
  const chosen = new Set(sealedIn(own));
  let characters = [...chosen].reduce((sum, { length }) => sum + length, 0);
  for (const sealed of declaration ? sealedOf(declaration) : []) {
    if (chosen.has(sealed)) continue;
    characters += sealed.length;
    if (characters > mostSealedCharacters) break;
    chosen.add(sealed);
  }
  if (chosen.size === 0) return emptyMask;
  return createSecretMask([...chosen].map((sealed) => openSealed(sealed, owner, sealer)));
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
