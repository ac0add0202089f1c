import type { AWSSessionCredentials, Operations } from '../../contract/generated.ts';
import type { OperationName } from '../../contract/model.ts';
import type { JobCredentials, JobGrant } from '../../identity/secrets/job-credentials.ts';
import type { Sealer } from '../../identity/secrets/sealer.ts';
import type { CallEnd } from '../../model/call-end.ts';
import type { ArtifactContent, ArtifactInstance } from '../../model/execution.ts';
import type { Origin } from '../../model/job-event.ts';
import type { Scope, StoredDeclaration } from '../../model/pipeline.ts';
import type { Quotas } from '../../model/quotas.ts';
import type { EmptyQueues } from '../../queue/empty-queues.ts';
import type { HeldPolls } from '../../queue/held-polls.ts';
import type { SeenPolls } from '../../queue/seen-polls.ts';
import type { Store } from '../../store/store.ts';

/** What operations are built from; `main.ts` puts it together once. */
export interface Parts {
  store: Store;
  sealer: Sealer;
  jobCredentials: JobCredentials;
  /** What remote workers open a job's artifacts with; ServiceError when another server mints it and does not answer. */
  workerCredentials(grant: JobGrant): Promise<AWSSessionCredentials>;
  artifactContents: ArtifactContents;
  now(): number;
  newId(): string;
  /** Where clients reach this server, such as `http://127.0.0.1:7090`, without a slash at the end. */
  publicUrl(): string;
  /** Hears of each version of a pipeline that was saved, after the commit. */
  declarationSaved(pipeline: Scope & { name: string }, declaration: StoredDeclaration): void;
  polls: SeenPolls;
  emptyQueues: EmptyQueues;
  heldPolls: HeldPolls;
  settings: Settings;
}

/** The artifact store as far as operations ask it. */
export interface ArtifactContents {
  /** Its name in what is recorded. */
  store: string;
  /** What is at an artifact's place now; ServiceError when that cannot be known at present. */
  at(account: string, place: Pick<ArtifactInstance, 'bucketName' | 'objectKey'>): Promise<ArtifactContent>;
}

/** The settings operations look at; durations in ms. */
interface Settings {
  /** How long an unacknowledged delivery is kept from other pollers (decision 3). */
  leaseMs: number;
  /** How long after a continuation the next job of the action is offered (decision 4). */
  continuationDelayMs: number;
  /** Most jobs one poll hands out, whatever it asks for (decision 6). */
  maxPollBatchSize: number;
  quotas: Quotas;
  /** ARNs of the only roles a pipeline may name; undefined accepts every well-formed one (decision 2). */
  assumableRoles?: ReadonlySet<string>;
}

/** Who calls, for which account and region, and how long a poll may be held. */
export interface Call extends Scope {
  callerArn: string;
  origin: Origin;
  /** How long PollForJobs may wait for a job before it answers an empty list; 0 answers at once as AWS does. */
  waitMs: number;
  /** Aborts when the client has gone away. */
  signal: CallEnd;
}

/** One operation of the API. */
export type Operation<Name extends OperationName> = (
  input: Operations[Name]['input'],
  call: Call,
  parts: Parts,
) => Promise<Operations[Name]['output']>;

/** Every operation of the API under its name. */
export type OperationTable = { [Name in OperationName]: Operation<Name> };
