import type { Route } from './operation.ts';
import type { Right } from './protocol/access.ts';
import { possibleHostBuckets, readAddress, readCopySource } from './protocol/address.ts';
import {
  type Answer,
  type CallContext,
  isAllowed,
  type ObjectCall,
  type RequestedCall,
  readCall,
  rightTo,
} from './protocol/call.ts';
import type { ObjectRequest } from './protocol/object-request.ts';
import { refusals, S3Error } from './protocol/s3-error.ts';
import { findRoute } from './routes.ts';

interface BucketName {
  account: string;
  bucket: string;
}

/** Performs calls on local files or an external store. */
export interface CallTarget {
  run(call: ObjectCall, route: Route): Promise<Answer>;
  hasBucket(where: BucketName): Promise<boolean>;
  /** Returns the policy of a bucket that is stored here, if it has one. */
  policyOf(where: BucketName): Promise<string | undefined>;
  serverNames?: string[];
}

/** A valid request whose rights are not checked yet. */
export interface ResolvedCall {
  call: RequestedCall;
  operation: Route;
  /** To be checked before anything is looked up. Some operations check further rights, such as one per object. */
  rights: Right[];
}

/** Reads what a request asks for. Rejects with `S3Error`. */
export async function resolveCall(request: ObjectRequest, target: CallTarget): Promise<ResolvedCall> {
  const call = readCall(request, target.serverNames);
  const operation = findRoute(call);
  await readPolicies(call, target);
  const { action, versionAction } = operation;
  const needed = versionAction !== undefined && call.query.has('versionId') ? versionAction : action;
  return { call, operation, rights: needed === undefined ? [] : [rightTo(call, needed, call)] };
}

/** Performs a call whose rights were checked. Rejects with `S3Error`, or an error that `explainFailure` knows. */
export async function performCall(
  { call: requested, operation }: ResolvedCall,
  context: CallContext,
  target: CallTarget,
): Promise<Answer> {
  const call = { ...requested, ...context };
  checkOwners(call);
  await rejectUnknownHost(call, target);
  checkVersionId(call.query.get('versionId'));
  return target.run(call, operation);
}

/** Reads the policies of the call's buckets, which are evaluated together with the caller's. */
async function readPolicies(call: RequestedCall, { policyOf }: CallTarget): Promise<void> {
  const { account } = call.request;
  const buckets = new Set([call.bucket, copiedBucket(call)].filter((bucket) => bucket !== ''));
  for (const bucket of buckets) {
    const policy = await policyOf({ account, bucket });
    if (policy !== undefined) call.policies.set(bucket, policy);
  }
}

/** Returns the bucket of a copy's source; '' if there is none or its name is invalid, which is rejected later. */
function copiedBucket(call: RequestedCall): string {
  const header = call.header('x-amz-copy-source');
  if (header === undefined) return '';
  try {
    return readCopySource(header).bucket;
  } catch {
    return '';
  }
}

function checkOwners(call: ObjectCall): void {
  for (const name of ['x-amz-expected-bucket-owner', 'x-amz-source-expected-bucket-owner', 'x-amz-account-id']) {
    const owner = call.header(name) ?? call.request.account;
    if (owner !== call.request.account) throw new S3Error('AccessDenied', 'Access Denied');
  }
}

/**
 * Rejects a host that starts with a bucket's name but doesn't end in a known name of this server: taking the bucket from
 * the path would then address a bucket that the client doesn't mean.
 */
async function rejectUnknownHost(call: ObjectCall, { hasBucket, serverNames }: CallTarget): Promise<void> {
  const { account, host } = call.request;
  for (const bucket of possibleHostBuckets(host, serverNames)) {
    if (!isAllowed(call, 's3:ListBucket', { bucket, key: '' }) || !(await hasBucket({ account, bucket }))) continue;
    const serverName = host.slice(bucket.length + 1).replace(/:\d*$/, '');
    throw new S3Error(
      'InvalidRequest',
      `The host ${host} may name the bucket ${bucket}, but this server doesn't know that it is called ${serverName}. Start it with --public-url or --server-names ${serverName}, or let the client put the bucket into the path.`,
    );
  }
}

/** Rejects a version id that could not be returned in a header: only printable ASCII is accepted. */
function checkVersionId(versionId: string | undefined): void {
  if (versionId && !/^[!-~]+$/.test(versionId)) {
    throw refusals.invalidArgument('versionId', versionId, 'Invalid version id specified');
  }
  if (versionId === '') throw refusals.invalidArgument('versionId', '', 'Version id cannot be the empty string');
}

/** Returns `/<bucket>/<key>` of the object that a request is about, as sent; undefined if it is about none. */
export function objectResource(host: string, path: string, serverNames?: string[]): string | undefined {
  try {
    const address = readAddress(host, path, serverNames);
    if (address.key === '') return undefined;
    const byPath = readAddress('localhost', path);
    return address.bucket === byPath.bucket && address.key === byPath.key ? path : `/${address.bucket}${path}`;
  } catch (error) {
    // An invalid address is rejected later with S3's error.
    if (error instanceof S3Error) return undefined;
    throw error;
  }
}
