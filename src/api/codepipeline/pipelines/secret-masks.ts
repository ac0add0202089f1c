import type { Sealer } from '../../../identity/secrets/sealer.ts';
import { createSecretMask, type SecretMask } from '../../../masking/secret-mask.ts';
import type { Configuration, Scope, StoredDeclaration } from '../../../model/pipeline.ts';
import { openSealed } from './secrets.ts';

/** Characters of sealed values that one mask is built of: more would take longer than a request may keep the loop. */
const mostSealedCharacters = 16 * 1024;

/** Declarations are read once and kept by the store; so is what they hold. */
const sealedByDeclaration = new WeakMap<StoredDeclaration, string[]>();

const emptyMask = createSecretMask([]);

/**
 * The mask of what an action of a pipeline shows: its own secrets come first, then those of the pipeline's other actions,
 * which may have come to it in a variable, as many of them as a mask may have.
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
