import { isDeepStrictEqual } from 'node:util';
import type { Snapshot } from '../../../src/model/snapshot.ts';
import { isOpenJob } from '../../../src/model/status.ts';
import { compareKeptSnapshots } from '../../../src/store/executions/snapshot.ts';

/** How many snapshots were compared so far. */
export const compared = { snapshots: 0 };

/** Makes every store read the snapshots that it has kept as well, and fail if the rows differ. */
export function compareAllKept(): void {
  compareKeptSnapshots((kept, read) => {
    compared.snapshots += 1;
    const [ours, theirs] = [comparable(kept), comparable(read)];
    if (isDeepStrictEqual(ours, theirs)) return;
    throw new Error(`a kept snapshot differs: ${JSON.stringify(ours)}\nfrom what is read: ${JSON.stringify(theirs)}`);
  });
}

/** Returns a snapshot as its JSON, without what claims and leases change of open jobs at any time. */
function comparable({ execution, ...snapshot }: Snapshot): unknown {
  const jobs = execution?.jobs.map(({ deliveries, offerAt, status, ...job }) =>
    isOpenJob(status) ? job : { ...job, deliveries, offerAt, status },
  );
  return JSON.parse(JSON.stringify({ ...snapshot, execution: execution && { ...execution, jobs } }));
}
