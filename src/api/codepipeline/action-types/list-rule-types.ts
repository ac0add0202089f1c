import { builtInRuleTypes } from '../../../catalogue/rule-types.ts';
import { operation } from '../operation.ts';
import { everything } from '../resources.ts';
import { checkRegionFilter } from './list-action-types.ts';

/** Every rule type; all of them have the owner AWS, the only one the filter can name. */
export const listRuleTypes = operation('ListRuleTypes', {
  note: 'complete; includes rules without a provider here',
  resources: everything,
  async run(input, call) {
    checkRegionFilter(input.regionFilter, call, 'rule types');
    return { ruleTypes: builtInRuleTypes.map(({ definition }) => definition) };
  },
});
