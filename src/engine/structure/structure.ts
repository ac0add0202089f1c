import { actionRules } from './actions.ts';
import { artifactRules, regionRules } from './artifacts.ts';
import { conditionRules } from './conditions.ts';
import { stageRules } from './stages.ts';
import { firstRefusal, type StructureInput, type StructureRefusal, type StructureRule } from './structure-rule.ts';
import { supportRules, typeRules } from './supported.ts';
import { triggerRules } from './triggers.ts';
import { variableRules } from './variables.ts';

/** All rules, in the order in which they are reported. */
const rules: StructureRule[] = [
  ...stageRules,
  ...typeRules,
  ...triggerRules,
  ...regionRules,
  ...conditionRules,
  ...supportRules,
  ...actionRules,
  ...artifactRules,
  ...variableRules,
];

/**
 * Returns the first rule that a declaration breaks (behaviour B.2), in AWS's words where they are known (operations 4).
 */
export function checkStructure(input: StructureInput): StructureRefusal | undefined {
  return firstRefusal(rules, (rule) => rule(input));
}

/** Returns all rules that a declaration breaks, each with the first place where it does. */
export function structureRefusals(input: StructureInput): StructureRefusal[] {
  return rules.flatMap((rule) => rule(input) ?? []);
}
