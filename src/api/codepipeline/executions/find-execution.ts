import { ServiceError } from '../../../contract/errors.ts';
import type { LatestInPipelineExecutionFilter } from '../../../contract/generated.ts';
import type { Execution } from '../../../model/execution.ts';
import type { Pipeline } from '../../../model/pipeline.ts';
import type { Dependencies } from '../../dependencies.ts';

/** The execution of this id in the pipeline, or PipelineExecutionNotFoundException (operations 2). */
export async function findExecution(pipeline: Pipeline, id: string, { store }: Dependencies): Promise<Execution> {
  const execution = await store.executions.find(pipeline.id, id);
  if (execution) return execution;
  throw new ServiceError(
    'PipelineExecutionNotFoundException',
    `Pipeline Execution with id '${id}' does not exist in pipeline with name '${pipeline.name}'`,
  );
}

/** The filter of ListActionExecutions and ListRuleExecutions: both of its parts hold at once. */
interface ExecutionFilter {
  pipelineExecutionId?: string;
  latestInPipelineExecution?: LatestInPipelineExecutionFilter;
}

/** The one execution that is asked for, if any; `isEmpty` when the two parts name different ones. */
export interface AskedExecution {
  executionId?: string;
  /** Only the newest attempt of each action. */
  isLatest: boolean;
  isEmpty: boolean;
}

/** What a filter asks for; every execution it names must exist. */
export async function readExecutionFilter(
  filter: ExecutionFilter | undefined,
  pipeline: Pipeline,
  parts: Dependencies,
): Promise<AskedExecution> {
  const { pipelineExecutionId: outer, latestInPipelineExecution: latest } = filter ?? {};
  const inner = latest?.pipelineExecutionId;
  for (const id of [outer, inner]) if (id !== undefined) await findExecution(pipeline, id, parts);
  return {
    executionId: outer ?? inner,
    isLatest: latest?.startTimeRange === 'Latest',
    isEmpty: outer !== undefined && inner !== undefined && outer !== inner,
  };
}
