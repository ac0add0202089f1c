import { isDeepStrictEqual } from 'node:util';
import type { ExecutionSnapshot, Snapshot } from '../../../src/model/snapshot.ts';
import { isOpenJob } from '../../../src/model/status.ts';
import { compareAllKept } from '../../../src/store/compare-kept.ts';
import type { JobRecord } from '../../../src/store/store.ts';

/** How many were compared so far. */
export const compared = { snapshot: 0, job: 0 };

const differences: Error[] = [];

/** Fails if something that was kept has differed since the last call: a group that fails runs again without its states. */
export function expectNoDifferences(): void {
  const [first] = differences.splice(0);
  if (first) throw first;
}

/** Makes every store read what it has kept as well, and fail if the rows differ. */
export function compareWithRows(): void {
  compareAllKept((what, kept, read) => {
    compared[what] += 1;
    const [ours, theirs] = [comparable(kept), comparable(read ?? {})];
    if (isDeepStrictEqual(ours, theirs)) return;
    const texts = [ours, theirs].map((value) => JSON.stringify(value));
    const difference = new Error(`a kept ${what} differs: ${texts[0]}\nfrom what is read: ${texts[1]}`);
    differences.push(difference);
    throw difference;
  });
}

/**
 * Returns a snapshot or record as its JSON, without what claims and leases change of jobs at any time until they end, and
 * without what an update changes of the pipeline of a record.
 */
function comparable(value: Partial<Snapshot> | Partial<JobRecord>): unknown {
  if ('job' in value) {
    const { version: _, updatedAt: __, ...pipeline } = value.pipeline ?? {};
    return JSON.parse(JSON.stringify({ ...value, pipeline }));
  }
  const { execution } = value as Partial<Snapshot>;
  return JSON.parse(JSON.stringify({ ...value, execution: execution && { ...execution, jobs: jobsOf(execution) } }));
}

function jobsOf({ jobs }: ExecutionSnapshot) {
  return jobs.map(({ deliveries: _, offerAt: __, status, ...job }) => (isOpenJob(status) ? job : { ...job, status }));
}
