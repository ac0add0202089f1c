import type {
  ActionExecutionStatus,
  ArtifactRevision,
  CurrentRevision,
  EncryptionKey,
  ErrorDetails,
  ExecutionMode,
  PipelineExecutionStatus,
  ResolvedPipelineVariable,
  RetryTrigger,
  StageExecutionStatus,
  TriggerType,
} from '../contract/generated.ts';
import type { JobTypeId } from './action-type.ts';
import type { Configuration } from './pipeline.ts';

/** A source revision with the action that reported it. */
export interface RecordedRevision extends ArtifactRevision {
  actionName: string;
}

/** A source action and a revision of it. */
export interface SourceRevision {
  actionName: string;
  revisionId: string;
}

/** A source action and what it has to take: a revision, other values than its declaration configures, or both. */
export interface SourceBinding extends Partial<SourceRevision> {
  actionName: string;
  configuration?: Record<string, string>;
}

/** Why somebody stopped an execution, in the words of who did. */
export interface StopTrigger {
  reason?: string;
}

/**
 * What makes an execution a rollback: it runs one stage with what its target had before that stage (behaviour C.7).
 * `namespaces` are those of the target's actions.
 */
export interface Rollback {
  targetExecutionId: string;
  stageName: string;
  artifacts: ArtifactInstance[];
  namespaces: { name: string; variables: Record<string, string> }[];
}

/** One passage of a set of source revisions through the pipeline; instants in ms. */
export interface Execution {
  id: string;
  pipelineVersion: number;
  executionMode: ExecutionMode;
  status: PipelineExecutionStatus;
  statusSummary?: string;
  /** The stage whose entry it waits at; undefined while inside a stage and after the end. */
  waitingStage?: string;
  /** Set once the way it waits at was opened too late: it does not enter by itself any more (behaviour C.4). */
  hasExpired?: true;
  trigger: { triggerType: TriggerType; triggerDetail?: string };
  /** There once somebody has asked for the execution to be stopped. */
  stopTrigger?: StopTrigger;
  variables: ResolvedPipelineVariable[];
  /** Sources that have none take the newest revision, at every attempt. */
  sourceBindings: SourceBinding[];
  revisions: RecordedRevision[];
  rollback?: Rollback;
  startedAt: number;
  updatedAt: number;
}

/** One execution's passage through one stage. `isLocking` while it keeps others out of the stage. */
export interface StageExecution {
  stageName: string;
  status: StageExecutionStatus;
  isLocking: boolean;
  /** How often somebody has retried it. */
  manualRetries: number;
  /** How often it was retried because its declaration says so. */
  automaticRetries: number;
  /** What its newest attempt came from, if it is not the first one. */
  latestRetry?: RetryTrigger;
  startedAt: number;
  updatedAt: number;
}

/** A named artifact and the object that holds it (behaviour C.15). `revision` is the source revision it came from. */
export interface ArtifactInstance {
  name: string;
  bucketName: string;
  objectKey: string;
  revision?: string;
  /** Absent until its action has succeeded, and where that happened before contents were recorded. */
  content?: ArtifactContent;
}

/** What lay at the artifact's place when its action succeeded, which is what consumers get. */
export interface ArtifactContent {
  /** The store that was asked. In another one, which the objects were carried to, versions and ETags are others. */
  store: string;
  /** A version, if the bucket keeps versions, by its ETag (no quotes); absent when the action had written nothing. */
  object?: { versionId?: string; etag: string };
}

/** What is fixed the moment an action starts. */
export interface ActionStart {
  actionTypeId: JobTypeId;
  runOrder: number;
  namespace?: string;
  region?: string;
  roleArn: string;
  configuration: Configuration;
  /** The configuration with every `#{namespace.key}` replaced. */
  resolvedConfiguration: Configuration;
  /** The shell commands of a rule. */
  commands?: string[];
  inputArtifacts: ArtifactInstance[];
  outputArtifacts: ArtifactInstance[];
  encryptionKey?: EncryptionKey;
}

/** What a worker has told about an action so far. */
interface ActionProgress {
  externalExecutionId?: string;
  summary?: string;
  percentComplete?: number;
}

/**
 * One attempt of one action, or the check of one rule, whose name it carries then; instants in ms. An attempt that
 * `isRetried` counts no more: neither its outcome nor what it produced.
 */
export interface ActionExecution {
  id: string;
  stageName: string;
  actionName: string;
  status: ActionExecutionStatus;
  start: ActionStart;
  progress: ActionProgress;
  error?: ErrorDetails;
  outputVariables?: Record<string, string>;
  currentRevision?: CurrentRevision;
  /** The check of a condition that a rule belongs to; no action has one. */
  conditionId?: string;
  isRetried?: true;
  /** When it times out; only while it waits without a job. */
  deadlineAt?: number;
  /** ARN of who answered it, of an approval. */
  updatedBy?: string;
  startedAt: number;
  updatedAt: number;
}
