import type { Access, Right } from '../../artifacts/protocol/access.ts';
import { S3Error } from '../../artifacts/protocol/s3-error.ts';
import type { Caller } from '../../identity/caller.ts';
import { type AccessDecision, createJudge, type Judge, objectArn } from '../../identity/policies/authorize.ts';
import { createBucketJudge } from '../../identity/policies/authorize-in-bucket.ts';
import { BucketPolicyError, parseBucketPolicy } from '../../identity/policies/bucket-policy.ts';
import type { RequestContext } from '../../identity/policies/evaluate-policy.ts';
import { contentOf, coversObject } from '../../identity/secrets/job-credentials.ts';
import { type CallRecord, recordDenial } from '../call-record.ts';

/** Looks up whether a job can still be reported on. */
interface OpenJobs {
  isOpen(jobId: string): Promise<boolean>;
}

/** What the caller of one S3 request may do. */
export interface S3Access extends Access {
  /** Looks up what the rights to this object depend on; awaited before they are checked. */
  learn(object: { bucket: string; key: string }): Promise<void>;
  /** Throws AccessDenied. */
  require(right: Right): void;
}

/** What access depends on besides the caller. */
export interface AccessSurroundings {
  method: string;
  context: RequestContext;
  jobs: OpenJobs;
  record: CallRecord;
}

/**
 * Creates the access of a caller. Credentials of a job outlast it, but its outputs are accessible only while it is open,
 * and its inputs are read as they were recorded. Other callers have the rights of their policies.
 */
export function createAccess(caller: Caller, { method, context, jobs, record }: AccessSurroundings): S3Access {
  let decide = createDecisions(caller, context);
  const access: S3Access = {
    async learn() {},
    require(right) {
      if (!access.isAllowed(right)) throw new S3Error('AccessDenied', access.denial(right));
    },
    isAllowed(right) {
      // The first right is that to the call itself.
      if (record.operation === 'unknown') record.operation = operationOf(right.action, method);
      return decide(right).isAllowed;
    },
    denial(right) {
      recordDenial(record, right.action, objectArn(right.bucket, right.key));
      const decision = decide(right);
      return decision.isAllowed ? '' : decision.message;
    },
    checkPolicy,
  };
  if (caller.kind !== 'job') return access;
  const { jobId, read, write } = caller;
  return Object.assign(access, {
    async learn(object) {
      // Reading an input needs no look-up.
      if (coversObject(write, object))
        decide = createDecisions({ ...caller, isOpen: await jobs.isOpen(jobId) }, context);
    },
    contentOf: (bucket, key) => contentOf(read, { bucket, key }),
    writeGrant: { id: jobId, isHeld: () => jobs.isOpen(jobId) },
  } satisfies Partial<S3Access>);
}

/** Returns the name of a call in log and metrics: that of its right, which reads of metadata share with others. */
function operationOf(action: string, method: string): string {
  const name = action.replace(/^s3:/, '');
  if (method !== 'HEAD') return name;
  return name === 'ListBucket' ? 'HeadBucket' : 'HeadObject';
}

function checkPolicy(text: string, bucket: string): ReturnType<Access['checkPolicy']> {
  try {
    return { isPublic: parseBucketPolicy(text, bucket).isPublic };
  } catch (error) {
    if (error instanceof BucketPolicyError) return { fault: error.message };
    throw error;
  }
}

/** Decides about the rights of one request, each denial once: it is needed again for the answer. */
function createDecisions(caller: Caller, context: RequestContext): (right: Right) => AccessDecision {
  const judges = new Map<string, Judge>();
  const denials = new Map<string, AccessDecision>();
  return ({ action, bucket, key, facts: { policy, values } }) => {
    const kind = JSON.stringify([action, policy === undefined ? '' : bucket, values]);
    const arn = objectArn(bucket, key);
    const known = denials.get(kind + arn);
    if (known) return known;
    const create = () => {
      const request = { action, context: { ...context, ...values } };
      if (policy === undefined) return createJudge(caller, request);
      return createBucketJudge(caller, request, parseBucketPolicy(policy, bucket));
    };
    const judge = judges.get(kind) ?? create();
    judges.set(kind, judge);
    const decision = judge(arn);
    if (!decision.isAllowed) denials.set(kind + arn, decision);
    return decision;
  };
}
