import type { Logger } from 'pino';
import type { ObjectIndex } from '../store/objects/object-index.ts';
import { type CallTarget, objectResource, performCall, type ResolvedCall, resolveCall } from './calls.ts';
import { createExternalObjects } from './gateway/external-objects.ts';
import type { Gateway } from './gateway/external-store.ts';
import { hasExternalBucket } from './gateway/forward-buckets.ts';
import type { Backing } from './local/backing.ts';
import { createExpiry } from './local/expire-objects.ts';
import { type KeySealer, type ObjectFiles, openObjectFiles } from './local/object-files.ts';
import { createSweep, type SweepOptions } from './local/sweep.ts';
import { createObjectStore, type ObjectStore } from './object-store.ts';
import type { StoringOperation } from './operation.ts';
import type { Answer, CallContext } from './protocol/call.ts';
import type { ObjectRequest } from './protocol/object-request.ts';

export type { ObjectStore } from './object-store.ts';

export interface ObjectEndpointParts {
  log: Logger;
  /** Names besides `localhost`, IPv4 addresses and Amazon's before which a host may name a bucket. */
  serverNames?: string[];
  index: ObjectIndex;
  /** The folder of the bytes; created if missing. */
  folder: string;
  /** Seals the keys that encrypt the bytes; must be able to open everything it ever sealed. */
  keySealer: KeySealer;
  now: () => number;
  /** Limits of sweeps. */
  sweeping?: Pick<SweepOptions, 'percent' | 'isClockSteady'>;
}

/** Objects over HTTP and in process. */
export interface ObjectEndpoint {
  /** Returns the operation of an authenticated request and the rights it needs. Rejects with `S3Error`. */
  resolve(request: ObjectRequest): Promise<ResolvedCall>;
  /** Performs a call whose rights were checked. Rejects with an error that `explainFailure` classifies. */
  perform(call: ResolvedCall, context: CallContext): Promise<Answer>;
  objects: ObjectStore;
  /** The encrypted files of local objects, which also keep other bytes that have a row; absent with an external store. */
  files?: Pick<ObjectFiles, 'store' | 'open' | 'remove'>;
  /** Returns `/<bucket>/<key>` of the object that a request is about, as sent; undefined if it is about none. */
  objectResource(host: string, path: string): string | undefined;
  /**
   * Cleans up after a killed process, a bounded number of files per call; called at startup and periodically. Returns
   * whether there are files left to check.
   */
  sweep(): Promise<boolean>;
  /** Applies the lifecycles of buckets, a bounded part per call; returns when to call again. */
  expire(at: number): Promise<number | undefined>;
}

/** Creates the S3-compatible endpoint over an index and a folder. */
export function createObjectEndpoint(parts: ObjectEndpointParts): ObjectEndpoint {
  const { index, now, log, serverNames } = parts;
  const backing: Backing = { index, files: openObjectFiles(parts.folder, parts.keySealer), now };
  return {
    ...serveCalls({
      run: (call, operation) => operation.run(call, backing),
      hasBucket: async (where) => (await index.findBucket(where)) !== undefined,
      policyOf: async (where) => (await index.findBucket(where))?.settings.policy ?? undefined,
      serverNames,
    }),
    objects: createObjectStore(backing),
    files: backing.files,
    sweep: createSweep({ index, files: backing.files, now, log, ...parts.sweeping }),
    expire: createExpiry(backing),
  };
}

/** Creates the endpoint in front of an external store. */
export function createGatewayEndpoint(gateway: Gateway, serverNames?: string[]): ObjectEndpoint {
  return {
    ...serveCalls({
      run: (call, operation) => operation.forward(call, gateway),
      hasBucket: (where) => hasExternalBucket(gateway.store, where),
      // The store applies the policies of its buckets itself.
      policyOf: async () => undefined,
      serverNames,
    }),
    objects: createExternalObjects(gateway),
    sweep: async () => false,
    expire: async () => undefined,
  };
}

function serveCalls(target: CallTarget): Pick<ObjectEndpoint, 'resolve' | 'perform' | 'objectResource'> {
  return {
    resolve: (request) => resolveCall(request, target),
    perform: (call, context) => performCall(call, context, target),
    objectResource: (host, path) => objectResource(host, path, target.serverNames),
  };
}

/** An object that was stored, or a version of one. */
export interface StoredObjectName {
  account: string;
  bucket: string;
  key: string;
  versionId?: string;
  operation: StoringOperation;
  /** Absent if this server stored it itself. */
  requestId?: string;
}

/** Calls `onStored` for each object that the endpoint stores from now on, and waits for it before it answers. */
export function announceStored(
  endpoint: ObjectEndpoint,
  onStored: (object: StoredObjectName) => Promise<void>,
): ObjectEndpoint {
  return {
    ...endpoint,
    async perform(resolved, context) {
      const answer = await endpoint.perform(resolved, context);
      const { bucket, key, request } = resolved.call;
      const { stores } = resolved.operation;
      if (stores) {
        const { account, requestId } = request;
        const versionId = answer.headers?.['x-amz-version-id'];
        await onStored({ account, bucket, key, versionId, operation: stores, requestId });
      }
      return answer;
    },
    objects: {
      ...endpoint.objects,
      async putObject(write) {
        const stored = await endpoint.objects.putObject(write);
        const { account, bucket, key } = write;
        await onStored({ account, bucket, key, versionId: stored.versionId, operation: 'PutObject' });
        return stored;
      },
    },
  };
}
