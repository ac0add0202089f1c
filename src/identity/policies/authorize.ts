import type { Caller, JobCaller, RoleCaller, UserCaller } from '../caller.ts';
import { coversObject, type ObjectName } from '../secrets/job-credentials.ts';
import { type AccessRequest, allowsSomewhere, type JudgedAction, judgeResources } from './evaluate-policy.ts';
import type { Policy } from './policy.ts';

/** The resource of an action: an S3 object, a bucket, or anything else with an ARN. */
export type Resource = { bucket: string; key?: string } | { arn: string };

/** Whether a request is allowed; if not, the text of AccessDenied and whether a policy denies it explicitly. */
export type AccessDecision = { isAllowed: true } | { isAllowed: false; isExplicit: boolean; message: string };

/** Allowed on a job's inputs and, while it is open, its outputs. HEAD is GetObject, as in IAM's list for S3. */
export const readActions = new Set(['s3:GetObject', 's3:GetObjectVersion']);
/** Allowed on a job's outputs. All steps of a multipart upload but these two are PutObject. */
export const writeActions = new Set(['s3:PutObject', 's3:AbortMultipartUpload', 's3:ListMultipartUploadParts']);

/**
 * Reports whether `caller` may perform `action` (`s3:GetObject`, `codepipeline:PollForJobs`) in its own account: rows
 * and buckets of other accounts are never found in the first place. Without a resource, actions on objects are denied
 * to jobs, and others need a policy that allows the action on `*`.
 */
export function isAllowed(caller: Caller, action: string, resource?: Resource): boolean {
  if (caller.kind === 'job') return isFree(action) || isGrantedToJob(caller, action, resource);
  return authorize(caller, { action, resources: resource ? [arnOf(resource)] : [] }).isAllowed;
}

/**
 * Decides whether `caller` may perform `action` on all of `resources`, which are ARNs or `*`. Root may do everything, a
 * job only what it was granted; for others their policies decide, given the resources and `context`, to which
 * `aws:PrincipalArn` is added.
 */
export function authorize(caller: Caller, { action, resources, context }: AccessRequest): AccessDecision {
  const judge = createJudge(caller, { action, context });
  const decisions = (resources.length === 0 ? ['*'] : resources).map(judge);
  const denials = decisions.filter((decision) => !decision.isAllowed);
  // An explicit denial is the more helpful message.
  return denials.find(({ isExplicit }) => isExplicit) ?? denials[0] ?? allowed;
}

/** Decides about one action on a resource, given its ARN. */
export type Judge = (resource: string) => AccessDecision;

const allowed: AccessDecision = { isAllowed: true };

/** Prepares the decisions about one action on many resources. */
export function createJudge(caller: Caller, { action, context }: JudgedAction): Judge {
  if (caller.kind === 'root' || isFree(action)) return () => allowed;
  const deny = (resource: string, source: Layer['source'], isExplicit: boolean): AccessDecision => ({
    isAllowed: false,
    isExplicit,
    message: describe(caller, action, { resource, source, isExplicit }),
  });
  if (caller.kind === 'job') {
    // The session policy limits a job to its objects; for other services its role has no policy.
    const source = action.startsWith('s3:') ? 'session' : 'identity-based';
    return (arn) => (isGrantedToJob(caller, action, objectOf(arn)) ? allowed : deny(arn, source, false));
  }
  const layers = layersOf(caller).map(({ source, policies, principalArn }) => {
    const known = { ...context, 'aws:PrincipalArn': principalArn };
    return { source, judge: judgeResources(policies, { action, context: known }) };
  });
  return (resource) => {
    // The first layer that doesn't allow decides.
    for (const { source, judge } of layers) {
      const verdict = judge(resource);
      if (verdict !== 'allowed') return deny(resource, source, verdict === 'explicitDeny');
    }
    return allowed;
  };
}

/** Reports whether the caller's policies allow `action` on any resource, ignoring denials and conditions. */
export function mayEver(caller: Caller, action: string): boolean {
  if (caller.kind === 'root' || isFree(action)) return true;
  if (caller.kind === 'job') return readActions.has(action) || writeActions.has(action);
  return layersOf(caller).every(({ policies }) => allowsSomewhere(policies, action));
}

/**
 * Decides about a call whose resource doesn't exist: callers who may make the call on some resource get the operation's
 * own error, unless a policy denies it explicitly.
 */
