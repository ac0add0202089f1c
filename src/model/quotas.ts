/** Limits for an account in a region, for a declaration, or for a resource. */
export interface Quotas {
  pipelines: number;
  /** Pipelines with a source action that polls for changes. */
  pollingPipelines: number;
  webhooks: number;
  customActionTypes: number;
  eventRules: number;
  targetsPerRule: number;
  tagsPerResource: number;
  stages: number;
  actionsPerStage: number;
  actionsPerPipeline: number;
  /** Concurrent executions of a pipeline in the modes QUEUED and PARALLEL. */
  runningExecutions: number;
  /** Concurrent actions of a PARALLEL execution. */
  parallelActions: number;
}

/** The quotas that decisions about executions enforce. */
export type ExecutionLimits = Pick<Quotas, 'runningExecutions' | 'parallelActions'>;

/** AWS's values (behaviour B.2, B.6). Bounds on the shape of an input are in the contract. */
export const defaultQuotas: Quotas = {
  pipelines: 1000,
  pollingPipelines: 300,
  webhooks: 300,
  customActionTypes: 50,
  eventRules: 300,
  targetsPerRule: 5,
  tagsPerResource: 50,
  stages: 50,
  actionsPerStage: 50,
  actionsPerPipeline: 1000,
  runningExecutions: 50,
  parallelActions: 5,
};
