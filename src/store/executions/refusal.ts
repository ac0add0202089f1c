import type { Change } from '../../model/change.ts';
import { OvertakenError } from '../database.ts';

/** Returns what makes the error for a change that met no row: the pipeline was locked for the decision, so it is a bug. */
export function refusalOf(change: Change): () => Error {
  return () => {
    // A claim takes no lock on the pipeline, and may have happened since the job was read.
    if (change.kind === 'jobEnded' && change.deliveries !== undefined) return new OvertakenError();
    return new Error(`${change.kind} met no row: ${JSON.stringify(change)}`);
  };
}
