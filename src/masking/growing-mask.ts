import { createSecretMask, type SecretMask } from './secret-mask.ts';

/** A mask of secrets that become known while texts are masked. */
export interface GrowingMask {
  mask: SecretMask;
  /** Masks these secrets from now on, beside those so far. */
  add(secrets: readonly string[]): void;
}

/** Creates a mask to which secrets can be added. Held text of the mask before is valid for the mask after. */
export function createGrowingMask(first: readonly string[] = []): GrowingMask {
  const known = new Set(first);
  let current = createSecretMask(first);
  return {
    mask: {
      get isEmpty() {
        return current.isEmpty;
      },
      mask: (text) => current.mask(text),
      next: (held, piece) => current.next(held, piece),
      end: (held) => current.end(held),
    },
    add(secrets) {
      const { size } = known;
      for (const secret of secrets) known.add(secret);
      if (known.size > size) current = createSecretMask([...known]);
    },
  };
}
