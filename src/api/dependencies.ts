import type { AWSSessionCredentials } from '../contract/generated.ts';
import type { AccessKeys } from '../identity/access-keys/access-key.ts';
import type { ServiceSessions } from '../identity/roles/service-sessions.ts';
import type { JobCredentials, JobGrant } from '../identity/secrets/job-credentials.ts';
import type { Sealer } from '../identity/secrets/sealer.ts';
import type { LogHome } from '../logs/log-home.ts';
import type { ArtifactContent, ArtifactInstance } from '../model/execution.ts';
import type { Scope, StoredDeclaration } from '../model/pipeline.ts';
import type { Quotas } from '../model/quotas.ts';
import type { JobQueue } from '../queue/job-queue.ts';
import type { Store } from '../store/store.ts';

/** What operations need from the server, which builds it once. */
export interface Dependencies {
  store: Store;
  sealer: Sealer;
  accessKeys: AccessKeys;
  jobCredentials: JobCredentials;
  /**
   * Mints the credentials remote workers use for a job's artifacts. Throws ServiceError if an external issuer fails.
   */
  workerCredentials(grant: JobGrant): Promise<AWSSessionCredentials>;
  /** The sessions of service roles, such as those of builds. */
  serviceSessions: Pick<ServiceSessions, 'begin' | 'callerOf'>;
  artifactContents: ArtifactContents;
  logs: LogHome;
  /** The account the installation was created with, the only one that may change what all accounts share. */
  homeAccount: string;
  /** Creates a master key, makes it current and returns its version. */
  rotateMasterKey(): number;
  now(): number;
  newId(): string;
  /** The URL clients use, such as `http://127.0.0.1:7090`, without a trailing slash. */
  publicUrl(): string;
  /** Called after the commit with each saved version of a pipeline. */
  declarationSaved(pipeline: Scope & { name: string }, declaration: StoredDeclaration): void;
  jobQueue: JobQueue;
  settings: Settings;
}

/** The part of the artifact store that operations use. */
export interface ArtifactContents {
  /** The store's name in recorded contents. */
  store: string;
  /** Returns what is stored at an artifact's location. Throws ServiceError if the store can't be reached. */
  at(account: string, place: Pick<ArtifactInstance, 'bucketName' | 'objectKey'>): Promise<ArtifactContent>;
}

/** The settings that operations read; durations in ms. */
interface Settings {
  /** How long an unacknowledged delivery is hidden from other pollers (decision 3). */
  leaseMs: number;
  /** Delay between a continuation and the offer of the action's next job (decision 4). */
  continuationDelayMs: number;
  /** Upper bound on the jobs of one poll, whatever it asks for (decision 6). */
  maxPollBatchSize: number;
  quotas: Quotas;
  /** Upper bound on the log of one job. */
  jobLogBytes: number;
  /** Upper bound on the log of one build, besides its last lines. */
  buildLogBytes: number;
  /** ARNs of the only roles a pipeline may name; undefined accepts every well-formed one (decision 2). */
  assumableRoles?: ReadonlySet<string>;
}
