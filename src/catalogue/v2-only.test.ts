import { expect, test } from 'vitest';
import { actionTypeKey } from '../model/action-type.ts';
import { builtInActionTypes } from './action-types.ts';
import { v2OnlyTypeKeys } from './v2-only.ts';

test('the types that need a V2 pipeline are in the catalogue', () => {
  const needing = builtInActionTypes
    .map(({ definition }) => actionTypeKey(definition.id))
    .filter((key) => v2OnlyTypeKeys.has(key));
  expect(needing.sort()).toEqual([...v2OnlyTypeKeys].sort());
  expect(v2OnlyTypeKeys.size).toBe(6);
});

test('deploying with Lambda needs V2, invoking it does not', () => {
  expect(v2OnlyTypeKeys.has('Deploy/AWS/Lambda/1')).toBe(true);
  expect(v2OnlyTypeKeys.has('Invoke/AWS/Lambda/1')).toBe(false);
});
