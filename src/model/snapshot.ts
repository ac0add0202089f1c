import type { CataloguedActionType, CataloguedRuleType } from './action-type.ts';
import type { ConditionExecution } from './condition.ts';
import type { ActionExecution, Execution, StageExecution } from './execution.ts';
import type { Job } from './job.ts';
import type { Pipeline, StoredDeclaration, Transition } from './pipeline.ts';
import type { ExecutionLimits } from './quotas.ts';

/** The execution that a decision is about. `actions` includes rules; `jobs` are the open ones and that of the event. */
export interface ExecutionSnapshot extends Execution {
  stages: StageExecution[];
  actions: ActionExecution[];
  conditions: ConditionExecution[];
  jobs: Job[];
}

/** The transition into a stage, the execution that holds it and those that wait for it, in order of arrival. */
export interface StageOccupancy {
  stageName: string;
  holder?: string;
  /** Without expired and PARALLEL ones. */
  waiting: string[];
  /** Executions that no longer enter automatically, without PARALLEL ones. They arrived before those in `waiting`. */
  expired: string[];
  /** PARALLEL executions, which wait only for disabled transitions. */
  waitingParallel: string[];
  /** Undefined if it has never been disabled. */
  transition?: Transition;
}

/** Everything a decision can use. It is bounded: it does not grow with the pipeline's history. */
export interface Snapshot {
  pipeline: Pipeline;
  /** The version that the execution started with; the current one without an execution. */
  declaration: StoredDeclaration;
  actionTypes: CataloguedActionType[];
  ruleTypes: CataloguedRuleType[];
  /** The declaration's stages in order, then occupied stages that only other versions have. */
  occupancy: StageOccupancy[];
  execution?: ExecutionSnapshot;
  /** The number of executions that have not ended. */
  runningExecutions: number;
  limits: ExecutionLimits;
  /** For an event about a stage: the last execution to enter it, PARALLEL ones excepted. */
  lastEntrant?: string;
  /** For an event with a revision: whether an execution of the pipeline has used it. */
  isKnownRevision?: boolean;
  /** For an event of a webhook that still exists: the execution that the same event has started. */
  webhook?: { startedExecutionId?: string };
  /**
   * For a source check whose watch has not changed: what the previous check found, whether an execution has used the
   * revision found now, since then if it is that of a ref, and whether one is fetching the newest revision. For the event
   * of a pull request, whether it still waits for a decision.
   */
  source?: { seen?: string; isKnown: boolean; isBeingFetched: boolean; isPending?: boolean };
  /** The execution that was started with the same client request token. */
  startedWithSameToken?: string;
}
