import { LRUCache } from 'lru-cache';
import type { Database } from '../database.ts';
import type { JobOwner, JobRecord } from '../store.ts';
import { findJob } from './jobs.ts';

/** The number of jobs whose owner is cached. */
const mostJobs = 20_000;

/** Whose job it is never changes, so what was found once is kept: most who ask have just been handed the job. */
export interface JobOwners {
  find(jobId: string): Promise<JobOwner | undefined>;
  remember(record: JobRecord): JobOwner;
}

export function createJobOwners(database: Database): JobOwners {
  const known = new LRUCache<string, JobOwner>({ max: mostJobs });
  const remember = ({ job, action, pipeline }: JobRecord): JobOwner => {
    const owner = {
      account: pipeline.account,
      region: pipeline.region,
      actionTypeId: action.start.actionTypeId,
      outputs: action.start.outputArtifacts.map(({ name, bucketName, objectKey }) => ({ name, bucketName, objectKey })),
    };
    known.set(job.id, owner);
    return owner;
  };
  return {
    remember,
    async find(jobId) {
      const held = known.get(jobId);
      if (held) return held;
      const record = await database.read((sql) => findJob(sql, jobId));
      return record && remember(record);
    },
  };
}
