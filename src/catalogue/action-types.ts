import { type ActionTypeAttributes, actionTypeKey, type CataloguedActionType } from '../model/action-type.ts';
import { approvalTypes } from './approval.ts';
import { buildTypes } from './build.ts';
import { computeTypes } from './compute.ts';
import { deployTypes } from './deploy.ts';
import { invokeTypes } from './invoke.ts';
import { sourceTypes } from './source.ts';
import { testTypes } from './test.ts';

/** AWS's action types, including those that this server cannot perform (behaviour D). */
export const builtInActionTypes: readonly CataloguedActionType[] = [
  ...sourceTypes,
  ...buildTypes,
  ...testTypes,
  ...computeTypes,
  ...approvalTypes,
  ...invokeTypes,
  ...deployTypes,
];

/** Returns the keys of the built-in types that have the attribute. */
export function typeKeysWith(attribute: keyof ActionTypeAttributes): ReadonlySet<string> {
  const types = builtInActionTypes.filter(({ attributes }) => attributes?.[attribute]);
  return new Set(types.map(({ definition }) => actionTypeKey(definition.id)));
}
