import { ServiceError } from '../../../contract/errors.ts';
import type { Pipeline, StoredAction, StoredStage } from '../../../model/pipeline.ts';
import type { Call } from '../../call.ts';
import type { Dependencies } from '../../dependencies.ts';
import { findDeclaredPipeline } from './find-pipeline.ts';

/** A pipeline and a stage of its current version. Throws PipelineNotFoundException, StageNotFoundException. */
export async function findStage(
  { pipelineName, stageName }: { pipelineName: string; stageName: string },
  call: Call,
  parts: Dependencies,
): Promise<{ pipeline: Pipeline; stage: StoredStage }> {
  const { pipeline, declaration } = await findDeclaredPipeline(pipelineName, call, parts);
  const stage = declaration.stages.find(({ name }) => name === stageName);
  if (stage) return { pipeline, stage };
  throw new ServiceError(
    'StageNotFoundException',
    `Pipeline '${pipelineName}' does not have a stage with name '${stageName}'`,
  );
}

/** The same with an action of the stage. Throws ActionNotFoundException besides; its text is ours. */
export async function findAction(
  names: { pipelineName: string; stageName: string; actionName: string },
  call: Call,
  parts: Dependencies,
): Promise<{ pipeline: Pipeline; stage: StoredStage; action: StoredAction }> {
  const { pipeline, stage } = await findStage(names, call, parts);
  const action = stage.actions.find(({ name }) => name === names.actionName);
  if (action) return { pipeline, stage, action };
  throw new ServiceError(
    'ActionNotFoundException',
    `Stage '${stage.name}' of pipeline '${pipeline.name}' does not have an action with name '${names.actionName}'`,
  );
}
