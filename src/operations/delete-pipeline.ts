import type { Operation } from './operation.ts';

/** Removes a pipeline and its waiting jobs; a missing one is no error (DECISIONS 8). */
export const deletePipeline: Operation<'DeletePipeline'> = async (input, call, { store, now }) => {
  await store.pipelines.delete(call, input.name, now());
  return undefined;
};
