/** What one body under way has taken of the budget. */
interface Account {
  bytes: number;
  /** Whether the signature over the body's announced hash was verified before the body was read. */
  isVerified: boolean;
  giveUp(): void;
}

/** Room that one body may take more of. */
export interface BodyRoom {
  /** Notes that so many more bytes are held; may give up this body or another one. */
  take(bytes: number): void;
  /** Says that the body is whole and in use: it is not given up any more. */
  keep(): void;
  /** Frees what was taken. */
  free(): void;
}

/**
 * Bounds the memory that all bodies together take while they are read and until they are used. When it is spent, the
 * largest body is given up, those of unverified senders first: small calls go on however many large ones are begun.
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
