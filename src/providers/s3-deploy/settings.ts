import type { Job } from '../../contract/generated.ts';
import { JobFailure } from '../../worker/job-failure.ts';
import { configurationOf, requiredValue } from '../job-reading.ts';
import type { ObjectWrite } from '../provider.ts';
import { resolveObjectKey } from './object-key.ts';

/** The page that the service sends its users to. */
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

/** A job's configuration after all checks. */
export interface S3DeploySettings {
  bucket: string;
  isExtracted: boolean;
  /** Key of the object, or prefix of the extracted files; undefined: no prefix. */
  objectKey: string | undefined;
  /** What every written object gets. */
  headers: Pick<ObjectWrite, 'cacheControl' | 'cannedAcl' | 'serverSideEncryption' | 'kmsKeyId'>;
}

/** Reads a deploy action's configuration; throws ConfigurationError for what is refused at run (behaviour D.5). */
export function readSettings(job: Job, now: () => number): S3DeploySettings {
  const bucket = requiredValue(job, 'BucketName');
  const extract = requiredValue(job, 'Extract');
  const { CacheControl, CannedACL, KMSEncryptionKeyARN, ObjectKey } = configurationOf(job);
  if (extract !== 'true' && extract !== 'false') throw wrong(`Extract has to be true or false, not ${extract}.`);
  if (extract === 'false' && !ObjectKey) throw wrong('ObjectKey is needed when Extract is false.');
  if (CannedACL && !cannedAcls.has(CannedACL)) {
    throw wrong(`Invalid canned ACL: ${CannedACL}. For a list of valid options, see ${cannedAclPage}`);
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

function wrong(message: string): JobFailure {
  return new JobFailure('ConfigurationError', message);
}
