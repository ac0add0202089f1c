import type { DatabaseSyncInstance } from '@photostructure/sqlite';

/** The target of a case. */
export interface Target {
  url: string;
}

/** The worst known input of one entry point. */
export interface LoopCase {
  /** The call or interface that takes the input. */
  door: string;
  /** A description of the input. */
  input: string;
  /** Prepares the attack on the running server, without measurement. */
  prepare?(target: Target): Promise<void>;
  /** Writes rows to the database of the stopped server, after all preparations, where calls would take too long. */
  fill?(database: DatabaseSyncInstance): void;
  /** Sends the input and waits until the server has processed it; rejects unless the response is the expected one. */
  attack(target: Target): Promise<void>;
}
