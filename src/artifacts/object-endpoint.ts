import type { ServerResponse } from 'node:http';
import type { Logger } from 'pino';
import { systemFailureOf } from '../contract/system-failure.ts';
import type { ObjectIndex } from '../store/objects/object-index.ts';
import { createExternalObjects } from './gateway/external-objects.ts';
import { hasExternalBucket } from './gateway/forward-buckets.ts';
import type { Gateway } from './gateway/gateway.ts';
import { StoreCredentialsError, StoreRefusal, StoreUnavailableError } from './gateway/store-refusal.ts';
import type { Backing } from './local/backing.ts';
import { createExpiry } from './local/expire-objects.ts';
import { type KeySealer, openObjectFiles } from './local/object-files.ts';
import { createSweep, type SweepOptions } from './local/sweep.ts';
import { createObjectStore, type ObjectStore } from './object-store.ts';
import type { Route } from './operation.ts';
import { possibleHostBuckets, readAddress, readCopySource } from './protocol/address.ts';
import { type Answer, sendAnswer, sendRefusal } from './protocol/answer.ts';
import { authorize, type Call, isAllowed, readCall } from './protocol/call.ts';
import type { ObjectRequest } from './protocol/object-request.ts';
import {
  ClientGoneError,
  DamagedObjectError,
  type Refusal,
  refusals,
  S3Error,
  translateSystemFailure,
} from './protocol/s3-error.ts';
import { findRoute } from './routes.ts';

export type { ObjectStore } from './object-store.ts';

/** What every endpoint needs, wherever its objects are. */
export interface EndpointSurroundings {
  log: Logger;
  /** Names besides `localhost`, IPv4 addresses and Amazon's before which a host may name a bucket. */
  serverNames?: string[];
}

export interface ObjectEndpointParts extends EndpointSurroundings {
  index: ObjectIndex;
  /** Where the bytes are; made if need be. */
  folder: string;
  /** Seals the keys by which the bytes are encrypted; it goes on opening all it ever sealed. */
  keySealer: KeySealer;
  now: () => number;
  /** How careful sweeps are. */
  sweeping?: Pick<SweepOptions, 'percent' | 'isClockSteady'>;
}

/** Objects over HTTP and in process. */
export interface ObjectEndpoint {
  /** Answers one authenticated request, always; never rejects. */
  handle(request: ObjectRequest, response: ServerResponse): Promise<void>;
  objects: ObjectStore;
  /** `/<bucket>/<key>` of the object that a request is about, as sent; undefined when it is about none. */
  objectResource(host: string, path: string): string | undefined;
  /**
   * Clears away what a killed process left behind, a bounded number of files a call; for the start and every so often.
   * Answers whether there are files that it has not looked at yet.
   */
  sweep(): Promise<boolean>;
  /** Applies the lifecycles of buckets, a bounded piece a call; returns when it wants the next one. */
  expire(at: number): Promise<number | undefined>;
}

/** Builds the S3-compatible endpoint over an index and a folder. */
export function createObjectEndpoint(parts: ObjectEndpointParts): ObjectEndpoint {
  const { index, now, log, serverNames } = parts;
  const backing: Backing = { index, files: openObjectFiles(parts.folder, parts.keySealer), now };
  const run: Run = (call, route) => route.run(call, backing);
  const hasBucket: HasBucket = async (where) => (await index.findBucket(where)) !== undefined;
  const policyOf: PolicyOf = async (where) => (await index.findBucket(where))?.settings.policy ?? undefined;
  return {
    handle: (request, response) => handle(request, response, { run, hasBucket, policyOf, log, serverNames }),
    objectResource: (host, path) => objectResource(host, path, serverNames),
    objects: createObjectStore(backing),
    sweep: createSweep({ index, files: backing.files, now, log, ...parts.sweeping }),
    expire: createExpiry(backing),
  };
}

/** Builds the same endpoint before an external store, which has rows and bytes. */
export function createGatewayEndpoint(gateway: Gateway, { log, serverNames }: EndpointSurroundings): ObjectEndpoint {
  const run: Run = (call, route) => route.forward(call, gateway);
  const hasBucket: HasBucket = (where) => hasExternalBucket(gateway.store, where);
  // The store obeys the policies of its buckets itself.
  const policyOf: PolicyOf = async () => undefined;
  return {
    handle: (request, response) => handle(request, response, { run, hasBucket, policyOf, log, serverNames }),
    objectResource: (host, path) => objectResource(host, path, serverNames),
    objects: createExternalObjects(gateway),
    sweep: async () => false,
    expire: async () => undefined,
  };
}

function objectResource(host: string, path: string, serverNames?: string[]): string | undefined {
  try {
    const address = readAddress(host, path, serverNames);
    if (address.key === '') return undefined;
    const byPath = readAddress('localhost', path);
    return address.bucket === byPath.bucket && address.key === byPath.key ? path : `/${address.bucket}${path}`;
  } catch (error) {
    // What is no address is refused in its own words later.
    if (error instanceof S3Error) return undefined;
    throw error;
  }
}

type Run = (call: Call, route: Route) => Promise<Answer>;
type HasBucket = (where: { account: string; bucket: string }) => Promise<boolean>;

/** The policy of a bucket that is kept here, if it has one. */
type PolicyOf = (where: { account: string; bucket: string }) => Promise<string | undefined>;

