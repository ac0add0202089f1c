import { ServiceError } from '../../../contract/errors.ts';
import { pipelineArn } from '../../../model/arn.ts';
import { toSeconds } from '../../seconds.ts';
import { operation } from '../operation.ts';
import { namedPipeline } from '../resources.ts';
import { showDeclaration } from './declaration.ts';

/**
 * Returns a version of a pipeline, by default the current one. An unknown version is reported as an unknown pipeline
 * (wire 7).
 */
export const getPipeline = operation('GetPipeline', {
  note: 'complete',
  resources: namedPipeline,
  async run(input, call, { store }) {
    const pipeline = await store.pipelines.find(call, input.name);
    const declaration = pipeline && (await store.pipelines.declaration(pipeline.id, input.version ?? pipeline.version));
    if (!pipeline || !declaration) {
      throw new ServiceError(
        'PipelineNotFoundException',
        `Account '${call.account}' does not have a pipeline with name '${input.name}'`,
      );
    }
    return {
      pipeline: showDeclaration(declaration),
      metadata: {
        pipelineArn: pipelineArn(call, pipeline.name),
        created: toSeconds(pipeline.createdAt),
        updated: toSeconds(pipeline.updatedAt),
      },
    };
  },
});
