import { builtInRuleTypes } from '../../../catalogue/rule-types.ts';
import type { Operation } from '../operation.ts';
import { checkRegionFilter } from './list-action-types.ts';

/** Every rule type; all of them have the owner AWS, the only one the filter can name. */
export const listRuleTypes: Operation<'ListRuleTypes'> = async (input, call) => {
  checkRegionFilter(input.regionFilter, call, 'rule types');
  return { ruleTypes: builtInRuleTypes.map(({ definition }) => definition) };
};
