import { operation } from '../operation.ts';
import { customTypeOf } from '../resources.ts';

/**
 * Marks a custom action type deleted: polls and new pipelines no longer find it, its version is used up. A missing one
 * is no error; pipelines that use it fail when they reach it (behaviour A.11).
 */
export const deleteCustomActionType = operation('DeleteCustomActionType', {
  note: 'complete',
  resources: customTypeOf,
  async run(input, call, { store, now }) {
    const { category, provider, version } = input;
    await store.actionTypes.delete(call, { category, owner: 'Custom', provider, version }, now());
    return undefined;
  },
});
