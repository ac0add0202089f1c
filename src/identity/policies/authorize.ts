import type { Caller, JobCaller, RoleCaller, UserCaller } from '../caller.ts';
import type { ObjectName } from '../secrets/job-credentials.ts';
import { type AccessRequest, allowsSomewhere, type JudgedAction, judgeResources } from './evaluate-policy.ts';
import type { Policy } from './policy.ts';

/** What an action touches: an object or a whole bucket of S3, or something with an ARN. */
export type Resource = { bucket: string; key?: string } | { arn: string };

/** Whether a request may go on; if not, the text of AccessDenied and whether a policy forbids it in so many words. */
export type AccessDecision = { isAllowed: true } | { isAllowed: false; isExplicit: boolean; message: string };

/** What a job may do with its inputs and, while it is open, its outputs: HEAD is GetObject, as in IAM's list for S3. */
export const readActions = new Set(['s3:GetObject', 's3:GetObjectVersion']);
/** What a job may do with its outputs: every step of a multipart upload but these two is PutObject. */
export const writeActions = new Set(['s3:PutObject', 's3:AbortMultipartUpload', 's3:ListMultipartUploadParts']);

/**
 * Whether `caller` may perform `action` (`s3:GetObject`, `codepipeline:PollForJobs`). It speaks of the caller's own
 * account only: rows and buckets of others are never found in the first place. Without a resource an action on objects
 * is denied to jobs, and every action to those whose policies do not allow it on `*`.
 */
export function isAllowed(caller: Caller, action: string, resource?: Resource): boolean {
  if (caller.kind === 'job') return isFree(action) || isGrantedToJob(caller, action, resource);
  return authorize(caller, { action, resources: resource ? [arnOf(resource)] : [] }).isAllowed;
}

/**
 * Whether `caller` may perform `action` on every one of `resources`, ARNs or `*`. Everything but the signature is
 * decided here: root may do all, a job exactly what it was given, others what their policies say of the resources and
 * the `context`, to which `aws:PrincipalArn` is added.
 */
export function authorize(caller: Caller, { action, resources, context }: AccessRequest): AccessDecision {
  const judge = createJudge(caller, { action, context });
  const decisions = (resources.length === 0 ? ['*'] : resources).map(judge);
  const denials = decisions.filter((decision) => !decision.isAllowed);
  // What somebody forbade on purpose is the better answer to why.
  return denials.find(({ isExplicit }) => isExplicit) ?? denials[0] ?? allowed;
}

/** Decides about one action on one resource after another, each by its ARN. */
export type Judge = (resource: string) => AccessDecision;

const allowed: AccessDecision = { isAllowed: true };

/** Prepares the decision about one action of a caller, for calls that touch many resources. */
export function createJudge(caller: Caller, { action, context }: JudgedAction): Judge {
  if (caller.kind === 'root' || isFree(action)) return () => allowed;
  const deny = (resource: string, source: Layer['source'], isExplicit: boolean): AccessDecision => ({
    isAllowed: false,
    isExplicit,
    message: describe(caller, action, { resource, source, isExplicit }),
  });
  if (caller.kind === 'job') {
    // The session of a job's role is narrowed to its objects; the role itself may not call other services.
    const source = action.startsWith('s3:') ? 'session' : 'identity-based';
    return (arn) => (isGrantedToJob(caller, action, objectOf(arn)) ? allowed : deny(arn, source, false));
  }
  const layers = layersOf(caller).map(({ source, policies, principalArn }) => {
    const known = { ...context, 'aws:PrincipalArn': principalArn };
    return { source, judge: judgeResources(policies, { action, context: known }) };
  });
  return (resource) => {
    // The first set of policies that does not allow decides; the others need not be asked.
    for (const { source, judge } of layers) {
      const verdict = judge(resource);
      if (verdict !== 'allowed') return deny(resource, source, verdict === 'explicitDeny');
    }
    return allowed;
  };
}

/** Whether there is any resource on which the caller's policies allow `action`, leaving denials and conditions aside. */
export function mayEver(caller: Caller, action: string): boolean {
  if (caller.kind === 'root' || isFree(action)) return true;
  if (caller.kind === 'job') return readActions.has(action) || writeActions.has(action);
  return layersOf(caller).every(({ policies }) => allowsSomewhere(policies, action));
}

/**
 * Decides about a call whose resource is not there: the operation itself says so to those who might be allowed to make
 * the call on some resource, unless a policy forbids it.
 */
export function authorizeMissing(caller: Caller, { action, context }: JudgedAction): AccessDecision {
  const decision = authorize(caller, { action, resources: ['*'], context });
  const isForbidden = !decision.isAllowed && decision.isExplicit;
  return !isForbidden && mayEver(caller, action) ? { isAllowed: true } : decision;
}

/** Whether the tags of the resource can change what this caller may do. If not, nobody needs to look them up. */
export function dependsOnResourceTags(caller: Caller): boolean {
  if (caller.kind !== 'user' && caller.kind !== 'role') return false;
  return layersOf(caller).some(({ policies }) => policies.some(({ readsResourceTags }) => readsResourceTags));
}

/** `arn:aws:s3:::<bucket>/<key>`, the ARN policies know an object by; without a key that of the bucket. */
export function objectArn(bucket: string, key?: string): string {
  // ListBuckets names no bucket and asks for all.
  // No bucket has a slash in its name; one in a request must not make an object's ARN of the bucket's.
  const name = bucket.replaceAll('/', '%2F');
  return `arn:aws:s3:::${name === '' ? '*' : name}${key === undefined ? '' : `/${key}`}`;
}

interface Denial {
  resource: string;
  source: Layer['source'];
  isExplicit: boolean;
}

/** A set of policies that has to allow a request, and whose ARN its conditions see. */
interface Layer {
  source: 'identity-based' | 'session' | 'boundary';
  policies: readonly Policy[];
  principalArn: string;
}

/** What the caller's own policies say, and what those say who made its key. */
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

/** AWS lets nobody be denied to ask who they are. */
function isFree(action: string): boolean {
  return action === 'sts:GetCallerIdentity';
}

/**
 * Exactly the job's inputs to read, and while the job is open its outputs to write and to read back: clients verify what
 * they have uploaded, and what a consumer gets must not change after the job's success.
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
  return objects.some(({ bucket, key }) => bucket === resource.bucket && key === resource.key);
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
  // S3 alone puts the resource in quotation marks.
  const name = action.startsWith('s3:') ? `"${resource}"` : resource;
  const target = resource === '*' ? '' : ` on resource: ${name}`;
  if (caller.kind === 'job' && caller.isOpen === false && includes(caller.write, objectOf(resource))) {
    return `User: ${caller.arn} is not authorized to perform: ${action}${target} because the job ${caller.jobId} has ended`;
  }
  const policy = policyNames[source];
  const reason = isExplicit
    ? `with an explicit deny in ${source === 'identity-based' ? 'an' : 'a'} ${policy}`
    : `because no ${policy} allows the ${action} action`;
  return `User: ${caller.arn} is not authorized to perform: ${action}${target} ${reason}`;
}
