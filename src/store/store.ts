import type { JobTypeId } from '../model/action-type.ts';
import type { TaggedResource } from '../model/arn.ts';
import type { Change } from '../model/change.ts';
import type { ConditionExecution, ConditionKind } from '../model/condition.ts';
import type { Decide } from '../model/decision.ts';
import type {
  ActionExecution,
  ArtifactInstance,
  Execution,
  SourceRevision,
  StageExecution,
} from '../model/execution.ts';
import type { Job } from '../model/job.ts';
import type { Origin } from '../model/job-event.ts';
import type { Pipeline, Scope, StoredDeclaration } from '../model/pipeline.ts';
import type { QueueKey } from '../model/queue-key.ts';
import type { StageOccupancy } from '../model/snapshot.ts';
import type { Delivery } from '../model/webhook.ts';
import type { AccessKeyStore } from './access-key-rows.ts';
import type { ActionTypeRows, RuleTypeRows } from './action-types/catalogue.ts';
import type { RegisteredTypeRows, ThirdPartyClientRows } from './action-types/third-party.ts';
import type { RetentionRows } from './executions/retention-rows.ts';
import type { JobHistoryRows, JobLogRows } from './jobs/job-history.ts';
import type { Wakes } from './notifications.ts';
import type { ObjectIndex } from './objects/object-index.ts';
import type { SourceWatchRows } from './pipelines/source-watch-rows.ts';
import type { WebhookRows } from './pipelines/webhook-rows.ts';

/**
 * What `advance` locks and loads: a pipeline to start on; one of its executions, if it has that one, with who entered
 * a stage last; the execution behind a job. With `mayStart` the decision may start or resume an execution, so that it
 * has to know how many run: nothing else moves on the pipeline meanwhile, PARALLEL executions included.
 */
export type AdvanceKey =
  | {
      kind: 'pipeline';
      scope: Scope;
      name: string;
      clientRequestToken?: string;
      revision?: SourceRevision;
      webhook?: WebhookEvent;
      source?: SourceEvent;
    }
  | { kind: 'execution'; scope: Scope; name: string; executionId: string; stageName?: string; mayStart?: boolean }
  | { kind: 'job'; jobId: string };

/** An event and the webhook it came by. */
export interface WebhookEvent {
  webhookId: string;
  deliveries: Delivery[];
}

/** A change that was committed, and the pipeline it is about. */
export interface Fact {
  pipeline: Pipeline;
  change: Change;
}

/** What was found at the place of a watched source action. */
export interface SourceEvent {
  actionName: string;
  location: Record<string, string>;
  revisionId?: string;
}

/** An execution with its place in the history of its pipeline; newer is larger. */
export interface ListedExecution extends Execution {
  sequence: number;
}

/** A passage through a stage, and whose. */
export interface StagePassage extends StageExecution {
  executionId: string;
  isRollback: boolean;
}

/** An attempt of an action, and whose. */
export interface ActionAttempt extends ActionExecution {
  executionId: string;
}

/** An action execution with its place in the history of its pipeline. */
export interface ListedActionExecution extends ActionAttempt {
  sequence: number;
  pipelineVersion: number;
}

/** A check of a condition with its rules, and whose. */
export interface CheckedCondition extends ConditionExecution {
  executionId: string;
  rules: ActionExecution[];
}

/** Everything a worker is told about a job, credentials and clear secrets excepted. */
export interface JobRecord {
  job: Job;
  action: ActionExecution;
  executionId: string;
  pipeline: Pipeline;
}

/** What of a job never changes: whose it is, the type of its action, and where its outputs belong. */
export interface JobOwner extends Scope {
  actionTypeId: JobTypeId;
  outputs: Pick<ArtifactInstance, 'name' | 'bucketName' | 'objectKey'>[];
}

