import { ServiceError } from '../../../contract/errors.ts';
import type { Pipeline, Scope, StoredDeclaration } from '../../../model/pipeline.ts';
import type { Dependencies } from '../../dependencies.ts';

/** The pipeline of this name, or PipelineNotFoundException in the words of the history operations (operations 2). */
export async function findPipeline(name: string, scope: Scope, { store }: Dependencies): Promise<Pipeline> {
  const pipeline = await store.pipelines.find(scope, name);
  if (pipeline) return pipeline;
  throw new ServiceError(
    'PipelineNotFoundException',
    `The account with AWS account ID '${scope.account}' does not include a pipeline named '${name}'`,
  );
}

/** The pipeline and its current declaration. */
export async function findDeclaredPipeline(
  name: string,
  scope: Scope,
  parts: Dependencies,
): Promise<{ pipeline: Pipeline; declaration: StoredDeclaration }> {
  const pipeline = await findPipeline(name, scope, parts);
  const declaration = await parts.store.pipelines.declaration(pipeline.id, pipeline.version);
  if (!declaration) throw new Error(`pipeline ${pipeline.id} has lost its version ${pipeline.version}`);
  return { pipeline, declaration };
}
