import type { ObjectRequest } from '../../artifacts/protocol/object-request.ts';
import type { Caller } from '../../identity/caller.ts';
import { contentOf } from '../../identity/secrets/job-credentials.ts';

/** Looks up whether a job can still be reported on. */
export interface OpenJobs {
  isOpen(jobId: string): Promise<boolean>;
}

/** The caller of one request, and what the object endpoint has to know of how long its rights last. */
export interface ObjectRights extends Pick<ObjectRequest, 'learnRights' | 'contentOf' | 'writeGrant'> {
  /** As far as it is known by now. */
  callerNow(): Caller;
}

/**
 * The rights of a job's credentials that no token can state: they outlast the job, whose outputs are open only as long
 * as it is, and its inputs are read as they were recorded. Rights of all other callers are theirs as they come.
 */
export function objectRights(given: Caller, jobs: OpenJobs): ObjectRights {
  if (given.kind !== 'job') return { callerNow: () => given };
  const { jobId, read, write } = given;
  let caller = given;
  return {
    callerNow: () => caller,
    async learnRights(bucket, key) {
      // Reading an input needs no look-up.
      const isOutput = write.some((object) => object.bucket === bucket && object.key === key);
      if (isOutput) caller = { ...given, isOpen: await jobs.isOpen(jobId) };
    },
    contentOf: (bucket, key) => contentOf(read, { bucket, key }),
    writeGrant: { id: jobId, isHeld: () => jobs.isOpen(jobId) },
  };
}
