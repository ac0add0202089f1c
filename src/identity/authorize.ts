import type { Caller, JobCaller } from './caller.ts';

/** What an action touches: an object or a whole bucket of S3, or something with an ARN. */
export type Resource = { bucket: string; key?: string } | { arn: string };

// HEAD is GetObject and every step of a multipart upload but these two is PutObject, as in IAM's list for S3.
const readActions = new Set(['s3:GetObject', 's3:GetObjectVersion']);
const writeActions = new Set(['s3:PutObject', 's3:AbortMultipartUpload', 's3:ListMultipartUploadParts']);

/**
 * Whether `caller` may perform `action` (`s3:GetObject`, `codepipeline:PollForJobs`). This is the one place where that
 * is decided. It speaks of the caller's own account only: rows and buckets of others are never found in the first
 * place. Without a resource an action on objects is denied to everybody but root.
 */
export function isAllowed(caller: Caller, action: string, resource?: Resource): boolean {
  // AWS lets nobody be denied to ask who they are.
  if (action === 'sts:GetCallerIdentity') return true;
  switch (caller.kind) {
    case 'root':
      return true;
    case 'user':
      return false;
    case 'job':
      return isGrantedToJob(caller, action, resource);
  }
}

/** Exactly the job's inputs to read and its outputs to write; what it wrote it cannot read back (clients 36). */
function isGrantedToJob(caller: JobCaller, action: string, resource: Resource | undefined): boolean {
  if (!resource || !('bucket' in resource)) return false;
  const granted = readActions.has(action) ? caller.read : writeActions.has(action) ? caller.write : [];
  return granted.some(({ bucket, key }) => bucket === resource.bucket && key === resource.key);
}

/** The text of AccessDenied as seen at the real service (wire §5). */
export function denialMessage(caller: Caller, action: string, resourceArn?: string): string {
  const target = resourceArn === undefined ? '' : ` on resource: ${resourceArn}`;
  return (
    `User: ${caller.arn} is not authorized to perform: ${action}${target} ` +
    `because no identity-based policy allows the ${action} action`
  );
}
