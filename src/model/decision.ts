import type { ErrorCode } from '../contract/errors.ts';
import type { Change } from './change.ts';
import type { Snapshot } from './snapshot.ts';

/**
 * The only time and randomness that a decision may use, so that it can run again after a conflict and tests can repeat
 * it.
 */
export interface Moment {
  /** Milliseconds since the epoch. */
  at: number;
  /** Returns a new lower-case UUID. */
  newId(): string;
  /** Returns seven random alphanumerics, the end of an artifact's object key (behaviour C.15). */
  newKeySuffix(): string;
}

/** What a pure decision returns: changes to write, or an error of the API. */
export type Decision<Answer = undefined> =
  | {
      changes: Change[];
      /** The result for the operation, such as a new execution's id. */
      answer: Answer;
      /** The snapshot with the changes applied, if they are everything that was decided. */
      after?: Snapshot;
      /** What to decide next in the same transaction, for example on the execution that waits for a freed stage. */
      then?: FollowUp[];
    }
  | { refuse: ErrorCode; message: string };

/**
 * A decision to make on an execution, or on the latest one that succeeded in a stage under the pipeline's version and
 * is no rollback, if there is one.
 */
type FollowUp = ({ executionId: string } | { lastSucceededIn: string }) & { decide: Decide<undefined> };

/** `(snapshot, moment) → decision`, run under the pipeline's lock. */
export type Decide<Answer> = (snapshot: Snapshot, moment: Moment) => Decision<Answer>;
