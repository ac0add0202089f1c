import { ServiceError } from '../../../contract/errors.ts';
import type { LatestInPipelineExecutionFilter } from '../../../contract/generated.ts';
import type { Execution } from '../../../model/execution.ts';
import type { Pipeline } from '../../../model/pipeline.ts';
import type { Dependencies } from '../../dependencies.ts';

/** Returns an execution of the pipeline. Throws PipelineExecutionNotFoundException (operations 2). */
export async function findExecution(pipeline: Pipeline, id: string, { store }: Dependencies): Promise<Execution> {
  const execution = await store.executions.find(pipeline.id, id);
  if (execution) return execution;
  throw new ServiceError(
    'PipelineExecutionNotFoundException',
    `Pipeline Execution with id '${id}' does not exist in pipeline with name '${pipeline.name}'`,
  );
}

/** The filter of ListActionExecutions and ListRuleExecutions; both members apply. */
interface ExecutionFilter {
  pipelineExecutionId?: string;
  latestInPipelineExecution?: LatestInPipelineExecutionFilter;
}

/** The one execution that a filter selects, if any; `isEmpty` if its two members name different ones. */
interface SelectedExecution {
  executionId?: string;
  /** Only the latest attempt of each action. */
  isLatest: boolean;
  isEmpty: boolean;
}

/** Reads a filter. Throws PipelineExecutionNotFoundException if an execution it names does not exist. */
export async function readExecutionFilter(
  filter: ExecutionFilter | undefined,
  pipeline: Pipeline,
  dependencies: Dependencies,
): Promise<SelectedExecution> {
  const { pipelineExecutionId: outer, latestInPipelineExecution: latest } = filter ?? {};
  const inner = latest?.pipelineExecutionId;
  for (const id of [outer, inner]) if (id !== undefined) await findExecution(pipeline, id, dependencies);
  return {
    executionId: outer ?? inner,
    isLatest: latest?.startTimeRange === 'Latest',
    isEmpty: outer !== undefined && inner !== undefined && outer !== inner,
  };
}
