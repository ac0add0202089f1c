import { S3Error } from '../artifacts/protocol/s3-error.ts';
import type { Exchange } from './exchange.ts';

/** How many objects may be transferred at a time; each takes up to 2 MiB of memory and an open file. */
export interface TransferLimits {
  all: number;
  ofCaller: number;
  /** How long a transfer may wait for its slot. */
  waitMs: number;
}

interface Waiting {
  caller: string;
  begin(): void;
}

/**
 * Limits how many objects are read, written and copied at a time, per caller and in total. Further ones wait in order; a
 * caller at its limit does not hold up others.
 */
export class TransferSlots {
  readonly #limits: TransferLimits;
  readonly #running = new Map<string, number>();
  readonly #waiting = new Set<Waiting>();
  #all = 0;

  constructor(limits: TransferLimits) {
    this.#limits = limits;
  }

  /** Resolves with the function that frees the slot again. Rejects with SlowDown after a while. */
  enter(caller: string, exchange: Exchange): Promise<() => void> {
    if (this.#hasRoom(caller)) return Promise.resolve(this.#begin(caller));
    return new Promise((resolve, reject) => {
      const leave = (): void => {
        clearTimeout(timer);
        this.#waiting.delete(waiting);
        exchange.whenOverNoMore(giveUp);
      };
      const giveUp = (): void => {
        leave();
        reject(new S3Error('SlowDown', 'Please reduce your request rate.'));
      };
      const waiting: Waiting = {
        caller,
        begin: () => {
          leave();
          resolve(this.#begin(caller));
        },
      };
      const timer = setTimeout(giveUp, this.#limits.waitMs);
      this.#waiting.add(waiting);
      exchange.whenOver(giveUp);
    });
  }

  #hasRoom(caller: string): boolean {
    return this.#all < this.#limits.all && (this.#running.get(caller) ?? 0) < this.#limits.ofCaller;
  }

  #begin(caller: string): () => void {
    this.#all += 1;
    this.#running.set(caller, (this.#running.get(caller) ?? 0) + 1);
    let isOver = false;
    return () => {
      if (isOver) return;
      isOver = true;
      this.#all -= 1;
      const left = (this.#running.get(caller) ?? 0) - 1;
      if (left > 0) this.#running.set(caller, left);
      else this.#running.delete(caller);
      for (const waiting of this.#waiting) {
        if (this.#all >= this.#limits.all) return;
        if (this.#hasRoom(waiting.caller)) waiting.begin();
      }
    };
  }
}