/** Pipelines and their versions. */
export interface PipelineRows {
  /** Inserts version 1 and runs `decide` in the same transaction; `undefined` when the name is taken. */
  create<Answer>(
    pipeline: Pipeline,
    declaration: StoredDeclaration,
    tags: Record<string, string>,
    decide: Decide<Answer>,
  ): Promise<Answer | undefined>;
  /**
   * Makes what `revise` answers for the current declaration the next version (its `version` is set here) and runs
   * `decide` in the same transaction. The declaration there is then; `undefined` when there is no such pipeline. When
   * `revise` answers nothing, nothing is written and nothing decided. It may refuse by throwing a ServiceError and may
   * run more than once.
   */
  update(
    scope: Scope,
    name: string,
    revise: (current: StoredDeclaration) => StoredDeclaration | undefined,
    decide: Decide<undefined>,
  ): Promise<StoredDeclaration | undefined>;
  /**
   * Runs `decide` on each of its executions in progress, which has to end it, and hides the pipeline from every read,
   * in one transaction; false when there is none.
   */
  delete(scope: Scope, name: string, decide: Decide<undefined>): Promise<boolean>;
  find(scope: Scope, name: string): Promise<Pipeline | undefined>;
  declaration(pipelineId: string, version: number): Promise<StoredDeclaration | undefined>;
  /** By name, after `afterName`, at most `limit`. */
  list(
    scope: Scope,
    page: { afterName: string; limit: number },
  ): Promise<{ pipeline: Pipeline; declaration: StoredDeclaration }[]>;
  /** Of every account and Region, by id, after `afterId`, at most `limit`. */
  listAll(page: { afterId: string; limit: number }): Promise<{ pipeline: Pipeline; declaration: StoredDeclaration }[]>;
  /** The same without reading the declarations. */
  summarize(scope: Scope, page: { afterName: string; limit: number }): Promise<PipelineSummary[]>;
  count(scope: Scope): Promise<number>;
}

/** A pipeline as ListPipelines shows it. */
export interface PipelineSummary extends Partial<Pick<StoredDeclaration, 'pipelineType' | 'executionMode'>> {
  pipeline: Pipeline;
}

/** History and live state; newest first. */
export interface ExecutionRows {
  find(pipelineId: string, executionId: string): Promise<Execution | undefined>;
  /** `succeededIn` keeps those of a pipeline version that have succeeded in a stage. */
  list(
    pipelineId: string,
    page: { before?: number; limit: number; succeededIn?: { stageName: string; version: number } },
  ): Promise<ListedExecution[]>;
  /** `isLatest` keeps the newest attempt of each action in each execution. */
  listActions(
    pipelineId: string,
    page: { executionId?: string; isLatest?: boolean; before?: number; limit: number },
  ): Promise<ListedActionExecution[]>;
  /** The same for rules; `isLatest` keeps the newest check of each. */
  listRules(
    pipelineId: string,
    page: { executionId?: string; isLatest?: boolean; before?: number; limit: number },
  ): Promise<ListedActionExecution[]>;
  /** Whether the account and region, or one pipeline of it, has this action execution. */
  hasAction(scope: Scope, actionExecutionId: string, pipelineId?: string): Promise<boolean>;
  findAction(pipelineId: string, actionExecutionId: string): Promise<ListedActionExecution | undefined>;
  occupancy(pipelineId: string, stageNames: string[]): Promise<StageOccupancy[]>;
  /**
   * The newest passage through each of these stages, in no order; those nothing has entered have none. PARALLEL
   * executions are in none of the three (behaviour C.2.3).
   */
  newestStages(pipelineId: string, stageNames: string[]): Promise<StagePassage[]>;
  /** The newest attempt of each of these actions, in no order; those that have never started have none. */
  newestActions(pipelineId: string, actions: { stageName: string; actionName: string }[]): Promise<ActionAttempt[]>;
  /** The newest check of each of these conditions, in no order; those that were never checked have none. */
  newestConditions(
    pipelineId: string,
    conditions: { stageName: string; kind: ConditionKind }[],
  ): Promise<CheckedCondition[]>;
}

/** How many jobs to claim, from when until when, and for whom. */
export interface ClaimRequest {
  limit: number;
  at: number;
  leaseUntil: number;
  origin?: Origin;
}

