import type { AWSSessionCredentials, Job, JobDetails } from '../../contract/generated.ts';
import { JobFailure } from '../job-failure.ts';

/** Credentials live 15 minutes; the reference's own worker renews them after 14 (behaviour A.4). */
const renewAfterMs = 14 * 60 * 1000;

/** The artifact credentials of one job, renewed by GetJobDetails when they grow old. */
export interface JobCredentials {
  current(): Promise<AWSSessionCredentials>;
  /** Makes the next `current` ask for new ones, because the store called these expired. */
  expire(): void;
}

/** Keeps the credentials that came with the job; without `refresh` they are used to their end. */
export function keepCredentials(
  job: Job,
  refresh: ((job: Job) => Promise<JobDetails>) | undefined,
  now: () => number,
): JobCredentials {
  let credentials = job.data?.artifactCredentials;
  let receivedAt = now();
  let renewing: Promise<void> | undefined;

  async function renew(): Promise<void> {
    const askedAt = now();
    const details = await refresh?.(job);
    credentials = details?.data?.artifactCredentials ?? credentials;
    receivedAt = askedAt;
  }

  return {
    async current() {
      if (refresh && now() - receivedAt >= renewAfterMs) {
        // Parts are sent side by side; one renewal serves them all.
        renewing ??= renew().finally(() => {
          renewing = undefined;
        });
        await renewing;
      }
      if (!credentials) throw new JobFailure('PermissionError', 'The job came without artifact credentials.');
      return credentials;
    },
    expire() {
      receivedAt = Number.NEGATIVE_INFINITY;
    },
  };
}