interface Surroundings extends EndpointSurroundings {
  run: Run;
  hasBucket: HasBucket;
  policyOf: PolicyOf;
}

async function handle(request: ObjectRequest, response: ServerResponse, around: Surroundings): Promise<void> {
  const { log } = around;
  const { requestId } = request;
  const body: BodyUse = { isOpened: false };
  try {
    const answer = await perform(request, body, around);
    await sendAnswer(request, response, answer);
  } catch (thrown) {
    const error = translateSystemFailure(thrown);
    const systemError = systemFailureOf(thrown)?.code;
    if (error instanceof DamagedObjectError || isStoreFailure(error)) {
      log.error({ requestId, path: request.path, err: error }, error.message);
    }
    if (error instanceof ClientGoneError || response.destroyed) {
      // A file that could not be read on has cut its own answer short.
      if (systemError !== undefined)
        log.error({ requestId, systemError, err: error }, 'an object could not be read on');
      log.debug({ requestId }, 'the client went away before its object request was done');
      response.destroy();
      return;
    }
    const refusal = isRefusal(error) ? error : internalError();
    if (refusal !== error) log.error({ requestId, err: error }, 'an object request failed');
    else if (error !== thrown || systemError !== undefined) {
      log.error({ requestId, systemError, err: error }, refusal.message);
    } else log.debug({ requestId, code: refusal.code, path: request.path }, 'refused an object request');
    request.onRefusal?.(refusal.code, systemError);
    if (response.headersSent) {
      response.destroy();
      return;
    }
    await sendRefusal(request, response, refusal, unreadOf(request, body));
  }
}

async function perform(request: ObjectRequest, body: BodyUse, around: Surroundings): Promise<Answer> {
  const openBody = () => {
    body.isOpened = true;
    return request.body;
  };
  const call = readCall(request, openBody, around.serverNames);
  const route = findRoute(call);
  await readPolicies(call, around);
  await request.learnRights?.(call.bucket, call.key);
  checkRights(call, route);
  await refuseUnknownHost(call, around);
  const versionId = call.query.get('versionId');
  // It may come back in a header, which holds no control characters and nothing beyond ASCII.
  if (versionId && !/^[!-~]+$/.test(versionId)) {
    throw refusals.invalidArgument('versionId', versionId, 'Invalid version id specified');
  }
  if (versionId === '') {
    throw refusals.invalidArgument('versionId', '', 'Version id cannot be the empty string');
  }
  if (route.isTransfer) await request.beginTransfer?.();
  return around.run(call, route);
}

/** Reads the policies of the buckets that the call touches, which decide about it beside those of its caller. */
async function readPolicies(call: Call, { policyOf }: Surroundings): Promise<void> {
  const { account } = call.request;
  const buckets = new Set([call.bucket, copiedBucket(call)].filter((bucket) => bucket !== ''));
  for (const bucket of buckets) {
    const policy = await policyOf({ account, bucket });
    if (policy !== undefined) call.policies.set(bucket, policy);
  }
}

/** The bucket of a copy's source; '' where there is none, or where its name will be refused. */
function copiedBucket(call: Call): string {
  const header = call.header('x-amz-copy-source');
  if (header === undefined) return '';
  try {
    return readCopySource(header).bucket;
  } catch {
    return '';
  }
}

/** Nobody learns of a bucket or key what they may not ask for: this comes before anything is looked up. */
function checkRights(call: Call, { action, versionAction }: Route): void {
  const wanted = versionAction !== undefined && call.query.has('versionId') ? versionAction : action;
  if (wanted !== undefined) authorize(call, wanted, call);
  for (const name of ['x-amz-expected-bucket-owner', 'x-amz-source-expected-bucket-owner', 'x-amz-account-id']) {
    const owner = call.header(name) ?? call.request.account;
    if (owner !== call.request.account) throw new S3Error('AccessDenied', 'Access Denied');
  }
}

/**
 * Refuses a host that begins with a bucket's name but doesn't end in a known name of this server: reading the bucket
 * from the path then would read from, or write into, a bucket that the client doesn't mean.
 */
async function refuseUnknownHost(call: Call, { hasBucket, serverNames }: Surroundings): Promise<void> {
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

/** What is wrong between this server and the external store is for its operator to know. */
function isStoreFailure(error: unknown): error is Error {
  return error instanceof StoreUnavailableError || error instanceof StoreCredentialsError;
}

function isRefusal(error: unknown): error is Refusal {
  return error instanceof S3Error || error instanceof StoreRefusal || error instanceof StoreUnavailableError;
}

interface BodyUse {
  isOpened: boolean;
}

/** What of the body may still be on its way when a refusal is sent. */
function unreadOf(request: ObjectRequest, { isOpened }: BodyUse): 'nothing' | 'body' | 'unrequested body' {
  const { headers } = request;
  const isAnnounced = headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0;
  if (!isAnnounced) return 'nothing';
  if (isOpened) return request.body.readableEnded ? 'nothing' : 'body';
  // Who asked first has been told nothing yet, and sends nothing when the answer is a refusal.
  return headers.expect === undefined ? 'body' : 'unrequested body';
}

/** The one answer that is a bug of ours; the log has what the client is not told. */
function internalError(): Refusal {
  return {
    code: 'InternalError',
    message: 'We encountered an internal error. Please try again.',
    httpStatus: 500,
    details: {},
  };
}
