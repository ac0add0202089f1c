import type { AWSSessionCredentials, Job, JobDetails } from '../../contract/generated.ts';
import { JobFailure } from '../job-failure.ts';

/** Credentials last 15 minutes; AWS's own worker renews them after 14 (behaviour A.4). */
const renewAfterMs = 14 * 60 * 1000;

/** The artifact credentials of one job, renewed with GetJobDetails before they expire. */
export interface JobCredentials {
  current(): Promise<AWSSessionCredentials>;
  /** Makes the next `current` renew them, because the store reported them as expired. */
  expire(): void;
}

/** Holds the credentials that came with the job; without `refresh` they are never renewed. */
export function keepCredentials(
  job: Job,
  refresh: ((job: Job) => Promise<JobDetails>) | undefined,
  now: () => number,
): JobCredentials {
  let credentials = job.data?.artifactCredentials;
  let receivedAt = now();
  let renewing: Promise<void> | undefined;

  async function renew(): Promise<void> {
    const requestedAt = now();
    const details = await refresh?.(job);
    credentials = details?.data?.artifactCredentials ?? credentials;
    receivedAt = requestedAt;
  }

  return {
    async current() {
      if (refresh && now() - receivedAt >= renewAfterMs) {
        // Concurrent requests share one renewal.
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
