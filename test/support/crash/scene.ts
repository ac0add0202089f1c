import type { Ledger } from './ledger.ts';
import type { Mill } from './mill.ts';
import type { Target } from './target.ts';

/** What all clients of a run share. */
export interface Scene {
  target: Target;
  ledger: Ledger;
  mills: Mill[];
  seed: number;
  leaseMs: number;
  /** So many executions of one pipeline at a time: work comes no faster than it is done. */
  mostRunning: number;
  /** New work comes only under load; while draining everything begun is brought to its end. */
  readonly phase: 'load' | 'drain' | 'over';
}
