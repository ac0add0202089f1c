import type { Artifact, Job } from '../contract/generated.ts';
import { JobFailure } from '../worker/job-failure.ts';

/** Returns the job's resolved configuration; {} if there is none. */
export function configurationOf(job: Job): Record<string, string> {
  return job.data?.actionConfiguration?.configuration ?? {};
}

/** Returns a required configuration value; throws ConfigurationError if it is missing or empty. */
export function requiredValue(job: Job, name: string): string {
  const value = configurationOf(job)[name];
  if (value === undefined || value === '') {
    throw new JobFailure('ConfigurationError', `The configuration has no value for ${name}.`);
  }
  return value;
}

/** Returns bucket and key of an artifact of the job; throws ConfigurationError if the action declares none. */
export function locationOf(artifact: Artifact | undefined, kind: 'input' | 'output'): { bucket: string; key: string } {
  const location = artifact?.location?.s3Location;
  if (!location) throw new JobFailure('ConfigurationError', `The action has no ${kind} artifact.`);
  return { bucket: location.bucketName, key: location.objectKey };
}

/** Returns the store's key to encrypt the artifact with; without one the bucket's default applies (behaviour A.2.7). */
export function encryptionOf(job: Job): { serverSideEncryption?: 'aws:kms'; kmsKeyId?: string } {
  const key = job.data?.encryptionKey;
  return key ? { serverSideEncryption: 'aws:kms', kmsKeyId: key.id } : {};
}
