import { ServiceError } from '../../../contract/errors.ts';
import type { Pipeline, Scope, StoredAction, StoredDeclaration, StoredStage } from '../../../model/pipeline.ts';
import type { Call } from '../../call.ts';
import type { Dependencies } from '../../dependencies.ts';

/** Returns a pipeline. Throws PipelineNotFoundException in the words of AWS's history operations (operations 2). */
export async function findPipeline(name: string, scope: Scope, { store }: Dependencies): Promise<Pipeline> {
  const pipeline = await store.pipelines.find(scope, name);
  if (pipeline) return pipeline;
  throw new ServiceError(
    'PipelineNotFoundException',
    `The account with AWS account ID '${scope.account}' does not include a pipeline named '${name}'`,
  );
}

/** Returns a pipeline and its current declaration. */
export async function findDeclaredPipeline(
  name: string,
  scope: Scope,
  dependencies: Dependencies,
): Promise<{ pipeline: Pipeline; declaration: StoredDeclaration }> {
  const pipeline = await findPipeline(name, scope, dependencies);
  const declaration = await dependencies.store.pipelines.declaration(pipeline.id, pipeline.version);
  if (!declaration) throw new Error(`pipeline ${pipeline.id} has lost its version ${pipeline.version}`);
  return { pipeline, declaration };
}

/** Returns a pipeline and a stage of its current version. Throws PipelineNotFoundException, StageNotFoundException. */
export async function findStage(
  { pipelineName, stageName }: { pipelineName: string; stageName: string },
  call: Call,
  dependencies: Dependencies,
): Promise<{ pipeline: Pipeline; stage: StoredStage }> {
  const { pipeline, declaration } = await findDeclaredPipeline(pipelineName, call, dependencies);
  const stage = declaration.stages.find(({ name }) => name === stageName);
  if (stage) return { pipeline, stage };
  throw new ServiceError(
    'StageNotFoundException',
    `Pipeline '${pipelineName}' does not have a stage with name '${stageName}'`,
  );
}

/** Also returns an action of the stage. Throws ActionNotFoundException, too, whose text is ours. */
export async function findAction(
  names: { pipelineName: string; stageName: string; actionName: string },
  call: Call,
  dependencies: Dependencies,
): Promise<{ pipeline: Pipeline; stage: StoredStage; action: StoredAction }> {
  const { pipeline, stage } = await findStage(names, call, dependencies);
  const action = stage.actions.find(({ name }) => name === names.actionName);
  if (action) return { pipeline, stage, action };
  throw new ServiceError(
    'ActionNotFoundException',
    `Stage '${stage.name}' of pipeline '${pipeline.name}' does not have an action with name '${names.actionName}'`,
  );
}
