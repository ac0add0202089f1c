import type { ErrorCode } from '../contract/errors.ts';
import type { Change } from './change.ts';
import type { Moment } from './moment.ts';
import type { Snapshot } from './snapshot.ts';

/** What a pure decision may answer: facts to write, or a modelled error. */
export type Decision<Answer = undefined> =
  | {
      changes: Change[];
      /** What the operation answers with, such as a new execution's id. */
      answer: Answer;
      /** What to look at next in the same transaction: a freed stage lets its waiter in. */
      then?: FollowUp[];
    }
  | { refuse: ErrorCode; message: string };

/**
 * An execution and what to decide about it; or the one that succeeded last in a stage under the pipeline's version, no
 * rollback itself, if there is one.
 */
export type FollowUp = ({ executionId: string } | { lastSucceededIn: string }) & { decide: Decide<undefined> };

/** `(snapshot, moment) → decision`, run under the pipeline's lock. */
export type Decide<Answer> = (snapshot: Snapshot, moment: Moment) => Decision<Answer>;
