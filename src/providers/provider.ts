import type { Readable } from 'node:stream';
import type { ActionTypeId, Job, RuleTypeId } from '../contract/generated.ts';
import type { GitProgram } from '../git/git-program.ts';
import type { GitRemote } from '../git/remote.ts';
import type { RepositoryCache } from '../git/repository-cache.ts';
import type { Build, BuildOrder, BuildVariable } from '../model/build.ts';
import type { ActionProgress, ComputeWork } from '../model/execution.ts';
import type { ArchiveLimits } from '../worker/archives/archive-limits.ts';
import type { Log } from '../worker/log.ts';
import type { JobOutcome } from '../worker/loop/job-source.ts';

/** The action type or rule type that a provider performs; jobs of both have the id in the same member. */
export type ProviderTypeId = ActionTypeId | Required<RuleTypeId>;

/** A built-in provider: the type of the catalogue that it performs, and its code. */
export interface Provider {
  actionTypeId: ProviderTypeId;
  /** Jobs that a node performs at a time: 4 by default, as most read or write artifacts. */
  concurrency?: number;
  /** How long a stopping node lets its jobs go on, in ms, before it leaves them to another: 30 s by default. */
  stopGraceMs?: number;
  /** Performs one job; safe to repeat for the same job id. May throw `JobFailure`. */
  run(job: Job, tools: ProviderTools): Promise<JobOutcome>;
  /**
   * Finds the current revision of a polled source, or undefined if nobody asked for its detection; `location` is the
   * configuration that identifies it.
   */
  check?(location: Record<string, string>, tools: CheckTools): Promise<FoundRevision | undefined>;
  /** The same for a source in a Git repository. */
  repository?: RepositoryChecks;
}

/** What a check of a polled source may use. */
export type CheckTools = Pick<ProviderTools, 'objects' | 'git' | 'registries' | 'signal'> & {
  account: string;
  region: string;
};

/** What checks do with a Git repository; `location` is the configuration that names it. May throw `JobFailure`. */
export interface RepositoryChecks {
  /** Lists branches, tags or both by their full names; with `names` only those. Tags by the commit that they name. */
  listRefs(
    location: Record<string, string>,
    wanted: { branches: boolean; tags: boolean; names?: string[] },
    tools: CheckTools,
  ): Promise<{ name: string; commit: string }[]>;
  /**
   * Compares the commit of a ref with the `older` one that was there before, and lists at most `limit` changed files; those
   * of a rewritten history since it parted from the older one.
   */
  comparePush(
    location: Record<string, string>,
    push: { ref: string; commit: string; older: string; limit: number },
    tools: CheckTools,
  ): Promise<{ isRewritten: boolean; files: string[] }>;
  /** Returns the message of a commit that can be reached from `ref`. */
  messageOf(
    location: Record<string, string>,
    commit: { ref: string; commit: string },
    tools: CheckTools,
  ): Promise<string>;
  /** Lists at most `limit` of the files that a pull request would change. */
  filesOfPullRequest(
    location: Record<string, string>,
    pullRequest: { sourceBranch: string; destinationBranch: string; headCommit: string; limit: number },
    tools: CheckTools,
  ): Promise<string[]>;
}

/** The current revision of a polled source. */
export interface FoundRevision {
  /** Changes whenever the content may have changed. */
  cursor: string;
  /** What an execution can be bound to; absent if the source has no versions. */
  revisionId?: string;
  /** What names the revision at present, if that can come back to an earlier one: the tag of an image. */
  ref?: string;
  /** Events to send when the ref has moved, instead of starting pipelines. */
  events?: { source: string; 'detail-type': string; resources: string[]; detail: Record<string, unknown> }[];
}

/** Everything a provider may use. */
export interface ProviderTools {
  objects: ProviderObjects;
  git: GitTools;
  registries: RegistryTools;
  builds: BuildTools;
  /** What of its action the job doesn't have. */
  action: StartedAction;
  /** Shows how far the job is; repeated with the same values it costs nothing. */
  progress(progress: ActionProgress): Promise<void>;
  /** What in a repository the execution of a job was started for, if that is not the branch of the action. */
  ref?: StartedRef;
  /** Limits of artifacts that are unpacked. */
  archiveLimits: ArchiveLimits;
  now(): number;
  log: Log;
  /** Aborted when the worker stops or the job's lease is lost. */
  signal: AbortSignal;
}

/** What the wire format of a job lacks of its action. */
export interface StartedAction {
  /** What an action without a build project runs. */
  compute?: ComputeWork;
  /** The versions of the input artifacts by their names, where the bucket has versions. */
  inputVersions: Readonly<Record<string, string>>;
}

/** Where a build of an action has its sources and its artifacts. */
export type BuildPlaces = Pick<
  BuildOrder,
  'source' | 'secondarySources' | 'sourceVersion' | 'resolvedSourceVersion' | 'artifact' | 'secondaryArtifacts'
>;

