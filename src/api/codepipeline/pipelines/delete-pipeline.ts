import { endWithPipeline } from '../../../engine/events/delete-pipeline.ts';
import type { Operation } from '../operation.ts';

/** Removes a pipeline and ends what runs in it; a missing one is no error (decision 8). */
export const deletePipeline: Operation<'DeletePipeline'> = async (input, call, { store }) => {
  await store.pipelines.delete(call, input.name, endWithPipeline);
  return undefined;
};
