import type { ObjectStore } from '../artifacts/object-endpoint.ts';
import type { WriteGrant } from '../artifacts/protocol/access.ts';
import type { JobAccess, JudgeJob } from '../identity/roles/job-rights.ts';
import { contentOf, coversObject, type JobGrant } from '../identity/secrets/job-credentials.ts';
import type { ObjectWrite, ProviderObjects } from '../providers/provider.ts';

/** Gives access to the objects that a job and its role may reach. */
export type ObjectsOfJob = (grant: JobGrant) => ProviderObjects;

/** A role denies the access; the name is S3's error code, as for every error of an object store. */
class RoleDeniedError extends Error {
  override name = 'AccessDenied';
}

/**
 * Binds an object store to the rights of jobs. Providers get objects only from here (the architecture test checks it),
 * so they can't reach an object before the role's policies have decided, read an input artifact other than the recorded
 * one, or write an output after their job has ended.
 */
export function bindRoleObjects(
  objects: ObjectStore,
  judgeOf: (grant: JobGrant) => JudgeJob,
  jobs: { isOpen(jobId: string): Promise<boolean> },
): ObjectsOfJob {
  return (grant) => {
    const { account, jobId, read, roleArn, write: outputs } = grant;
    const recordedOf = (bucket: string, key: string) => contentOf(read, { bucket, key });
    const whileOpen: WriteGrant = { id: jobId, isHeld: () => jobs.isOpen(jobId) };
    const grantOf = (bucket: string, key: string) => (coversObject(outputs, { bucket, key }) ? whileOpen : undefined);
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
 * Returns what conditions of bucket policies see of a write. Like the real service, a write without its own setting
 * counts as encrypted with a KMS key, which many policies require.
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
