import type { Scope } from './pipeline.ts';

/** The statuses of a build, as CodeBuild names them. */
export type BuildStatus = 'IN_PROGRESS' | 'SUCCEEDED' | 'FAILED' | 'FAULT' | 'TIMED_OUT' | 'STOPPED';
export type EndedBuildStatus = Exclude<BuildStatus, 'IN_PROGRESS'>;

/** The phases of a build in their order; the first three and the last are the server's. */
export type BuildPhaseType =
  | 'SUBMITTED'
  | 'QUEUED'
  | 'PROVISIONING'
  | 'DOWNLOAD_SOURCE'
  | 'INSTALL'
  | 'PRE_BUILD'
  | 'BUILD'
  | 'POST_BUILD'
  | 'UPLOAD_ARTIFACTS'
  | 'FINALIZING'
  | 'COMPLETED';

/** Why a phase or a build failed, with CodeBuild's code. */
export interface BuildFailureReason {
  code: string;
  message: string;
}

/** A phase that has begun; instants in ms. */
export interface BuildPhase {
  type: BuildPhaseType;
  startedAt: number;
  /** Absent while it goes on, like `status`. */
  endedAt?: number;
  status?: EndedBuildStatus;
  failure?: BuildFailureReason;
}

/** A variable; of the types but PLAINTEXT `value` names the parameter or secret. */
export interface BuildVariable {
  name: string;
  value: string;
  type: 'PLAINTEXT' | 'PARAMETER_STORE' | 'SECRETS_MANAGER';
}

export type CageName = 'container' | 'bubblewrap' | 'namespaces' | 'process';

/** Where the source of a build is. */
export type BuildSource =
  | { type: 'NO_SOURCE' }
  /** A zip, such as the input artifact of an action, which is read as it was recorded: see `ArtifactContent`. */
  | {
      type: 'S3';
      bucket: string;
      key: string;
      versionId?: string;
      content?: { versionId?: string; etag: string } | 'missing';
    }
  /** Packed into a zip by the server before the build is offered. */
  | {
      type: 'GIT';
      fullRepositoryId?: string;
      connectionArn?: string;
      repository?: string;
      url?: string;
      ref?: string;
    };

type SecondarySource = BuildSource & { identifier: string };

/** Where an artifact of a build is stored: a zip, or a folder of objects. The primary one has no identifier. */
export interface BuildArtifact {
  identifier?: string;
  bucket: string;
  /** Of the zip; of files the folder that they are in, which may be empty. */
  key: string;
  packaging: 'ZIP' | 'NONE';
  /** The last part of the key, present if the name that the buildspec gives the artifact takes its place. */
  name?: string;
  /** Of the primary artifact: the secondary one of the buildspec that is stored there if it has no primary one. */
  orSecondary?: string;
}

/** All that a runner needs, complete at the creation and never changed; durations in ms. */
export interface BuildOrder {
  kind: 'CodeBuild' | 'Commands';
  /** Of Commands `<pipeline>.<stage>.<action>`, which is no project. */
  projectName: string;
  /** Absent: the runner's default. */
  cage?: CageName;
  image?: string;
  computeType?: string;
  /** As CodeBuild names it, such as `LINUX_CONTAINER`; only shown. */
  environmentType?: string;
  isPrivileged: boolean;
  hasNetwork: boolean;
  /** Absent: `buildspec.yml` of the source. */
  buildspec?: { text: string } | { path: string } | { bucket: string; key: string };
  variables: { project: BuildVariable[]; start: BuildVariable[] };
  source: BuildSource;
  secondarySources: SecondarySource[];
  sourceVersion?: string;
  resolvedSourceVersion?: string;
  sourceRepositoryUrl?: string;
  artifact?: BuildArtifact;
  secondaryArtifacts: BuildArtifact[];
  cache?: { type: 'LOCAL' } | { type: 'S3'; bucket: string; prefix: string };
  /** ARN of the role that the build acts as. */
  serviceRole: string;
  timeoutMs: number;
  queuedTimeoutMs: number;
  /** `/aws/codebuild/<project>`; of Commands `/aws/codepipeline/<pipeline>`. */
  logGroup: string;
  /** The UUID of the build. */
  logStream: string;
  /** Such as `codepipeline/shop`. */
  initiator: string;
  encryptionKey?: string;
  batch?: { id: string; identifier: string };
  /** The job of the action that the build belongs to. */
  job?: { id: string; pipelineName: string; executionId: string };
}

/** What the server has packed of the sources of an order, in the place of its GIT sources. */
export interface FetchedSources {
  source: BuildSource;
  secondarySources: SecondarySource[];
  resolvedSourceVersion?: string;
}

/** A report of a build; without totals if nothing could be read. */
export interface BuildReport {
  name: string;
  fileFormat: string;
  files: number;
  totals?: unknown;
}

/** A test case of a report; texts may have been cut. */
export interface BuildTestCase {
  /** The name of its report. */
  report: string;
  name: string;
  prefix?: string;
  suite?: string;
  status: 'SUCCEEDED' | 'FAILED' | 'ERROR' | 'SKIPPED';
  durationMs: number;
  message?: string;
}

/** An artifact that was stored; `location` is `<bucket>/<key>`. */
export interface StoredBuildArtifact {
  identifier?: string;
  location: string;
  sha256?: string;
  md5?: string;
}

/** How a build ended, as its runner reports it. */
export interface BuildOutcome {
  status: EndedBuildStatus;
  /** The runner's phases, from DOWNLOAD_SOURCE on. */
  phases: BuildPhase[];
  exportedVariables: { name: string; value: string }[];
  reports: BuildReport[];
  /** The first ones of each report. */
  testCases?: BuildTestCase[];
  artifacts: StoredBuildArtifact[];
  failure?: BuildFailureReason;
}

/** A build; instants in ms. */
export interface Build {
  /** `<project>:<uuid>`, unique in its scope. */
  id: string;
  scope: Scope;
  /** Counts the builds of the project, from 1. */
  number: number;
  order: BuildOrder;
  /** Present once the server has packed the order's GIT sources. */
  fetched?: FetchedSources;
  status: BuildStatus;
  currentPhase: BuildPhaseType;
  phases: BuildPhase[];
  exportedVariables: { name: string; value: string }[];
  reports: BuildReport[];
  artifacts: StoredBuildArtifact[];
  startedAt: number;
  endedAt?: number;
  stopRequestedAt?: number;
  /** How often a runner has claimed it. */
  attempts: number;
  /** The name of the runner that claimed it last. */
  runner?: string;
  failure?: BuildFailureReason;
}

/** Returns `arn:aws:codebuild:<region>:<account>:build/<project>:<uuid>`. */
export function buildArn({ region, account }: Scope, id: string): string {
  return `arn:aws:codebuild:${region}:${account}:build/${id}`;
}

/** Reads what `buildArn` builds; undefined if it is none. */
export function readBuildArn(arn: string): { scope: Scope; id: string } | undefined {
  const [, region, account, id] = /^arn:aws:codebuild:([a-z0-9-]+):(\d{12}):build\/([^/]+:[^/:]+)$/.exec(arn) ?? [];
  return region && account && id ? { scope: { account, region }, id } : undefined;
}

/** The due work of packing the GIT sources of a build; its key is the build's ARN. */
export const buildSourcesKind = 'build sources';

/** Returns the name to notify when a build has moved on, ended, or is to stop. */
export function buildWake(scope: Scope, id: string): string {
  return `build ${buildArn(scope, id)}`;
}

/** Returns the name to notify when a build of an account can be claimed. */
export function offeredBuildsWake(account: string): string {
  return `offered builds ${account}`;
}
