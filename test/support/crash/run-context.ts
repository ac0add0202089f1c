import type { Ledger } from './ledger.ts';
import type { Mill } from './mill.ts';
import type { Target } from './target.ts';

/** The state shared by all clients of a run. */
export interface RunContext {
  target: Target;
  ledger: Ledger;
  mills: Mill[];
  seed: number;
  leaseMs: number;
  /** The limit of concurrent executions per pipeline, so that work doesn't pile up. */
  mostRunning: number;
  /** New work starts only in `load`; in `drain` everything started is finished. */
  readonly phase: 'load' | 'drain' | 'over';
}
