import { endWithPipeline } from '../../../engine/events/delete-pipeline.ts';
import { operation } from '../operation.ts';
import { namedPipeline } from '../resources.ts';

/** Deletes a pipeline and ends its executions; a missing one is no error (decision 8). */
export const deletePipeline = operation('DeletePipeline', {
  note: 'complete',
  resources: namedPipeline,
  async run(input, call, { store }) {
    await store.pipelines.delete(call, input.name, endWithPipeline);
    return undefined;
  },
});
