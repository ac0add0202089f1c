import type { Condition, Result } from '../../../src/contract/generated.ts';
import type { StoredStage } from '../../../src/model/pipeline.ts';
import type { Chance } from '../engine/random.ts';
import { condition, rule, uncheckedType } from '../pipelines/conditions.ts';

/** Generates conditions for a stage; the first stage and PARALLEL pipelines have no rollback (behaviour B.3). */
export function someConditions(
  chance: Chance,
  { canRollBack, namespaces }: { canRollBack: boolean; namespaces: string[] },
): Pick<StoredStage, 'beforeEntry' | 'onSuccess' | 'onFailure'> {
  const back: Result = canRollBack ? 'ROLLBACK' : 'RETRY';
  const check = (result: Result | undefined) => someCondition(chance, result, namespaces);
  return {
    ...(chance.oneIn(4) ? { beforeEntry: check(chance.pick(['FAIL', 'SKIP'])) } : {}),
    ...(chance.oneIn(4) ? { onSuccess: check(canRollBack ? chance.pick(['FAIL', 'ROLLBACK']) : 'FAIL') } : {}),
    ...(chance.oneIn(2) ? { onFailure: someFailure(chance, chance.pick(['RETRY', back]) ?? 'RETRY', check) } : {}),
  };
}

function someFailure(
  chance: Chance,
  result: Result,
  check: (result: Result) => { conditions: Condition[] },
): StoredStage['onFailure'] {
  const retryConfiguration = chance.pick([{ retryMode: 'ALL_ACTIONS' }, { retryMode: 'FAILED_ACTIONS' }, {}] as const);
  const retry = result === 'RETRY' && !chance.oneIn(4) ? { retryConfiguration } : {};
  return { ...(chance.oneIn(2) ? { result } : check(result)), ...retry };
}

/**
 * Generates one to three rules; sometimes one that cannot be checked, or that refers to a variable that may be missing.
 */
function someCondition(chance: Chance, result: Result | undefined, namespaces: string[]) {
  const names = ['R1', 'R2', 'R3'].slice(0, 1 + chance.below(3));
  const rules = names.map((name) => {
    const namespace = chance.oneIn(4) ? chance.pick(namespaces) : undefined;
    const type = result !== 'SKIP' && chance.oneIn(8) ? uncheckedType : undefined;
    const configuration: Record<string, string> = namespace === undefined ? {} : { Variable: `#{${namespace}.Tag}` };
    return rule(name, { type, configuration });
  });
  return condition(result, ...rules);
}
