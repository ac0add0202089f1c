import type { AccessKeys } from '../../identity/access-keys/access-key.ts';
import type { Caller } from '../../identity/caller.ts';
import type { Sealer } from '../../identity/secrets/sealer.ts';
import type { CallEnd } from '../../model/call-end.ts';
import type { JobResult } from '../../model/job.ts';
import type { Origin } from '../../model/job-event.ts';
import type { Scope } from '../../model/pipeline.ts';
import type { JobRecord, Store } from '../../store/store.ts';
import type { TouchedResource } from './touched-resource.ts';

/** What the operations of our own API are built from. */
export interface AdminParts {
  /** The account the installation began with, which alone may touch what belongs to all accounts. */
  homeAccount: string;
  accessKeys: AccessKeys;
  store: Pick<Store, 'jobs' | 'jobHistory' | 'jobLogs' | 'registeredTypes' | 'thirdPartyClients' | 'wakes'>;
  sealer: Sealer;
  now(): number;
  newId(): string;
  /** Most bytes of the log of one job. */
  jobLogBytes: number;
  /** The values of an action's configuration that nobody but its worker may see, in clear. */
  secretsOf(record: JobRecord): string[];
  /** Hands a result to the engine, as the operation that a worker reports with does. */
  reportJob(jobId: string, result: JobResult, origin: Origin): Promise<void>;
  /** Makes a fresh master key the current one and answers its version. */
  rotateMasterKey(): number;
}

/** One member of an input: its JSON type, whether it must be there, and what the reference says of it. */
export interface AdminMember {
  type: 'string' | 'strings' | 'number' | 'structure';
  isRequired: boolean;
  sentence: string;
  /** Of a text, in UTF-8; 10,000 characters unless given. */
  maxBytes?: number;
  /** Of a number, which is whole. */
  range?: [least: number, most: number];
}

/** An input that has been checked against its members. */
export type AdminInput = Record<string, string | string[] | number | object | undefined>;

/** Who makes a call and where, and until when somebody waits for its answer. */
export interface AdminCall extends Scope {
  caller: Caller;
  origin: Origin;
  /** Aborts when the client has gone away. */
  signal: CallEnd;
}

/** One operation of our own API, with what its reference page says. */
export interface AdminOperation {
  sentence: string;
  /** What the caller's policies must allow the operation on. */
  resource: TouchedResource;
  input: Record<string, AdminMember>;
  /** Members of the answer and what they mean. */
  output: Record<string, string>;
  run(input: AdminInput, account: string, parts: AdminParts, call: AdminCall): Promise<object>;
}
