import { createHash } from 'node:crypto';
import type { Job } from '../../contract/generated.ts';
import { JobFailure } from '../../worker/job-failure.ts';
import { configurationOf, requiredValue } from '../job-reading.ts';
import type { ObjectWrite } from '../provider.ts';

/** The page that AWS's message refers to. */
const cannedAclPage = 'https://docs.aws.amazon.com/AmazonS3/latest/userguide/acl-overview.html#canned-acl';

const cannedAcls = new Set([
  'private',
  'public-read',
  'public-read-write',
  'authenticated-read',
  'aws-exec-read',
  'bucket-owner-read',
  'bucket-owner-full-control',
]);

/** The validated configuration of a job. */
export interface S3DeploySettings {
  bucket: string;
  isExtracted: boolean;
  /** Key of the object, or prefix of the extracted files; undefined means no prefix. */
  objectKey: string | undefined;
  /** Headers of every written object. */
  headers: Pick<ObjectWrite, 'cacheControl' | 'cannedAcl' | 'serverSideEncryption' | 'kmsKeyId'>;
}

/** Reads an action's configuration; throws ConfigurationError for what AWS rejects at run time (behaviour D.5). */
export function readSettings(job: Job, now: () => number): S3DeploySettings {
  const bucket = requiredValue(job, 'BucketName');
  const extract = requiredValue(job, 'Extract');
  const { CacheControl, CannedACL, KMSEncryptionKeyARN, ObjectKey } = configurationOf(job);
  if (extract !== 'true' && extract !== 'false') throw invalid(`Extract has to be true or false, not ${extract}.`);
  if (extract === 'false' && !ObjectKey) throw invalid('ObjectKey is needed when Extract is false.');
  if (CannedACL && !cannedAcls.has(CannedACL)) {
    throw invalid(`Invalid canned ACL: ${CannedACL}. For a list of valid options, see ${cannedAclPage}`);
  }
  return {
    bucket,
    isExtracted: extract === 'true',
    objectKey: ObjectKey ? resolveObjectKey(ObjectKey, job.id ?? '', now()) : undefined,
    headers: {
      ...(CacheControl ? { cacheControl: CacheControl } : {}),
      ...(CannedACL ? { cannedAcl: CannedACL } : {}),
      ...(KMSEncryptionKeyARN ? { serverSideEncryption: 'aws:kms', kmsKeyId: KMSEncryptionKeyARN } : {}),
    },
  };
}

/**
 * Replaces `{datetime}` (UTC, `YYYY-MM-DD_HH-MM-SS`) and `{uuid}` (behaviour D.5). The uuid is derived from the job id,
 * so that a job performed again writes the same key; `{datetime}` changes.
 */
function resolveObjectKey(template: string, jobId: string, deployedAt: number): string {
  const datetime = new Date(deployedAt).toISOString().slice(0, 19).replace('T', '_').replaceAll(':', '-');
  return template.replaceAll('{datetime}', datetime).replaceAll('{uuid}', uuidOf(jobId));
}

function uuidOf(jobId: string): string {
  const hex = createHash('sha256').update(jobId).digest('hex');
  // Version 8, "custom", and the usual variant (RFC 9562).
  const text = `${hex.slice(0, 12)}8${hex.slice(13, 16)}a${hex.slice(17, 32)}`;
  return text.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}

function invalid(message: string): JobFailure {
  return new JobFailure('ConfigurationError', message);
}
