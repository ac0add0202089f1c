import type { ObjectStore } from '../artifacts/object-endpoint.ts';
import type { WriteGrant } from '../artifacts/protocol/access.ts';
import type { JobAccess, JudgeJob } from '../identity/roles/job-rights.ts';
import { contentOf, type JobGrant } from '../identity/secrets/job-credentials.ts';
import type { ObjectWrite, ProviderObjects } from '../providers/provider.ts';

/** Opens the objects of a job's account as far as the job and its role may reach them. */
export type ObjectsOfJob = (grant: JobGrant) => ProviderObjects;

/** A provider is not permitted to do this; the name is S3's code, as for every refusal of an object store. */
class RoleDeniedError extends Error {
  override name = 'AccessDenied';
}

/** Looks up whether a job can still be reported on. */
interface OpenJobs {
  isOpen(jobId: string): Promise<boolean>;
}

/**
 * Binds an object store to the rights of jobs. Providers get objects from here and nowhere else (the architecture test
 * checks it), so none of them can reach an object before the role's policies have decided, gets an input artifact that
 * is not the recorded one, or writes an output after its job has ended.
 */
export function bindRoleObjects(
  objects: ObjectStore,
  judgeOf: (grant: JobGrant) => JudgeJob,
  jobs: OpenJobs,
): ObjectsOfJob {
  return (grant) => {
    const { account, jobId, read, roleArn, write: outputs } = grant;
    const recordedOf = (bucket: string, key: string) => contentOf(read, { bucket, key });
    const whileOpen: WriteGrant = { id: jobId, isHeld: () => jobs.isOpen(jobId) };
    const grantOf = (bucket: string, key: string) =>
      outputs.some((output) => output.bucket === bucket && output.key === key) ? whileOpen : undefined;
    const judge = judgeOf(grant);
    const require = async (access: JobAccess): Promise<void> => {
      const policy = await objects.bucketPolicy({ account, bucket: access.bucket });
      const decision = judge({ ...access, policy });
      if (!decision.isAllowed) throw new RoleDeniedError(decision.message);
    };
    const requireRead = (bucket: string, key: string, versionId: string | undefined): Promise<void> =>
      require({ action: versionId === undefined ? 's3:GetObject' : 's3:GetObjectVersion', bucket, key });
    return {
      roleArn,
      async headBucket(bucket) {
        await require({ action: 's3:GetBucketVersioning', bucket });
        return objects.headBucket({ account, bucket });
      },
      async headObject(bucket, key, versionId) {
        await requireRead(bucket, key, versionId);
        return objects.headObject({ account, bucket, key, versionId, recorded: recordedOf(bucket, key) });
      },
      async getObject(bucket, key, versionId) {
        await requireRead(bucket, key, versionId);
        return objects.getObject({ account, bucket, key, versionId, recorded: recordedOf(bucket, key) });
      },
      async putObject(write) {
        const { bucket, key, cannedAcl } = write;
        await require({ action: 's3:PutObject', bucket, key, values: conditionValues(write) });
        if (cannedAcl !== undefined) await require({ action: 's3:PutObjectAcl', bucket, key });
        return objects.putObject({ ...write, account, grant: grantOf(bucket, key) });
      },
    };
  };
}

/**
 * What conditions of bucket policies see of a write. The service encrypts with a key of KMS where nothing else is said,
 * and policies that ask for it are made for that.
 */
function conditionValues({
  serverSideEncryption = 'aws:kms',
  kmsKeyId,
  cannedAcl,
}: ObjectWrite): Record<string, string> {
  const prefix = 's3:x-amz-server-side-encryption';
  return {
    [prefix]: serverSideEncryption,
    ...(kmsKeyId !== undefined && { [`${prefix}-aws-kms-key-id`]: kmsKeyId }),
    ...(cannedAcl !== undefined && { 's3:x-amz-acl': cannedAcl }),
  };
}
