import type { RuleDeclaration } from '../../contract/generated.ts';
import { actionTypeKey, type BuiltInRuleType, ruleTypeId } from '../../model/action-type.ts';
import type { StoredStage } from '../../model/pipeline.ts';
import { configurationMistake, countMistake } from './configuration.ts';
import { checkReferencesOf } from './references.ts';
import {
  invalidStage,
  notAvailable,
  type StructureInput,
  type StructureRefusal,
  typePhrase,
} from './structure-rule.ts';
import { namespacesOf } from './variables.ts';

/** The stage whose condition has the rule. */
interface RulePlace {
  stage: StoredStage;
  /** Whether the rule is checked after the stage's own actions, and so can use their results. */
  hasStageRun: boolean;
}

/** Refuses a rule that could not be checked; the texts follow those for actions (operations 4). */
export function checkRule(
  rule: RuleDeclaration,
  place: RulePlace,
  input: StructureInput,
): StructureRefusal | undefined {
  const typeId = ruleTypeId(rule.ruleTypeId);
  const key = actionTypeKey(typeId);
  const type = input.ruleTypes?.find(({ definition }) => actionTypeKey(ruleTypeId(definition.id)) === key);
  if (!type) {
    return invalidStage(`RuleType ${typePhrase(typeId)} in rule '${rule.name}' ${notAvailable(input.region)}`);
  }
  const mistake = mistakeOf(rule, type);
  return mistake === undefined ? checkUses(rule, place, input) : invalidStage(mistake);
}

/** Says how a rule departs from its type. */
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

/** Refuses a rule whose artifacts or namespaces do not exist when it is checked (behaviour B.2). */
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
