import type { Result, RuleDeclaration } from '../../../src/contract/generated.ts';
import type { CataloguedRuleType } from '../../../src/model/action-type.ts';
import type { StoredStage } from '../../../src/model/pipeline.ts';

/** The timeout of `checkType`: an hour. */
export const ruleTimeoutMs = 60 * 60 * 1000;

function ruleType(provider: string): CataloguedRuleType {
  return {
    definition: {
      id: { category: 'Rule', owner: 'AWS', provider, version: '1' },
      ruleConfigurationProperties: [{ name: 'Variable', required: false, key: false, secret: false }],
      inputArtifactDetails: { minimumCount: 0, maximumCount: 5 },
    },
    timeoutMs: ruleTimeoutMs,
  };
}

/** A rule type with a checker. */
export const checkType = ruleType('VariableCheck');

/** A rule type without a checker. */
export const uncheckedType: CataloguedRuleType = { ...ruleType('CloudWatchAlarm'), lacksProvider: true };

/** All rule types of the tests. */
export const ruleCatalogue = [checkType, uncheckedType];

/** Returns a rule of `checkType`, without owner and version, which are optional. */
export function rule(
  name: string,
  parts: Partial<RuleDeclaration> & { type?: CataloguedRuleType } = {},
): RuleDeclaration {
  const { type = checkType, ...members } = parts;
  const { category, provider } = type.definition.id;
  return { name, ruleTypeId: { category, provider }, configuration: {}, ...members };
}

/** Returns a condition as a stage declares it: its result, and its rules or their names. */
export function condition(result: Result | undefined, ...rules: (RuleDeclaration | string)[]) {
  const declared = rules.map((one) => (typeof one === 'string' ? rule(one) : one));
  return { conditions: [{ result, rules: declared }] };
}

/** Returns the stage with conditions. */
export function gated(
  stage: StoredStage,
  conditions: Pick<StoredStage, 'beforeEntry' | 'onSuccess' | 'onFailure'>,
): StoredStage {
  return { ...stage, ...conditions };
}