/** What an action says of the build of a project. */
export interface ProjectBuild extends BuildPlaces {
  projectName: string;
  variables: BuildVariable[];
  /** The text, or the path in the source or the ARN of an object that has it. */
  buildspec?: string;
  encryptionKey?: string;
}

/** A build that was started for the job. */
export interface StartedBuild {
  id: string;
  /** A batch has none: each of its builds has its own. */
  logStreamArn?: string;
}

/** How a build or a batch has ended. */
export type EndedBuild = Pick<Build, 'id' | 'status' | 'phases' | 'failure' | 'exportedVariables'>;

/** Builds of the job, which have its id: if it is performed again they are found. */
export interface BuildTools {
  /** Starts the build of a project. Rejects with CodeBuild's ServiceError if there is none or the role may not. */
  startProject(build: ProjectBuild): Promise<StartedBuild>;
  /** Starts a build without a project; the id of the job and where it belongs are added. */
  startOrder(order: Omit<BuildOrder, 'logStream' | 'initiator' | 'job'>): Promise<StartedBuild>;
  /** Starts the batch of builds that the buildspec describes. Rejects as `startProject` does. */
  startBatch(build: ProjectBuild): Promise<StartedBuild>;
  /** Resolves when the build has ended; rejects when the job's signal is aborted. */
  ended(id: string): Promise<EndedBuild>;
  /** The same for a batch. */
  batchEnded(id: string): Promise<EndedBuild>;
}

/** A branch, tag or pull request, with names as people use them. */
export type StartedRef =
  | { kind: 'branch' | 'tag'; name: string }
  | {
      kind: 'pullRequest';
      id: string;
      title: string;
      sourceBranch: string;
      destinationBranch: string;
      author?: string;
    };

/** A repository that source actions name by properties of their own. */
export interface DeclaredRepository {
  remote: GitRemote;
  /** As connections call the forge. */
  providerType: string;
}

/** Git repositories of the job's account and Region. */
export interface GitTools {
  program: GitProgram;
  cache: RepositoryCache;
  /** For files that are removed with the job, and at the next start. */
  scratchFolder: string;
  /** Finds a repository by its own name, or by the `owner/name` and perhaps the connection of an action. */
  findRepository(
    reference: { name: string } | { fullRepositoryId: string; connectionArn?: string },
  ): Promise<DeclaredRepository | undefined>;
  /** Returns the status of a connection, such as `PENDING`; undefined if there is none with this ARN. */
  connectionStatus(arn: string): Promise<string | undefined>;
}

/** A registry of container images that source actions name by a repository. */
export interface DeclaredRegistry {
  name: string;
  /** Of its API; a path precedes the names of repositories. */
  url: string;
  credential?: { username: string; password: string };
  /** The only token service that gets the credential, if it is declared. */
  tokenService?: string;
  /** What happens when a check finds that an image was pushed; by default nothing, as there are no checks. */
  onPush?: 'start' | 'event';
}

/** Registries of container images of the job's account and Region. */
export interface RegistryTools {
  /** Finds the registry that has a repository; several if the declarations don't say which of them. */
  find(repositoryName: string): Promise<DeclaredRegistry[]>;
}

/** An object without its bytes. */
export interface ObjectHead {
  sizeBytes: number;
  /** Without quotes. */
  etag: string;
  /** Undefined in a bucket that never had versioning. */
  versionId?: string;
  contentType?: string;
  /** User metadata, keys in lower case without `x-amz-meta-`. */
  metadata: Record<string, string>;
  lastModifiedAt: number;
}

/** An object to write. */
export interface ObjectWrite {
  bucket: string;
  key: string;
  /** Fails if the content is damaged; then nothing may be stored. */
  body: Readable;
  /** Length of `body` if known in advance. */
  sizeBytes?: number;
  contentType?: string;
  cacheControl?: string;
  metadata?: Record<string, string>;
  serverSideEncryption?: 'aws:kms';
  kmsKeyId?: string;
  cannedAcl?: string;
}

/**
 * The objects a job may use: its own artifacts by the job's grant, all others under its role, whose policies are
 * checked before any lookup. Missing buckets, objects and versions are `undefined`; other failures are errors with S3's
 * code (`AccessDenied`, `NoSuchBucket`, …) as their `name` and its status as `httpStatus`.
 */
export interface ProviderObjects {
  /** The role these objects are bound to: without one there is no access. */
  readonly roleArn: string;
  /** Requires `s3:GetBucketVersioning`. */
  headBucket(bucket: string): Promise<{ versioning?: 'Enabled' | 'Suspended' } | undefined>;
  /** Requires `s3:GetObject`, or `s3:GetObjectVersion` if a version is named. */
  headObject(bucket: string, key: string, versionId?: string): Promise<ObjectHead | undefined>;
  /** Requires what `headObject` does. The caller reads `body` to its end or destroys it. */
  getObject(bucket: string, key: string, versionId?: string): Promise<(ObjectHead & { body: Readable }) | undefined>;
  /** Requires `s3:PutObject`, and with a canned ACL `s3:PutObjectAcl`. */
  putObject(write: ObjectWrite): Promise<{ etag: string; versionId?: string }>;
}
