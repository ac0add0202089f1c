import type { RuleDeclaration } from '../../contract/generated.ts';
import { actionTypeKey, type BuiltInRuleType, ruleTypeId } from '../../model/action-type.ts';
import type { StoredStage } from '../../model/pipeline.ts';
import { configurationMistake, countMistake } from './configuration.ts';
import {
  invalidStage,
  notAvailable,
  type StructureInput,
  type StructureRefusal,
  typePhrase,
} from './structure-rule.ts';
import { checkReferencesOf, namespacesOf } from './variables.ts';

/** Where the rules of a condition stand. */
interface RulePlace {
  stage: StoredStage;
  /** Whether the rules are checked after the stage's own actions, and so may use what these made. */
  hasStageRun: boolean;
}

/** The first of a condition's rules that could not be checked; the texts follow those for actions (operations 4). */
export function checkEachRule(
  rules: RuleDeclaration[],
  place: RulePlace,
  input: StructureInput,
): StructureRefusal | undefined {
  const types = new Map(input.ruleTypes?.map((type) => [actionTypeKey(ruleTypeId(type.definition.id)), type]));
  for (const rule of rules) {
    const typeId = ruleTypeId(rule.ruleTypeId);
    const type = types.get(actionTypeKey(typeId));
    if (!type) {
      return invalidStage(`RuleType ${typePhrase(typeId)} in rule '${rule.name}' ${notAvailable(input.region)}`);
    }
    const mistake = mistakeOf(rule, type);
    if (mistake !== undefined) return invalidStage(mistake);
    const refusal = checkUses(rule, place, input);
    if (refusal) return refusal;
  }
  return undefined;
}

/** What is wrong with a rule as its type has it. */
function mistakeOf(
  { name, commands = [], configuration = {}, inputArtifacts = [] }: RuleDeclaration,
  { definition, readsCommands }: BuiltInRuleType,
): string | undefined {
  const count = countMistake('input', inputArtifacts.length, definition.inputArtifactDetails);
  if (count !== undefined) return `Rule ${name} ${count}`;
  const mistake = configurationMistake(configuration, definition.ruleConfigurationProperties);
  if (mistake !== undefined) return `Rule configuration for rule '${name}' ${mistake}`;
  if (readsCommands && commands.length === 0) return `Rule ${name} must have a non-empty commands field`;
  return !readsCommands && commands.length > 0
    ? `Rule '${name}' cannot have commands: its rule type does not use them.`
    : undefined;
}

/** Whether there is what the rule takes: artifacts, and the namespaces its configuration refers to (behaviour B.2). */
function checkUses(
  { name, configuration = {}, inputArtifacts = [] }: RuleDeclaration,
  { stage, hasStageRun }: RulePlace,
  { declaration: { stages, variables } }: StructureInput,
): StructureRefusal | undefined {
  const before = stages.slice(0, stages.indexOf(stage) + (hasStageRun ? 1 : 0)).flatMap(({ actions }) => actions);
  const produced = new Set(before.flatMap(({ outputArtifacts }) => outputArtifacts.map((output) => output.name)));
  const missing = inputArtifacts.find((artifact) => !produced.has(artifact.name));
  if (missing) {
    return invalidStage(
      `Rule '${name}' in stage '${stage.name}' takes the input artifact '${missing.name}', which no earlier action produces.`,
    );
  }
  const namespaces = new Set(namespacesOf(before));
  return checkReferencesOf(configuration, {
    hasNamespace: (wanted) => namespaces.has(wanted),
    variables,
    isSource: false,
    keyPhrase: `StageName=[${stage.name}], RuleName=[${name}], RuleConfigurationKey`,
    refuse: 'InvalidStageDeclarationException',
  });
}
