/** What one body uses of the budget. */
interface Account {
  bytes: number;
  /** Whether the signature over the announced hash was verified before the body. */
  isVerified: boolean;
  giveUp(): void;
}

/** The share of one body. */
export interface BodyRoom {
  /** Adds bytes; may give up this body or another one. */
  take(bytes: number): void;
  /** Marks the body as complete and in use: it is not given up any more. */
  keep(): void;
  /** Frees the bytes. */
  free(): void;
}

/**
 * Limits the memory of all bodies until they are used. When it is exhausted, the largest body is given up, those of
 * unverified senders first: small calls succeed however many large ones are begun.
 */
export class BodyBudget {
  readonly #maxBytes: number;
  /** The bodies that can be given up. */
  readonly #reading = new Set<Account>();
  #heldBytes = 0;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  get heldBytes(): number {
    return this.#heldBytes;
  }

  /** Opens room for a body; `giveUp` must free it. */
  open(isVerified: boolean, giveUp: () => void): BodyRoom {
    const account: Account = { bytes: 0, isVerified, giveUp };
    this.#reading.add(account);
    return {
      take: (bytes) => {
        account.bytes += bytes;
        this.#heldBytes += bytes;
        while (this.#heldBytes > this.#maxBytes && this.#reading.size > 0) this.#largest()?.giveUp();
      },
      keep: () => void this.#reading.delete(account),
      free: () => {
        this.#reading.delete(account);
        this.#heldBytes -= account.bytes;
        account.bytes = 0;
      },
    };
  }

  #largest(): Account | undefined {
    let largest: Account | undefined;
    for (const account of this.#reading) {
      if (largest === undefined || weightOf(account) > weightOf(largest)) largest = account;
    }
    return largest;
  }
}

function weightOf({ bytes, isVerified }: Account): number {
  return isVerified ? bytes - Number.MAX_SAFE_INTEGER / 2 : bytes;
}