/** The queue. */
export interface JobRows {
  /** Hands out the oldest claimable jobs of a key; each delivery counts and holds a lease until `leaseUntil`. */
  claim(key: QueueKey, request: ClaimRequest): Promise<JobRecord[]>;
  /**
   * Hands a job out by its id: a delivery like any other, whose lease never shortens the one that is held. The nonce
   * of one that comes after the acknowledgement acknowledges nothing. `undefined` when there is no such job.
   */
  deliver(jobId: string, leaseUntil: number, origin?: Origin): Promise<JobRecord | undefined>;
  find(jobId: string): Promise<JobRecord | undefined>;
  /** Perhaps from memory: also of a job that has been too old to be kept since. */
  owner(jobId: string): Promise<JobOwner | undefined>;
  /** Whether the job can still be reported on; false for one that is not there. */
  isOpen(jobId: string): Promise<boolean>;
  /**
   * Moves a queued or dispatched job that `nonce` was a delivery of to InProgress and remembers the nonce. The job as
   * it is afterwards and the nonce that won; `undefined` when there is no such job.
   */
  acknowledge(jobId: string, nonce: string, origin?: Origin): Promise<{ job: Job; winningNonce?: string } | undefined>;
  /** Extends the lease of a built-in provider's delivery; false when another delivery or an end came in between. */
  renew(jobId: string, nonce: string, leaseUntil: number): Promise<boolean>;
  /** Open jobs whose deadline is over, oldest first. */
  overdue(at: number, limit: number): Promise<string[]>;
  /** What could be claimed at `at`, by queue: how many jobs and when the oldest was made. Oldest first, at most `limit`. */
  waiting(at: number, limit: number): Promise<{ queue: string; jobs: number; oldestAt: number }[]>;
  /** The same by query value as well; the largest groups first, at most `limit`. */
  waitingByQuery(
    at: number,
    limit: number,
  ): Promise<{ queue: string; queryValue: string; jobs: number; oldestAt: number }[]>;
  /** When the next of these jobs is or was offered; undefined when none waits or is out unacknowledged. */
  nextOffer(key: QueueKey): Promise<number | undefined>;
  /** The next deadline of any open job. */
  nextDeadline(): Promise<number | undefined>;
}

/** An execution with an approval that nobody has answered in time. */
export interface OverdueApproval {
  scope: Scope;
  /** Of the pipeline. */
  name: string;
  executionId: string;
}

interface ApprovalRows {
  /** Those that nobody has answered in time, oldest first. */
  overdue(at: number, limit: number): Promise<OverdueApproval[]>;
  nextDeadline(): Promise<number | undefined>;
}

/** The tags of whatever can carry them; they are part of the resource's own row. */
export interface TagRows {
  /** Undefined when there is no such resource. */
  find(scope: Scope, resource: TaggedResource): Promise<Record<string, string> | undefined>;
  /**
   * Makes the tags what `change` answers for the present ones; false when there is no such resource. `change` may
   * refuse by throwing a ServiceError and may run more than once.
   */
  change(
    scope: Scope,
    resource: TaggedResource,
    change: (tags: Record<string, string>) => Record<string, string>,
  ): Promise<boolean>;
}

/** Durable truth, the same on every driver. */
export interface Store {
  /** See the room's README. Rejects with the decision's refusal as a ServiceError. `origin` is whose call it is. */
  advance<Answer>(key: AdvanceKey, decide: Decide<Answer>, origin?: Origin): Promise<Answer>;
  pipelines: PipelineRows;
  executions: ExecutionRows;
  actionTypes: ActionTypeRows;
  ruleTypes: RuleTypeRows;
  registeredTypes: RegisteredTypeRows;
  thirdPartyClients: ThirdPartyClientRows;
  jobs: JobRows;
  jobHistory: JobHistoryRows;
  jobLogs: JobLogRows;
  approvals: ApprovalRows;
  webhooks: WebhookRows;
  sourceWatches: SourceWatchRows;
  tags: TagRows;
  objects: ObjectIndex;
  accessKeys: AccessKeyStore;
  retention: RetentionRows;
  findSetting(name: string): Promise<string | undefined>;
  /** The value kept under `name`, set to `value` first if there was none. */
  keepSetting(name: string, value: string): Promise<string>;
  /** Rejects when the database does not answer, or has been found damaged. */
  check(): Promise<void>;
  /** Refuses every write from now on, for a reason that the caller has found. */
  condemn(reason: string): void;
  /** Keeps back, from now on, the space on the disk that deletions need when it is full. */
  holdReserve(): Promise<void>;
  wakes: Wakes;
  /** Has `listen` called for each change of an execution that this store has committed. */
  onCommitted(listen: (fact: Fact) => void): void;
  close(): Promise<void>;
}
