import { ServiceError } from '../../../contract/errors.ts';
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
