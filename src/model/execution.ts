import type {
  ActionExecutionStatus,
  ArtifactRevision,
  CurrentRevision,
  EncryptionKey,
  EnvironmentVariable,
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
import type { SourceRef } from './sources/source-ref.ts';

/** A source revision and the action that reported it. */
export interface RecordedRevision extends ArtifactRevision {
  actionName: string;
}

/** A source action and a revision of it. */
export interface SourceRevision {
  actionName: string;
  revisionId: string;
}

/** A source action and the revision or configuration values to use in place of the declared ones. */
export interface SourceBinding extends Partial<SourceRevision> {
  actionName: string;
  configuration?: Record<string, string>;
  /** What the execution was started for, if that is not the branch of the action. */
  ref?: SourceRef;
}

/** The reason given for stopping an execution. */
export interface StopTrigger {
  reason?: string;
}

/** A rollback runs one stage with the artifacts and variables that its target had before that stage (behaviour C.7). */
export interface Rollback {
  targetExecutionId: string;
  stageName: string;
  artifacts: ArtifactInstance[];
  namespaces: { name: string; variables: Record<string, string> }[];
}

/** One run of a pipeline; instants in ms. */
export interface Execution {
  id: string;
  pipelineVersion: number;
  executionMode: ExecutionMode;
  status: PipelineExecutionStatus;
  statusSummary?: string;
  /** The stage it waits for; undefined inside a stage and after the end. */
  waitingStage?: string;
  /** Set if the transition was enabled too late: it no longer enters automatically (behaviour C.4). */
  hasExpired?: true;
  trigger: { triggerType: TriggerType; triggerDetail?: string };
  /** Set once a stop was requested. */
  stopTrigger?: StopTrigger;
  variables: ResolvedPipelineVariable[];
  /** Sources without a binding use the newest revision in every attempt. */
  sourceBindings: SourceBinding[];
  revisions: RecordedRevision[];
  rollback?: Rollback;
  startedAt: number;
  updatedAt: number;
}

/** One execution of one stage. `isLocking` while it keeps other executions out. */
export interface StageExecution {
  stageName: string;
  status: StageExecutionStatus;
  isLocking: boolean;
  /** How often it was retried by RetryStageExecution. */
  manualRetries: number;
  /** How often it was retried as declared in `onFailure`. */
  automaticRetries: number;
  /** What caused the latest attempt, unless it is the first one. */
  latestRetry?: RetryTrigger;
  lastRetriedAt?: number;
  startedAt: number;
  updatedAt: number;
}

/** A named artifact and the object that holds it (behaviour C.15). `revision` is its source revision. */
export interface ArtifactInstance {
  name: string;
  bucketName: string;
  objectKey: string;
  revision?: string;
  /** Absent until its action has succeeded; older rows have none. */
  content?: ArtifactContent;
}

/** The stored content of an artifact when its action succeeded, which is what consumers get. */
export interface ArtifactContent {
  /** The object store; versions and ETags differ in another store that the objects were copied to. */
  store: string;
  /** The version, if the bucket has versions, and the unquoted ETag; absent if the action wrote nothing. */
  object?: { versionId?: string; etag: string };
}

/** What an action or a rule without a build project runs, with its references replaced. */
export interface ComputeWork {
  commands: string[];
  environmentVariables: EnvironmentVariable[];
  /** The names of the variables that become the action's output variables. */
  outputVariables: string[];
  /** Patterns of the files of the output artifact; undefined for all. */
  files?: string[];
}

/** What is fixed when an action starts. */
export interface ActionStart {
  actionTypeId: JobTypeId;
  runOrder: number;
  namespace?: string;
  region?: string;
  roleArn: string;
  configuration: Configuration;
  /** The configuration with every `#{namespace.key}` replaced. */
  resolvedConfiguration: Configuration;
  /** Of an action or a rule that runs commands. */
  compute?: ComputeWork;
  inputArtifacts: ArtifactInstance[];
  outputArtifacts: ArtifactInstance[];
  encryptionKey?: EncryptionKey;
  /** For a source whose execution was started for a ref or a pull request of its repository. */
  ref?: SourceRef;
}

/** What workers have reported about an action so far. */
export interface ActionProgress {
  externalExecutionId?: string;
  summary?: string;
  percentComplete?: number;
  /** Of the build that performs it. */
  logStreamArn?: string;
}

/**
 * One attempt of an action, or the check of a rule, with its name in `actionName`; instants in ms. The outcome and
 * output of an attempt that `isRetried` are ignored.
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
  /** The check that a rule belongs to; actions have none. */
  conditionId?: string;
  isRetried?: true;
  /** When it times out; only for an approval that waits for an answer. */
  deadlineAt?: number;
  /** For approvals: ARN of the caller that answered. */
  updatedBy?: string;
  startedAt: number;
  updatedAt: number;
}
