import type { DatabaseSyncInstance } from '@photostructure/sqlite';

/** What a case attacks. */
export interface Target {
  url: string;
}

/** The worst known input of one door. */
export interface LoopCase {
  /** The call or the surface it goes in by. */
  door: string;
  /** What is sent. */
  input: string;
  /** Makes what the attack needs, unmeasured, with the server running. */
  prepare?(target: Target): Promise<void>;
  /** Writes rows while no server runs, after everything was prepared: what would take too long through the door. */
  fill?(database: DatabaseSyncInstance): void;
  /** Sends the input and waits until the server is through with it; rejects when the answer is not the right one. */
  attack(target: Target): Promise<void>;
}
