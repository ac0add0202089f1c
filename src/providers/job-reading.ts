import type { Artifact, Job } from '../contract/generated.ts';
import { JobFailure } from '../worker/job-failure.ts';

/** The job's configuration, resolved; {} when there is none. */
export function configurationOf(job: Job): Record<string, string> {
  return job.data?.actionConfiguration?.configuration ?? {};
}

/** A required configuration value; throws ConfigurationError when it is missing or empty. */
export function requiredValue(job: Job, name: string): string {
  const value = configurationOf(job)[name];
  if (value === undefined || value === '') {
    throw new JobFailure('ConfigurationError', `The configuration has no value for ${name}.`);
  }
  return value;
}

/** Bucket and key of an artifact of the job; throws ConfigurationError when the action declares none. */
export function locationOf(artifact: Artifact | undefined, kind: 'input' | 'output'): { bucket: string; key: string } {
  const location = artifact?.location?.s3Location;
  if (!location) throw new JobFailure('ConfigurationError', `The action has no ${kind} artifact.`);
  return { bucket: location.bucketName, key: location.objectKey };
}
