import type { Change } from '../../model/change.ts';
import type { Moment } from '../../model/moment.ts';
import type { Snapshot } from '../../model/snapshot.ts';
import { apply } from './apply.ts';

/** A decision in the making: the facts stated so far and the snapshot as they leave it. */
export interface Draft {
  readonly snapshot: Snapshot;
  readonly changes: readonly Change[];
  /** The decision's moment in ms, which the rows will carry. */
  readonly at: number;
}

/** An empty draft over `snapshot`. */
export function draftOf(snapshot: Snapshot, { at }: Moment): Draft {
  return { snapshot, changes: [], at };
}

/** The draft with further facts stated. */
export function record(draft: Draft, ...changes: Change[]): Draft {
  return {
    snapshot: changes.reduce((snapshot, change) => apply(snapshot, change, draft.at), draft.snapshot),
    changes: [...draft.changes, ...changes],
    at: draft.at,
  };
}
