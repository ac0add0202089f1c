import type { ObjectStore } from './artifacts/object-endpoint.ts';
import type { JobGrant } from './identity/job-credentials.ts';
import type { JobAccess, JudgeJob } from './identity/job-rights.ts';
import type { ProviderObjects } from './providers/provider.ts';

/** Opens the objects of a job's account as far as the job and its role may reach them. */
export type ObjectsOfJob = (grant: JobGrant) => ProviderObjects;

/** A provider is not permitted to do this; the name is S3's code, as for every refusal of an object store. */
class RoleDeniedError extends Error {
  override name = 'AccessDenied';
}

/**
 * Binds an object store to the rights of jobs. Providers get objects from here and nowhere else (the architecture test
 * checks it), so none of them can reach an object before the role's policies have decided.
 */
export function bindRoleObjects(objects: ObjectStore, judgeOf: (grant: JobGrant) => JudgeJob): ObjectsOfJob {
  return (grant) => {
    const { account, roleArn } = grant;
    const judge = judgeOf(grant);
    const require = (access: JobAccess): void => {
      const decision = judge(access);
      if (!decision.isAllowed) throw new RoleDeniedError(decision.message);
    };
    const requireRead = (bucket: string, key: string, versionId: string | undefined): void =>
      require({ action: versionId === undefined ? 's3:GetObject' : 's3:GetObjectVersion', bucket, key });
    return {
      roleArn,
      async headBucket(bucket) {
        require({ action: 's3:GetBucketVersioning', bucket });
        return objects.headBucket({ account, bucket });
      },
      async headObject(bucket, key, versionId) {
        requireRead(bucket, key, versionId);
        return objects.headObject({ account, bucket, key, versionId });
      },
      async getObject(bucket, key, versionId) {
        requireRead(bucket, key, versionId);
        return objects.getObject({ account, bucket, key, versionId });
      },
      async putObject(write) {
        const { bucket, key, cannedAcl } = write;
        require({ action: 's3:PutObject', bucket, key });
        if (cannedAcl !== undefined) require({ action: 's3:PutObjectAcl', bucket, key });
        return objects.putObject({ account, ...write });
      },
    };
  };
}