export function authorizeMissing(caller: Caller, { action, context }: JudgedAction): AccessDecision {
  const decision = authorize(caller, { action, resources: ['*'], context });
  const isForbidden = !decision.isAllowed && decision.isExplicit;
  return !isForbidden && mayEver(caller, action) ? { isAllowed: true } : decision;
}

/** Reports whether a decision about this caller can depend on the tags of the resource. */
export function dependsOnResourceTags(caller: Caller): boolean {
  if (caller.kind !== 'user' && caller.kind !== 'role') return false;
  return layersOf(caller).some(({ policies }) => policies.some(({ readsResourceTags }) => readsResourceTags));
}

/** Returns an object's ARN, `arn:aws:s3:::<bucket>/<key>`; without a key that of the bucket. */
export function objectArn(bucket: string, key?: string): string {
  // A slash in the bucket of a request must not turn the bucket's ARN into an object's. ListBuckets names no bucket.
  const name = bucket.replaceAll('/', '%2F');
  return `arn:aws:s3:::${name === '' ? '*' : name}${key === undefined ? '' : `/${key}`}`;
}

interface Denial {
  resource: string;
  source: Layer['source'];
  isExplicit: boolean;
}

/** A set of policies that must allow a request, and the `aws:PrincipalArn` for its conditions. */
interface Layer {
  source: 'identity-based' | 'session' | 'boundary';
  policies: readonly Policy[];
  principalArn: string;
}

/** Returns the caller's own policies, then those of its key's creators. */
function layersOf(caller: UserCaller | RoleCaller): Layer[] {
  const bounds = (caller.bounds ?? []).flatMap(ownLayersOf);
  return [...ownLayersOf(caller), ...bounds.map((layer) => ({ ...layer, source: 'boundary' as const }))];
}

function ownLayersOf(caller: UserCaller | RoleCaller): Layer[] {
  const principalArn = caller.kind === 'role' ? caller.roleArn : caller.arn;
  const identity = { source: 'identity-based' as const, policies: caller.policies, principalArn };
  if (caller.kind === 'user' || !caller.sessionPolicy) return [identity];
  return [identity, { source: 'session', policies: [caller.sessionPolicy], principalArn }];
}

/** As on AWS, no policy can deny GetCallerIdentity. */
function isFree(action: string): boolean {
  return action === 'sts:GetCallerIdentity';
}

/**
 * Allows reading the job's inputs and, while the job is open, writing its outputs and reading them back, since clients
 * verify uploads. Artifacts must not change after the job has succeeded.
 */
function isGrantedToJob(caller: JobCaller, action: string, resource: Resource | undefined): boolean {
  if (readActions.has(action)) return includes(caller.read, resource) || isOpenOutput(caller, resource);
  return writeActions.has(action) && isOpenOutput(caller, resource);
}

function isOpenOutput({ isOpen, write }: JobCaller, resource: Resource | undefined): boolean {
  return isOpen === true && includes(write, resource);
}

function includes(objects: readonly ObjectName[], resource: Resource | undefined): boolean {
  if (!resource || !('bucket' in resource)) return false;
  return coversObject(objects, resource);
}

function arnOf(resource: Resource): string {
  return 'arn' in resource ? resource.arn : objectArn(resource.bucket, resource.key);
}

function objectOf(arn: string): ObjectName | undefined {
  const [, bucket, key] = /^arn:aws:s3:::([^/]+)\/(.+)$/s.exec(arn) ?? [];
  return bucket === undefined || key === undefined ? undefined : { bucket, key };
}

const policyNames: Record<Layer['source'], string> = {
  'identity-based': 'identity-based policy',
  session: 'session policy',
  boundary: 'permissions boundary',
};

function describe(caller: Caller, action: string, { resource, source, isExplicit }: Denial): string {
  // Only S3 quotes the resource.
  const name = action.startsWith('s3:') ? `"${resource}"` : resource;
  const target = resource === '*' ? '' : ` on resource: ${name}`;
  if (caller.kind === 'job' && caller.isOpen === false && includes(caller.write, objectOf(resource))) {
    const holder = caller.jobId.startsWith('build-') ? 'the claim of the build' : `the job ${caller.jobId}`;
    return `User: ${caller.arn} is not authorized to perform: ${action}${target} because ${holder} has ended`;
  }
  const policy = policyNames[source];
  const reason = isExplicit
    ? `with an explicit deny in ${source === 'identity-based' ? 'an' : 'a'} ${policy}`
    : `because no ${policy} allows the ${action} action`;
  return `User: ${caller.arn} is not authorized to perform: ${action}${target} ${reason}`;
}
