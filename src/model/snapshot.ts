import type { CataloguedActionType, CataloguedRuleType } from './action-type.ts';
import type { ConditionExecution } from './condition.ts';
import type { ActionExecution, Execution, StageExecution } from './execution.ts';
import type { Job } from './job.ts';
import type { Pipeline, StoredDeclaration, Transition } from './pipeline.ts';
import type { ExecutionLimits } from './quotas.ts';

/**
 * The execution a decision is about, with its actions, its conditions and their rules (which stand among the actions),
 * and of its jobs the open ones and the event's own.
 */
export interface ExecutionSnapshot extends Execution {
  stages: StageExecution[];
  actions: ActionExecution[];
  conditions: ConditionExecution[];
  jobs: Job[];
}

/** A stage's way in, and of the other executions only who holds it and who waits before it, in order of arrival. */
export interface StageOccupancy {
  stageName: string;
  holder?: string;
  /** Those that have expired and PARALLEL ones are not among them. */
  waiting: string[];
  /** They came before those that wait, and do not enter by themselves any more; PARALLEL ones are left out. */
  expired: string[];
  /** PARALLEL executions: they wait before closed ways only. */
  waitingParallel: string[];
  /** Undefined as long as nobody has closed it. */
  transition?: Transition;
}

/** Everything a decision may look at. It is bounded: it does not grow with the pipeline's history. */
export interface Snapshot {
  pipeline: Pipeline;
  /** The version the touched execution started with; the current version when none is touched. */
  declaration: StoredDeclaration;
  actionTypes: CataloguedActionType[];
  ruleTypes: CataloguedRuleType[];
  /** The stages of the declaration in its order, then occupied ones that only other versions have. */
  occupancy: StageOccupancy[];
  execution?: ExecutionSnapshot;
  /** How many executions of the pipeline have not ended. */
  runningExecutions: number;
  limits: ExecutionLimits;
  /** Who entered the stage the event is about last, PARALLEL executions aside, if the event is about a stage. */
  lastEntrant?: string;
  /** Whether the pipeline has met the revision the event announces, if it announces one. */
  isKnownRevision?: boolean;
  /** There if the event came by a webhook that still exists, with the execution that the same event has started. */
  webhook?: { startedExecutionId?: string };
  /**
   * There if the event is about a watched source action that is still watched there: what the last look found, whether
   * an execution has met the revision found now, and whether one is just taking what is there.
   */
  source?: { seen?: string; isKnown: boolean; isBeingTaken: boolean };
  /** The execution that an earlier start with the same client request token made. */
  startedWithSameToken?: string;
}
