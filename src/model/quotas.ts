/** How much of everything an account may have in a region, a declaration may hold, or a resource may carry. */
export interface Quotas {
  pipelines: number;
  /** Pipelines with a source action that looks for changes by itself. */
  pollingPipelines: number;
  webhooks: number;
  customActionTypes: number;
  tagsPerResource: number;
  stages: number;
  actionsPerStage: number;
  actionsPerPipeline: number;
  /** Executions of one pipeline that run at once, in the modes QUEUED and PARALLEL. */
  runningExecutions: number;
  /** Actions of one PARALLEL execution that run at once. */
  parallelActions: number;
}

/** The quotas that decisions about executions keep. */
export type ExecutionLimits = Pick<Quotas, 'runningExecutions' | 'parallelActions'>;

/** AWS's own numbers (behaviour B.2, B.6). Bounds on the shape of an input stand in the contract instead. */
export const defaultQuotas: Quotas = {
  pipelines: 1000,
  pollingPipelines: 300,
  webhooks: 300,
  customActionTypes: 50,
  tagsPerResource: 50,
  stages: 50,
  actionsPerStage: 50,
  actionsPerPipeline: 1000,
  runningExecutions: 50,
  parallelActions: 5,
};
