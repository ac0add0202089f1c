import { builtInRuleTypes } from '../../../catalogue/rule-types.ts';
import { ServiceError } from '../../../contract/errors.ts';
import type { Scope } from '../../../model/pipeline.ts';
import { createPageToken, cutPage, readPageToken } from '../../page-token.ts';
import { operation } from '../operation.ts';
import { everything } from '../resources.ts';

/**
 * AWS does not document its page size; with this one, clients that read a single page see all types of a small account.
 */
const pageSize = 100;

/** Lists the action types that the account can use, by category, owner, provider and version. */
export const listActionTypes = operation('ListActionTypes', {
  note: 'complete; includes types without a provider here',
  resources: everything,
  async run(input, call, { store, sealer }) {
    checkRegionFilter(input.regionFilter, call, 'action types');
    const owner = input.actionOwnerFilter;
    const belongsTo = ['ListActionTypes', call.account, call.region, owner ?? ''];
    const afterKey = readPageToken<string>(sealer, belongsTo, input.nextToken) ?? '';
    const rows = await store.actionTypes.list(call, { owner, afterKey, limit: pageSize + 1 });
    const { items, nextToken } = cutPage(rows, pageSize, ({ key }) => createPageToken(sealer, belongsTo, key));
    return { actionTypes: items.map(({ definition }) => definition), nextToken };
  },
});

/** Throws ValidationException for a region other than the call's: only that region's server can list its types. */
function checkRegionFilter(filter: string | undefined, { region }: Scope, what: string): void {
  if (filter === undefined || filter === region) return;
  throw new ServiceError(
    'ValidationException',
    `The region filter '${filter}' is not the region of this call ('${region}'): ${what} of other regions are listed by calling in that region.`,
  );
}

/** Lists the rule types; all of them have the owner AWS, the only one that the filter accepts. */
export const listRuleTypes = operation('ListRuleTypes', {
  note: 'complete; includes rules without a provider here',
  resources: everything,
  async run(input, call) {
    checkRegionFilter(input.regionFilter, call, 'rule types');
    return { ruleTypes: builtInRuleTypes.map(({ definition }) => definition) };
  },
});
